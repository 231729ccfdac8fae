"""A field visit in two taps, taken back, and the log as evidence: one's own, the village's, as Excel."""

from __future__ import annotations

import io
from datetime import date

import pytest
from python_calamine import CalamineWorkbook
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features import units
from bot.features.jobs.queue import JobRefused, JobRunner
from bot.features.notices.mail import Mail
from bot.features.visits.files import JOB, VisitFiles
from bot.features.visits.tables import Visit, VisitStage
from bot.handlers.kit.base import Content
from bot.handlers.visits.details import PickApp, SetStage, UndoVisit
from bot.handlers.visits.log import LogFile, ShowLog
from bot.handlers.visits.noting import NoteVisit
from bot.handlers.visits.volunteers import ShowVolunteers
from bot.testing import FakePlatform
from tests.features.village import somebody

from .announcing_world import LAC_HIEN, Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    made = await yard(db, platform, shipped)
    await somebody("hoa", "member", made.at.village, made.world.clock.now())
    await somebody("chi", "volunteer", made.at.village, made.world.clock.now())
    return made


async def kept() -> list[tuple[str, int, str, int]]:
    return [(one.topic, one.people, one.outcome, one.minutes) for one in await Visit.all().order_by("id")]


async def test_a_visit_is_noted_in_two_taps(here: Yard) -> None:
    hoa = here.world.talk("hoa")
    await hoa.says("/ghiluot")
    assert "không ghi tên bà con" in hoa.heard
    await hoa.picks("Chính quyền số")
    await hoa.picks("Làm được")
    assert "Đã ghi: Chính quyền số, 1 người, làm được, thôn Lạc Hiền" in hoa.heard
    assert await kept() == [("chinh-quyen-so", 1, "done", 0)]
    await hoa.picks("1 giờ")
    assert await kept() == [("chinh-quyen-so", 1, "done", 60)]
    assert (await Visit.get()).day == date(2026, 11, 24)


async def stages() -> list[tuple[str, str]]:
    return [(one.app, one.stage) for one in await VisitStage.all().order_by("id")]


async def test_how_far_people_are_with_an_app_is_one_tap_more(here: Yard) -> None:
    """Having an app alone is no success, so knowing, having and using are told apart."""
    hoa, tu = here.world.talk("hoa"), here.world.talk("tu")
    await hoa.says("ghi lượt vneid 3 người")
    assert "VNeID, 3 người" in hoa.heard
    await hoa.picks("Làm được")
    assert "bà con tới đâu rồi" in hoa.heard
    await hoa.picks("Dùng được")
    assert "Đã ghi: VNeID, dùng được" in hoa.heard
    await hoa.picks("30 phút")
    await hoa.says("ghi lượt vneid 2 người")
    await hoa.picks("Chưa được")
    await hoa.picks("Mới biết")
    await hoa.says("nhật ký")
    assert "VNeID (dùng được), 3 người, làm được" in hoa.heard
    await tu.says("nhật ký")
    await tu.picks("Nhật ký của thôn Lạc Hiền")
    assert "• VNeID: biết đến 2, dùng được 3 người" in tu.heard


async def test_the_app_is_asked_for_among_those_of_the_topic_and_said_again_it_is_changed(here: Yard) -> None:
    hoa = here.world.talk("hoa")
    await hoa.says("/ghiluot")
    await hoa.picks("Xã hội số")
    await hoa.picks("Làm được")
    assert not await stages()
    await hoa.picks("Ứng dụng nào, tới đâu")
    assert [one for one in hoa.choices if "VNeID" in one] == []
    await hoa.picks("VssID")
    await hoa.picks("Đã cài")
    assert await stages() == [("vssid", "has")]
    made = await Visit.get()
    await hoa.forges(pack(SetStage(made.id, "vssid", "uses")))
    assert await stages() == [("vssid", "uses")]
    await hoa.picks("Nhật ký của tôi")
    await hoa.forges(pack(UndoVisit(made.id)))
    assert await stages() == []


