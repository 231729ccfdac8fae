"""A new text of a guide goes from an officer's Word file to a diff, to another person, to every reader."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.document import Document
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.guides import library
from bot.features.guides.findings import FindingCollector
from bot.features.guides.parse import parse
from bot.features.guides.word.writer import document_of
from bot.features.search.index import Index
from bot.features.upkeep.actions import ApproveText, DropText, HandInText, OpenText, TakeWord
from bot.features.upkeep.shown import LibrarySync
from bot.handlers.kit.base import Content
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.commune import PassingFile
from bot.storage.tables.upkeep import GuideFlag, GuideText
from bot.testing import FakePlatform, Participant
from tests.features.guides.word_files import data
from tests.features.village import somebody

from .test_upkeep_talk import differs, wants_to_hear
from .upkeep_world import GUIDE, SLUG, Office, office

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
OLD, NEW = "Bác bấm hình tam giác nhiều màu.", "Bác bấm hình chữ A màu trắng."


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, tmp_path: Path) -> Office:
    return await office(db, platform, shipped, tmp_path)


def word(change: Callable[[Document], None] | None = None) -> bytes:
    """The guide in Word, its first step changed."""
    guide = parse(SLUG, GUIDE, FindingCollector(SLUG)).guide
    assert guide is not None
    made = document_of(guide)
    for paragraph in made.paragraphs:
        if paragraph.text == OLD:
            paragraph.text = NEW
    if change is not None:
        change(made)
    return data(made)


async def asked(here: Office) -> Participant:
    lan = here.of("lan")
    await lan.says("/kiembai")
    await lan.picks("Cài ứng dụng")
    await lan.picks("Gửi bản sửa")
    assert "Heading 1" in lan.heard
    return lan


async def handed_in(here: Office) -> Participant:
    lan = await asked(here)
    await here.sends_file(lan, word())
    await lan.picks("Xem chỗ sửa")
    await lan.picks("Gửi duyệt")
    assert "Đã gửi lãnh đạo xã duyệt" in lan.heard
    await here.works()
    return lan


async def test_a_word_file_is_read_shown_as_a_diff_approved_by_another_person_and_seen_by_all(here: Office) -> None:
    sau = await differs(here, "sau", "iPhone")
    await wants_to_hear(sau)
    await sau.picks("Đồng ý")
    lan = await asked(here)
    await here.sends_file(lan, word())
    assert "Tôi đã đọc bản sửa bài “Cài ứng dụng”: 1 chỗ thay đổi" in lan.heard
    assert "Giữ nguyên những gì Word không có: 3 mã bước, 1 bước có lựa chọn, 1 câu đố, 1 kịch bản." in lan.heard
    await lan.picks("Xem chỗ sửa")
    assert f"− Cũ: {OLD}" in lan.heard
    assert f"+ Mới: {NEW}" in lan.heard
    assert "Cài đặt" not in lan.heard, "what did not change"
    await lan.restarts()
    await lan.picks("Gửi duyệt")
    await here.works()
    nam = here.of("nam")
    assert "chờ bác duyệt" in nam.heard
    await nam.picks("Xem chỗ sửa")
    assert f"+ Mới: {NEW}" in nam.heard
    await nam.picks("Duyệt")
    assert "Bà con thấy bản mới" in nam.heard
    await here.works()
    assert "đã được duyệt, bà con đã thấy bản mới" in here.texts("lan")[-1]
    assert "Nay bài đã sửa theo màn hình mới" in here.texts("sau")[-1]
    await sau.picks("Quay lại bước này")
    assert "Hướng dẫn vừa được cập nhật" in sau.heard
    assert NEW in sau.heard
    assert await GuideFlag.filter(closed_at__isnull=True).count() == 0
    assert await AuditRow.filter(act="guide_text_approved").count() == 1
    await nam.forges(pack(ApproveText((await GuideText.get()).id, 2)))
    assert "vừa thay đổi, tình hình bây giờ: đã duyệt" in nam.heard


async def test_the_present_text_comes_as_word_and_what_is_changed_in_it_is_all_that_changes(here: Office) -> None:
    """Seen: whoever wanted to mend one sentence had to type nineteen steps anew, for nobody gave them the text."""
    lan = await asked(here)
    await lan.picks("Lấy tệp Word của bài")
    await here.works()
    assert "Bài “Cài ứng dụng” đang dùng" in lan.heard
    handed = [one.attachment.media for one in lan.news if one.attachment is not None]
    assert handed == [f"{SLUG}.docx"] or f"https://xa.example/media/{SLUG}.docx" in lan.heard
    assert await PassingFile.filter(name=f"{SLUG}.docx").count() == 1
    made = docx.Document(io.BytesIO(here.files[f"{SLUG}.docx"]))
    next(one for one in made.paragraphs if one.text == OLD).text = NEW
    await lan.says("/kiembai")
    await lan.picks("Cài ứng dụng")
    await lan.picks("Gửi bản sửa")
    await here.sends_file(lan, data(made))
    assert "1 chỗ thay đổi" in lan.heard
    assert "1 bước có lựa chọn, 1 câu đố" in lan.heard


async def test_a_text_as_word_is_for_who_may_change_it(here: Office) -> None:
    sau = here.of("sau")
    await sau.forges(pack(TakeWord(SLUG)))
    await here.works()
    assert here.files == {}


async def test_an_approved_text_is_found_by_search_and_by_a_new_start(here: Office) -> None:
    lan = await asked(here)
    await here.sends_file(lan, GUIDE.replace("keywords: [cài", "keywords: [máy cày, cài").encode(), "bai.md")
    await lan.picks("Xem chỗ sửa")
    assert "Từ khóa" in lan.heard
    await lan.picks("Gửi duyệt")
    await here.works()
    nam = here.of("nam")
    await nam.picks("Xem chỗ sửa")
    await nam.picks("Duyệt")
    sau = here.of("sau")
    await sau.says("tìm máy cày")
    assert "Cài ứng dụng" in "".join(sau.choices) + sau.heard
    again = library.load(here.folder)
    shown = LibrarySync(again, Index([]))
    await shown.refresh()
    assert again.guides[SLUG].keywords[0] == "máy cày"
    assert (shown.source(SLUG) or "").startswith("---\ntitle: Cài ứng dụng")


async def test_nobody_approves_their_own_nor_without_the_right(here: Office) -> None:
    """Mechanism: another person, not another account, and the cell of the table of rights."""
    await handed_in(here)
    one = await GuideText.get()
    await somebody("lan", "chair", here.at.commune, here.world.clock.now())
    for name, answer in (
        ("lan", "cần một người khác duyệt"),
        ("sau", "Không còn bản sửa này"),
        ("tu", "Không còn bản"),
    ):
        talk = here.of(name)
        await talk.forges(pack(ApproveText(one.id, one.version)))
        assert answer in talk.heard, name
    await somebody("mai", "officer", here.at.commune, here.world.clock.now())
    mai = here.of("mai")
    await mai.forges(pack(OpenText(one.id)))
    assert NEW in mai.heard
    assert "Duyệt" not in mai.choices
    await mai.forges(pack(ApproveText(one.id, one.version)))
    assert "của lãnh đạo xã" in mai.heard
    await mai.forges(pack(DropText(one.id, one.version)))
    await mai.forges(pack(HandInText(one.id, one.version)))
    assert (await GuideText.get()).state == "waiting"


async def test_a_file_that_changes_under_an_approved_text_is_told_the_officer(here: Office) -> None:
    """Mechanism: the approved text stays, and the file's fingerprint is compared with those that it replaced."""
    await handed_in(here)
    nam = here.of("nam")
    await nam.picks("Xem chỗ sửa")
    await nam.picks("Duyệt")
    await here.services.shown.refresh()
    assert not await here.services.shown.overtaken(SLUG)
    (here.folder / f"{SLUG}.md").write_text(GUIDE.replace("**Cài đặt**", "**Nhận**"), "utf-8")
    shown = LibrarySync(library.load(here.folder), Index([]))
    await shown.refresh()
    assert await shown.overtaken(SLUG)
    assert NEW in (shown.source(SLUG) or "")


