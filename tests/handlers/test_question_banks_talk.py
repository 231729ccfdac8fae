"""An officer's questions by Excel: read back, confirmed, sent again, sent with faults, results."""

from __future__ import annotations

import io

import pytest
from python_calamine import CalamineWorkbook
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.learning import banks
from bot.features.learning.tables import BankImport, BankQuestion
from bot.handlers.kit.base import Content
from bot.testing import FakePlatform
from tests.features.village import somebody

from .learning_world import SAFETY, XLSX, School, school, workbook


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> School:
    return await school(db, platform, shipped, bank=False)


async def count(here: School) -> int:
    return sum(len(bank.questions) for bank in await banks.of_commune(here.village.at.commune))


async def test_every_row_is_read_back_and_nothing_counts_before_the_word(here: School) -> None:
    lan = await here.imports({"An toàn": SAFETY}, confirm=False)
    for question, *_ in SAFETY:
        assert question in here.village.last("lan")
    assert "→ Không ai cả" in here.village.last("lan")
    assert await count(here) == 0
    await lan.picks("Đúng")
    assert "Đã ghi 3 thay đổi" in lan.heard
    assert await count(here) == 3
    await lan.says("ngân hàng câu hỏi")
    assert "An toàn: 3 câu" in lan.heard


async def test_refused_it_changes_nothing_and_the_old_word_no_longer_counts(here: School) -> None:
    lan = await here.imports({"An toàn": SAFETY}, confirm=False)
    await lan.picks("Hủy")
    assert await BankImport.all().count() == 0
    await lan.forges("lba|1|x")
    assert "không còn chờ xác nhận" in lan.heard
    assert await count(here) == 0


async def test_faults_are_named_and_nothing_is_kept(here: School) -> None:
    wrong = [*SAFETY, ("Câu mới?", "Có", "Có", "", "", "A, B", "Vì thế.", "")]
    lan = await here.imports({"An toàn": wrong}, confirm=False)
    said = here.village.last("lan")
    assert "Bảng “An toàn”, ô C5: ý A và ý B giống nhau." in said
    assert "ô F5: có 2 đáp án đúng" in said
    assert "Đúng" not in said.splitlines()[-1]
    assert await BankImport.all().count() == 0
    assert await count(here) == 0
    for data in (b"no workbook", workbook({"An toàn": SAFETY})):
        # The corrected file was “không cần”: nobody waited for it any more, and no button said how to send it.
        await lan.picks("Gửi tệp Excel")
        await lan.sends(data, "cau-hoi.xlsx", XLSX)
        await here.works()
    await lan.picks("Đúng")
    assert await count(here) == 3


async def test_a_second_import_changes_only_what_differs(here: School) -> None:
    await here.imports({"An toàn": SAFETY, "Khác": SAFETY[:1]})
    before = {row.id for row in await BankQuestion.all()}
    changed = (
        SAFETY[0],
        (*SAFETY[1][:5], "A", *SAFETY[1][6:]),
        ("Câu mới?", "Có", "Không", "", "", "A", "Vì thế.", ""),
    )
    lan = await here.imports({"An toàn": changed}, confirm=False)
    said = here.village.last("lan")
    assert SAFETY[0][0] not in said
    assert f"~ sửa: {SAFETY[1][0]} → Bấm xem" in said
    assert "+ thêm: Câu mới? → Có" in said
    assert f"− thôi hỏi: {SAFETY[2][0]}" in said
    await lan.picks("Đúng")
    [first, second] = await banks.of_commune(here.village.at.commune)
    assert [(one.text, one.right) for one in first.questions] == [
        (SAFETY[0][0], 2),
        (SAFETY[1][0], 0),
        ("Câu mới?", 0),
    ]
    assert len(second.questions) == 1
    assert [one.id in before for one in first.questions] == [True, True, False]
    await here.imports({"An toàn": changed}, confirm=False)
    assert "không có gì thay đổi" in here.village.last("lan")