async def test_a_stage_is_said_by_who_was_there_and_of_what_there_is(here: Yard) -> None:
    hoa, chi = here.world.talk("hoa"), here.world.talk("chi")
    await hoa.says("ghi lượt lừa đảo")
    await hoa.picks("Làm được")
    assert "Ứng dụng nào, tới đâu" not in hoa.choices, "no app belongs to this topic"
    made = await Visit.get()
    for forged in (SetStage(made.id, "vneid", "uses"), PickApp(made.id, "vneid"), PickApp(made.id + 9, "")):
        await chi.forges(pack(forged))
        assert "không phải bác ghi" in chi.heard
    for forged in (SetStage(made.id, "x", "uses"), SetStage(made.id, "vneid", "x"), SetStage(made.id, "vneid", "uses")):
        await hoa.forges(pack(forged))
    assert await stages() == []


async def test_a_warning_that_names_a_bank_is_about_safety_and_no_visit_for_paying(here: Yard) -> None:
    hoa = here.world.talk("hoa")
    for words in ("ghi lượt nhắc bà con lừa đảo giả ngân hàng", "ghi lượt giả danh VNeID"):
        await hoa.says(words)
        await hoa.picks("Làm được")
    assert [topic for topic, *_ in await kept()] == ["an-toan", "an-toan"]
    assert await stages() == []


async def test_whoever_helped_says_so_and_nobody_who_was_helped_is_kept(here: Yard) -> None:
    """It was answered with the guide that they had just helped with."""
    hoa = here.world.talk("hoa")
    await hoa.says("hôm nay đến nhà ông Ba giúp cài vneid")
    await hoa.picks("Làm được")
    assert await kept() == [("chinh-quyen-so", 1, "done", 0)]
    for name, said in (("hoa", "ai đến nhà giúp tôi cài vneid"), ("dan", "hôm nay đến nhà ông Ba giúp cài vneid")):
        talk = here.world.talk(name)
        await talk.says(said)
        assert "Kết quả thế nào?" not in talk.heard


async def test_in_words_with_the_number_of_people(here: Yard) -> None:
    hoa = here.world.talk("hoa")
    await hoa.says("ghi lượt vneid 3 người")
    await hoa.picks("Cần quay lại")
    assert await kept() == [("chinh-quyen-so", 3, "again", 0)]


@pytest.mark.parametrize("said", ["0", "501", "nhiều lắm", "-"])
async def test_a_number_that_cannot_be_is_asked_again(here: Yard, said: str) -> None:
    hoa = here.world.talk("hoa")
    await hoa.says("ghi lượt")
    await hoa.picks("Kinh tế số")
    await hoa.picks("Số người khác")
    await hoa.says(said)
    assert "từ 1 đến 500" in hoa.heard
    await hoa.says("12 người")
    await hoa.picks("Chưa được")
    assert await kept() == [("kinh-te-so", 12, "not_yet", 0)]


async def test_the_same_press_twice_notes_once(here: Yard) -> None:
    hoa = here.world.talk("hoa")
    await hoa.forges(pack(NoteVisit("khac", "k1", 2, "done")))
    await hoa.forges(pack(NoteVisit("khac", "k1", 2, "done")))
    assert "đã ghi rồi" in hoa.heard
    assert len(await kept()) == 1
    await here.world.talk("chi").forges(pack(NoteVisit("khac", "k1", 2, "done")))
    assert len(await kept()) == 2, "another person's visit is another one"


async def test_a_mistake_is_taken_back_by_who_made_it(here: Yard) -> None:
    hoa = here.world.talk("hoa")
    await hoa.says("ghi lượt ngân hàng")
    await hoa.picks("Làm được")
    made = await Visit.get()
    await here.world.talk("chi").forges(pack(UndoVisit(made.id)))
    assert len(await kept()) == 1
    await hoa.picks("Ghi nhầm, bỏ đi")
    assert "Đã bỏ lượt vừa ghi" in hoa.heard
    assert await kept() == []