async def test_who_approves_finds_what_waits_by_the_command(here: Office) -> None:
    await handed_in(here)
    nam = here.of("nam")
    await nam.says("kiểm bài")
    assert "chờ bác duyệt: 1" in nam.heard
    await nam.picks("Cài ứng dụng")
    await nam.picks("Duyệt")
    assert "Đã duyệt" in nam.heard


async def test_a_refusal_comes_back_with_its_reason(here: Office) -> None:
    await handed_in(here)
    nam = here.of("nam")
    await nam.picks("Xem chỗ sửa")
    await nam.picks("Không duyệt")
    await nam.restarts()
    await nam.says("Cần ảnh chụp màn hình")
    assert "báo lý do cho người soạn" in nam.heard
    await here.works()
    assert "Bản sửa bài “Cài ứng dụng” chưa được duyệt: Cần ảnh chụp màn hình" in here.texts("lan")[-1]
    assert OLD in (here.services.shown.source(SLUG) or "")


async def test_what_changed_meanwhile_is_not_overwritten(here: Office) -> None:
    """Mechanism: a text names the fingerprint of the one that it replaces."""
    await handed_in(here)
    lan = await asked(here)
    await here.sends_file(lan, GUIDE.replace("**Cài đặt**", "**Nhận**").encode(), "bai.md")
    await lan.picks("Xem chỗ sửa")
    await lan.picks("Gửi duyệt")
    await here.works()
    first, second = await GuideText.all().order_by("id")
    nam = here.of("nam")
    await nam.forges(pack(ApproveText(first.id, first.version)))
    await nam.forges(pack(ApproveText(second.id, second.version)))
    assert "Người soạn cần gửi lại tệp" in nam.heard
    assert [one.state for one in await GuideText.all().order_by("id")] == ["approved", "waiting"]