async def test_when_another_officer_was_faster_the_changes_are_shown_anew(here: School) -> None:
    """The mechanism: the digest in the button is compared with the changes as they would be now."""
    await somebody("ngoc", "officer", here.village.at.commune, here.world.clock.now())
    lan = await here.imports({"An toàn": SAFETY}, confirm=False)
    ngoc = here.of("ngoc")
    await ngoc.says("ngân hàng câu hỏi")
    await ngoc.picks("Gửi tệp Excel")
    await ngoc.sends(workbook({"An toàn": SAFETY[:2]}), "b.xlsx", XLSX)
    await here.works()
    await ngoc.picks("Đúng")
    await lan.picks("Đúng")
    assert "vừa có người sửa" in lan.heard
    assert SAFETY[2][0] in lan.heard
    assert SAFETY[0][0] not in lan.heard
    assert await count(here) == 2
    await lan.picks("Đúng")
    assert await count(here) == 3


async def test_the_same_press_twice_counts_once(here: School) -> None:
    lan = await here.imports({"An toàn": SAFETY}, confirm=False)
    [pending] = await BankImport.all()
    await lan.picks("Đúng")
    await lan.forges(f"lba|{pending.id}|{pending.shown}")
    assert "không còn chờ xác nhận" in lan.heard
    assert await count(here) == 3


async def test_banks_are_for_officials_alone_also_for_a_forger(here: School) -> None:
    await here.imports({"An toàn": SAFETY}, confirm=False)
    [pending] = await BankImport.all()
    for name in ("hoa", "sau"):
        talk = here.of(name)
        for data in (f"lba|{pending.id}|{pending.shown}", f"lbd|{pending.id}", "lbs", "lbf|results"):
            await talk.forges(data)
            assert "công chức và lãnh đạo xã" in talk.heard
    assert await count(here) == 0
    assert await BankImport.all().count() == 1


async def test_a_file_that_is_no_workbook_is_refused_in_a_sentence(here: School) -> None:
    lan = here.of("lan")
    await lan.says("ngân hàng câu hỏi")
    await lan.picks("Gửi tệp Excel")
    await lan.says("đây rồi")
    assert "đang chờ tệp Excel" in lan.heard
    await lan.sends(b"not a workbook", "cau-hoi.xlsx", XLSX)
    await here.works()
    assert "Tôi không đọc được tệp này" in here.village.last("lan")


async def test_the_template_is_what_can_be_sent_back(here: School) -> None:
    lan = here.of("lan")
    await lan.says("ngân hàng câu hỏi")
    await lan.picks("Tải tệp mẫu")
    await here.works()
    [(name, data)] = here.files.items()
    assert name == "cau-hoi-yen-mo.xlsx"
    await lan.says("ngân hàng câu hỏi")
    await lan.picks("Gửi tệp Excel")
    await lan.sends(data, name, XLSX)
    await here.works()
    await lan.picks("Đúng")
    assert await count(here) == 1


async def test_results_hide_small_numbers(here: School) -> None:
    await here.imports({"An toàn": SAFETY[:1]})
    await here.of("hoa").says("xin chào")
    leader = here.in_group("hoa")
    await leader.says("đố vui")
    for number in range(12):
        await here.in_group(f"dan{number}").picks("Không ai cả" if number < 6 else "Công an")
    lan = here.of("lan")
    await lan.says("ngân hàng câu hỏi")
    await lan.picks("Kết quả ra Excel")
    await here.works()
    with CalamineWorkbook.from_filelike(io.BytesIO(here.files["ket-qua-cau-hoi-yen-mo.xlsx"])) as book:
        pages = {name: book.get_sheet_by_name(name).to_python()[2:] for name in book.sheet_names}
    assert pages == {
        "Theo thôn": [["thôn Lạc Hiền", 12, 12, 6]],
        "Theo câu hỏi": [["An toàn", SAFETY[0][0], 12, 12, 6]],
    }