async def test_in_the_group_of_the_village_too(here: Yard) -> None:
    hoa = here.world.talk("hoa", chat=LAC_HIEN, kind="group")
    await hoa.says("ghi lượt vneid")
    await hoa.picks("Làm được")
    assert "thôn Lạc Hiền" in hoa.heard
    assert len(await kept()) == 1


async def test_residents_and_forged_presses_note_nothing(here: Yard) -> None:
    talk = here.world.talk("stranger")
    await talk.says("menu")
    await talk.says("ghi lượt")
    assert "là của Tổ công nghệ số" in talk.heard
    for forged in (NoteVisit("khac", "k", 1, "done"), NoteVisit("x", "k", 1, "done")):
        await talk.forges(pack(forged))
    hoa = here.world.talk("hoa")
    for forged in (
        NoteVisit("x", "k", 1, "done"),
        NoteVisit("khac", "k", 501, "done"),
        NoteVisit("khac", "k", 1, "x"),
    ):
        await hoa.forges(pack(forged))
    assert await kept() == []


async def test_each_sees_their_own_log_and_the_leader_the_villages(here: Yard) -> None:
    for name, words in (("hoa", "ghi lượt vneid 3"), ("chi", "ghi lượt ngân hàng 2"), ("hoa", "ghi lượt lừa đảo")):
        talk = here.world.talk(name)
        await talk.says(words)
        await talk.picks("Làm được")
        await talk.picks("30 phút")
    hoa = here.world.talk("hoa")
    await hoa.says("nhật ký")
    assert "2 lượt, 4 người, 1 giờ" in hoa.heard
    assert "VNeID, 3 người" in hoa.heard
    await hoa.forges(pack(ShowLog("lac-hien", "2026-11")))
    assert "chỉ mở cho Tổ trưởng" in hoa.heard
    tu = here.world.talk("tu")
    await tu.says("nhật ký")
    assert "chưa ghi lượt hỗ trợ nào" in tu.heard
    await tu.picks("Nhật ký của thôn Lạc Hiền")
    assert "hoa: 2 lượt, 4 người, 1 giờ" in tu.heard
    assert "chi: 1 lượt, 2 người, 0,5 giờ" in tu.heard
    assert "chi, đến 23/05/2027" in tu.heard
    await tu.forges(pack(ShowLog("lac-hien", "2026-13")))
    await tu.forges(pack(ShowLog("phu-long", "2026-11")))
    assert "chỉ mở cho Tổ trưởng" in tu.heard


async def test_the_secretary_of_the_youth_union_sees_what_volunteers_did_and_nothing_of_others(here: Yard) -> None:
    """Mechanism: only visits that were noted as a volunteer, and in the list no name."""
    now = here.world.clock.now()
    await somebody("trang", "youth", here.at.commune, now)
    await somebody("xa", "volunteer", here.at.far_village, now)
    for name, words in (("hoa", "ghi lượt vneid 3"), ("chi", "ghi lượt ngân hàng 2"), ("xa", "ghi lượt vneid 9")):
        talk = here.world.talk(name)
        await talk.says(words)
        await talk.picks("Làm được")
        await talk.picks("30 phút")
    trang = here.world.talk("trang")
    await trang.says("nhật ký")
    assert (
        "Đoàn viên tình nguyện, xã Yên Mô, tháng 11/2026: 1 lượt, 2 người, 0,5 giờ.\n"
        "• chi: 1 lượt, 2 người, 0,5 giờ\n"
        "Các lượt, mới nhất trước:\n"
        "• 24/11/2026, thôn Lạc Hiền: Thanh toán không tiền mặt, 2 người, làm được\n"
    ) in trang.heard
    assert "hoa" not in trang.heard
    await trang.picks("Tháng trước")
    assert "tháng 10/2026: 0 lượt, 0 người, 0 giờ" in trang.heard
    await trang.says("menu")
    await trang.picks("Đoàn viên tình nguyện")
    assert "chi: 1 lượt" in trang.heard
    for forged in (ShowLog("lac-hien", "2026-11"), ShowLog("yen-mo", "2026-11"), LogFile("yen-mo", "2026-11")):
        await trang.forges(pack(forged))
        assert "chỉ mở cho Tổ trưởng" in trang.heard
    await trang.forges(pack(ShowVolunteers("khanh-thien", "2026-11")))
    assert "chỉ mở cho Bí thư Đoàn xã" in trang.heard
    await trang.says("ghi lượt")
    assert "là của Tổ công nghệ số và tình nguyện viên" in trang.heard, "who only looks got an empty answer"
    hoa = here.world.talk("hoa")
    await hoa.forges(pack(ShowVolunteers("yen-mo", "2026-11")))
    assert "chỉ mở cho Bí thư Đoàn xã" in hoa.heard