async def test_what_breaks_a_rule_cannot_be_handed_in(here: Office) -> None:
    lan = await asked(here)

    def ask_for_secret(made: Document) -> None:
        for paragraph in made.paragraphs:
            if paragraph.text == NEW:
                paragraph.text = "Bác gửi mã OTP vào đây."

    await here.sends_file(lan, word(ask_for_secret))
    assert "còn 1 lỗi nên chưa gửi duyệt được" in lan.heard
    assert "Gửi bản sửa" in lan.choices
    assert await GuideText.all().count() == 0


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "Word đời cũ"),
        (b"PK\x03\x04 cut", "Tệp Word bị hỏng"),
        (b"\xff\xfe\x00", "chỉ nhận tệp Word"),
        ("Xin chào".encode(), "chỉ nhận tệp Word"),
        (GUIDE.encode(), "giống bài đang dùng"),
    ],
)
async def test_a_file_that_is_no_new_text_is_refused_in_a_sentence(here: Office, sent: bytes, answer: str) -> None:
    lan = await asked(here)
    await here.sends_file(lan, sent)
    assert answer in lan.heard
    assert await GuideText.all().count() == 0


async def test_anything_but_a_file_is_asked_for_again(here: Office) -> None:
    lan = await asked(here)
    await lan.says("đây ạ")
    assert "đang chờ tệp Word" in lan.heard
    await lan.picks("Để sau")
    assert "Kiểm tra ngày" in lan.heard


async def test_the_author_takes_it_back(here: Office) -> None:
    lan = await handed_in(here)
    one = await GuideText.get()
    await lan.forges(pack(OpenText(one.id)))
    await lan.picks("Rút lại bản này")
    assert "Đã bỏ bản sửa này" in lan.heard
    nam = here.of("nam")
    await nam.picks("Xem chỗ sửa")
    assert "đã bỏ" in nam.heard
    assert "Duyệt" not in nam.choices


async def test_the_police_approve_guides_about_scams_alone(here: Office) -> None:
    await handed_in(here)
    one = await GuideText.get()
    await somebody("an", "police", here.at.commune, here.world.clock.now())
    an = here.of("an")
    await an.forges(pack(ApproveText(one.id, one.version)))
    assert "của lãnh đạo xã" in an.heard


async def test_with_several_communes_the_operator_changes_guides(
    db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content, tmp_path: Path
) -> None:
    """Mechanism: no commune changes what the residents of another one read."""
    here = await office(db, platform, shipped, tmp_path, several=True)
    lan = here.of("lan")
    await lan.says("/kiembai")
    await lan.picks("Cài ứng dụng")
    await lan.picks("Gửi bản sửa")
    assert "do người vận hành đưa vào" in lan.heard


async def test_a_text_for_a_guide_whose_file_was_spoilt_is_refused_in_a_sentence(here: Office) -> None:
    """Mechanism: the file is read anew; what cannot be read is told, where an error would say nothing of the file."""
    lan = await asked(here)
    (here.folder / f"{SLUG}.md").write_bytes(b"\xff\xfe\x00cut")
    await here.sends_file(lan, word())
    assert "không đọc được tệp của bài hướng dẫn này" in lan.heard
    assert await GuideText.all().count() == 0