async def test_the_log_of_every_village_is_in_reach_of_an_officer(here: Yard) -> None:
    """Of more than twelve the last ones were left out, and there was no other way to them."""
    for number in range(14):
        await units.create(f"xom-{number}", "xóm", f"{number}", parent="yen-mo", valid_from=date(2025, 7, 1))
    lan = here.world.talk("lan")
    await lan.says("nhật ký")
    for name in ("xã Yên Mô", "thôn Lạc Hiền", *(f"xóm {number}" for number in range(14))):
        assert f"Nhật ký của {name}" in lan.choices


async def test_the_log_comes_as_excel_with_every_visit_and_the_sums(here: Yard, db: BaseDBAsyncClient) -> None:
    for words in ("ghi lượt vneid 3", "ghi lượt ngân hàng 2"):
        hoa = here.world.talk("hoa")
        await hoa.says(words)
        await hoa.picks("Làm được")
        await hoa.picks("30 phút")
        await hoa.picks("Dùng được")
    tu = here.world.talk("tu")
    await tu.says("nhật ký")
    await tu.picks("Nhật ký của thôn Lạc Hiền")
    await tu.picks("Xuất Excel")
    assert "Đang soạn tệp Excel" in tu.heard
    stored: dict[str, bytes] = {}

    async def store_as(name: str, data: bytes) -> str:
        stored[name] = data
        return f"{'1' * 32}.xlsx"

    async def failed(body: object, refusal: JobRefused) -> None:
        raise AssertionError(refusal)

    files = VisitFiles(Mail(here.features.outbox), store_as)
    await JobRunner({JOB: files.make}, db, failed, here.world.clock.now).run()
    await here.sends()
    assert "2 lượt, 5 người được giúp" in here.texts("chat-tu")[-1]
    book = CalamineWorkbook.from_filelike(io.BytesIO(stored["nhat-ky-lac-hien-2026-11.xlsx"]))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    member = "Thành viên Tổ công nghệ số"
    assert sheets["Nhat ky"][1][0] == "Ngày"
    assert [row[1:] for row in sheets["Nhat ky"][2:]] == [
        ["hoa", member, "thôn Lạc Hiền", "chính quyền số", 3, "làm được", 30, "VNeID", "Dùng được"],
        ["hoa", member, "thôn Lạc Hiền", "kinh tế số", 2, "làm được", 30, "Thanh toán không tiền mặt", "Dùng được"],
    ]
    assert sheets["Tong hop"][2] == ["hoa", member, 2, 5, 1]


async def test_a_file_of_another_village_is_not_made(here: Yard) -> None:
    hoa = here.world.talk("hoa")
    await hoa.forges(pack(LogFile("lac-hien", "2026-11")))
    assert "chỉ mở cho Tổ trưởng" in hoa.heard
