"""The archive of issued papers: recorded, found, read by “Nơi nhận”, sent to them; a draft never gets in."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import docx
import pytest
from PIL import Image
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import Action, pack
from bot.core.events import Incoming, PhotoSent
from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.text import Text
from bot.features.audit import Audit
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused, JobRunner, chat_of
from bot.features.loudspeaker import kept_files
from bot.features.papers import files
from bot.features.papers.actions import (
    AddPaperFile,
    ChooseReaders,
    ConfirmPaper,
    DropPaper,
    DropPaperFiles,
    OpenPaper,
    SendPaper,
    ToggleReader,
)
from bot.features.papers.signed_word import SIGNED
from bot.features.papers.tables import IssuedPaper, IssuedPaperFile
from bot.features.untrusted.pool import TOO_HARD
from bot.handlers.kit.base import Content
from bot.storage.core_tables.jobs import JobRow
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.commune import PassingFile
from bot.testing import FakePlatform, Participant
from tests.conversations import KEY
from tests.features.reports.samples import letters as drafts
from tests.features.village import somebody

from .announcing_world import Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

PDF = b"%PDF-1.7 signed"
PDF_TYPE, WORD_TYPE = "application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass
class Registry:
    """Lan is an officer of Yên Mô, Nam its chair, Tu leads Lạc Hiền; it is Tuesday, the 24th, 15:00."""

    yard: Yard
    db: BaseDBAsyncClient
    files: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        platform, outbox = self.yard.world.platform, self.yard.features.outbox
        take = files.TakePaper({platform.name: platform}, self.store, outbox, Audit(KEY))
        self.runner = JobRunner({files.KIND: take.run}, self.db, self.refused, self.yard.world.clock.now)

    async def store(self, file_name: str, data: bytes) -> str:
        name = f"{len(self.files):032}/{file_name}"
        self.files[name] = data
        return name

    async def remove(self, name: str) -> None:
        self.files.pop(name, None)

    async def refused(self, body: Mapping[str, str], refusal: JobRefused) -> None:
        chat, now = chat_of(body), self.yard.world.clock.now()
        assert chat is not None
        text = Text.of(refusal.template, **refusal.values)
        await self.yard.features.outbox.add(chat, Message(text), key=text.plain[:80], now=now, answering=True)

    async def works(self) -> None:
        while await self.runner.run() == 0.0:
            pass
        await self.yard.sends()

    def talk(self, name: str) -> Participant:
        return self.yard.world.talk(name)

    def last(self, name: str) -> str:
        return self.yard.texts(f"chat-{name}")[-1]


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Registry:
    return Registry(await yard(db, platform, shipped), db)


async def recorded(
    here: Registry, kind: str = "Quyết định", signed: str = "12/QĐ-UBND ngày 20/11", subject: str = "Thành lập Tổ"
) -> Participant:
    """Lan has recorded a paper and is asked for its file."""
    lan = here.talk("lan")
    await lan.says("van ban")
    await lan.picks("Ghi văn bản đã ký")
    await lan.picks(kind)
    await lan.says(signed)
    await lan.says(subject)
    await lan.picks("Đúng, ghi vào kho")
    return lan


async def filed(here: Registry) -> Participant:
    lan = await recorded(here, subject="Thành lập Tổ công nghệ số thôn Lạc Hiền")
    await lan.sends(PDF, "scan 1.pdf", PDF_TYPE)
    await here.works()
    await lan.says("xong")
    return lan


def comes(talk: Participant) -> bool:
    """The file, or the truth: here answers have no public address that a messenger without files could be led to."""
    here = talk.world.platform.capabilities["private"].file_limit
    return ("QD-12-yen-mo-2026-11-20.pdf" if here else "Kênh này không nhận được tệp.") in talk.heard


async def test_a_signed_paper_is_recorded_with_its_file_and_comes_again(here: Registry) -> None:
    lan = await recorded(here)
    assert "Đã ghi số 12/QĐ-UBND vào kho." in lan.heard
    await lan.sends(PDF, "scan 1.pdf", PDF_TYPE)
    assert "đang lưu" in lan.heard
    await here.works()
    assert "Đã lưu bản đã ký của số 12/QĐ-UBND" in here.last("lan")
    await lan.says("xong")
    assert "Quyết định số 12/QĐ-UBND, ngày 20 tháng 11 năm 2026" in lan.heard
    assert comes(lan)
    row = await IssuedPaperFile.get()
    assert here.files[row.media] == PDF
    assert not await PassingFile.filter(name=row.media).exists(), "the archive keeps it"
    assert "Lạc Hiền" not in str(await AuditRow.all().values())


async def test_what_is_asked_is_asked_again_until_it_is_right(here: Registry) -> None:
    lan = here.talk("lan")
    await lan.says("ghi văn bản")
    await lan.picks("Kế hoạch")
    for said, answer in (
        ("hôm qua", "Tôi chưa đọc được số và ngày."),
        ("3/KH-UBND ngày 25/11/2026", "Ngày này chưa tới."),
        ("3 ngày 23/11", "Văn bản về việc gì?"),
    ):
        await lan.says(said)
        assert answer in lan.heard
    await lan.restarts()
    await lan.says("Hoạt động của Tổ công nghệ số năm 2027.")
    assert "Kế hoạch số 03/KH-UBND" in lan.heard
    await lan.says("ừ thì")
    assert "Tôi chưa ghi." in lan.heard
    assert not await IssuedPaper.exists()
    await lan.says("hủy")
    await lan.forges(pack(ConfirmPaper()))
    assert not await IssuedPaper.exists()


async def test_a_number_is_there_once_a_year(here: Registry) -> None:
    lan = await recorded(here)
    await lan.says("bỏ qua")
    await lan.forges(pack(ConfirmPaper()))
    assert await IssuedPaper.all().count() == 1
    await lan.says("ghi văn bản")
    await lan.picks("Quyết định")
    await lan.says("số 12 ngày 1/3/2026")
    assert "Số này đã có trong kho:" in lan.heard
    await lan.says("ghi văn bản")
    await lan.picks("Quyết định")
    await lan.says("số 12 ngày 1/3/2025")
    assert "Văn bản về việc gì?" in lan.heard


async def test_papers_are_listed_by_year_and_found_by_number_and_words(here: Registry) -> None:
    for kind, signed, subject in (
        ("Quyết định", "12 ngày 20/11/2026", "Thành lập Tổ công nghệ số thôn Lạc Hiền"),
        ("Kế hoạch", "3 ngày 5/1/2026", "Hoạt động của Tổ công nghệ số năm 2026"),
        ("Công văn", "120 ngày 5/12/2025", "Giao chỉ tiêu quý I"),
    ):
        await (await recorded(here, kind, signed, subject)).says("bỏ qua")
    lan = here.talk("lan")
    await lan.says("kho văn bản")
    assert "Văn bản đã ban hành năm 2026" in lan.heard
    assert "• 12/QĐ-UBND, 20/11/2026: Thành lập Tổ" in lan.heard
    assert "120/" not in lan.heard
    await lan.picks("Năm 2025")
    assert "120/UBND-VHXH" in lan.heard
    for words, label in (
        ("/vanban 12", "12/QĐ-UBND"),
        ("tìm văn bản giao chi tieu", "120/UBND-VHXH"),
        ("tim van ban ke hoach", "03/KH-UBND"),
        ("/vanban 03/KH-UBND", "03/KH-UBND"),
    ):
        await lan.says(words)
        assert f"số {label}" in lan.heard, words
    await lan.picks("Văn bản đã ban hành")
    await lan.picks("Tìm văn bản")
    await lan.says("to cong nghe so")
    assert {"Mở 12/QĐ-UBND", "Mở 03/KH-UBND"} <= set(lan.choices)
    await lan.says("tìm văn bản đường bê tông")
    assert "Tôi không thấy văn bản nào" in lan.heard


async def test_recipients_read_what_is_theirs_and_nobody_else_does(here: Registry) -> None:
    lan = await filed(here)
    await lan.picks("Đổi nơi nhận")
    await lan.picks("✓ Ban chỉ đạo phụ trách thôn")
    now, at = here.yard.world.clock.now(), here.yard.at
    await somebody("bi", "steering", at.village, now)
    await somebody("hd", "council", at.commune, now)
    await somebody("phu", "leader", at.far_village, now)
    await somebody("hoa", "member", at.village, now)
    one = await IssuedPaper.get()
    for name in ("tu", "hd"):
        talk = here.talk(name)
        await talk.says("menu")
        await talk.says("văn bản")
        assert "12/QĐ-UBND" in talk.heard
        await talk.picks("Mở 12/QĐ-UBND")
        assert comes(talk)
        assert "Xóa khỏi kho" not in talk.choices
    for name in ("bi", "phu", "hoa", "mai"):
        talk = here.talk(name)
        await talk.says("menu")
        for words in ("văn bản", "tìm văn bản thành lập"):
            await talk.says(words)
            assert "QĐ-UBND" not in talk.heard
        await talk.forges(pack(OpenPaper(one.id)))
        assert "QĐ-UBND" not in talk.heard


async def test_only_officials_change_the_archive(here: Registry) -> None:
    await filed(here)
    one = await IssuedPaper.get()
    tu = here.talk("tu")
    await tu.says("menu")
    actions: tuple[Action, ...] = (
        AddPaperFile(one.id), ChooseReaders(one.id), ToggleReader(one.id, one.version, "police"),
        SendPaper(one.id, one.version, sure=True), DropPaperFiles(one.id, one.version),
        DropPaper(one.id, one.version, sure=True), ConfirmPaper(),
    )  # fmt: skip
    for action in actions:
        await tu.forges(pack(action))
        assert "là của cán bộ xã" in tu.heard
    await tu.says("ghi văn bản")
    assert "là của cán bộ xã" in tu.heard
    assert (await IssuedPaper.get()).readers == one.readers
    assert await IssuedPaperFile.all().count() == 1


async def test_recipients_get_it_once_with_its_file(here: Registry) -> None:
    lan = await filed(here)
    await lan.picks("Gửi cho nơi nhận")
    assert "Gửi số 12/QĐ-UBND cho 1 người?" in lan.heard
    await lan.picks("Đúng, gửi")
    assert "Đã gửi số 12/QĐ-UBND cho 1 người." in lan.heard
    one = await IssuedPaper.get()
    await lan.forges(pack(SendPaper(one.id, one.version, sure=True)))
    await here.yard.sends()
    told = here.yard.texts("chat-tu")
    assert sum("Xã gửi bác Quyết định số 12/QĐ-UBND" in text for text in told) == 1
    tu = here.talk("tu")
    assert "QD-12-yen-mo-2026-11-20.pdf" in tu.heard
    await tu.picks("Mở văn bản")
    assert "Nơi nhận:" in tu.heard


async def test_nobody_is_sent_what_has_no_recipients(here: Registry) -> None:
    lan = await recorded(here, "Giấy mời", "4 ngày 20/11", "Họp giao ban")
    await lan.says("bỏ qua")
    assert "Nơi nhận: chỉ cán bộ xã" in lan.heard
    assert "Gửi cho nơi nhận" not in lan.choices
    await lan.picks("Đổi nơi nhận")
    await lan.picks("Công an xã")
    old = await IssuedPaper.get()
    await lan.picks("Xong")
    await lan.picks("Gửi cho nơi nhận")
    assert "Chưa có ai giữ vai trò" in lan.heard
    await lan.forges(pack(ToggleReader(old.id, 1, "police")))
    assert "vừa thay đổi" in lan.heard
    assert (await IssuedPaper.get()).readers == "police"


async def test_a_draft_is_not_kept_as_what_was_signed(here: Registry) -> None:
    """S64: the file that the bot drew has an empty place for its number."""
    lan = await recorded(here)
    await lan.sends(drafts()["QĐ"], "QD-yen-mo.docx", WORD_TYPE)
    await here.works()
    assert "tức là bản dự thảo" in here.last("lan")
    assert not await IssuedPaperFile.exists()
    made = docx.Document(io.BytesIO(drafts()["QĐ"]))
    for part in made.element.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"):
        if (part.text or "").startswith("Số:"):
            part.text = "Số: 12/QĐ-UBND"
    out = io.BytesIO()
    made.save(out)
    await lan.sends(out.getvalue(), "QD-yen-mo.docx", WORD_TYPE)
    await here.works()
    assert "Đã lưu bản đã ký" in here.last("lan")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"MZ not a paper", "PDF, Word hoặc ảnh"),
        (b"ID3 a song", "PDF, Word hoặc ảnh"),
        (b"PK\x03\x04word/", "PDF, Word"),
    ],
)
async def test_what_is_no_paper_is_refused(here: Registry, data: bytes, said: str) -> None:
    lan = await recorded(here)
    await lan.sends(data, "x.pdf", PDF_TYPE)
    await here.works()
    assert said in here.last("lan")
    assert here.files == {}
    await lan.says("đây nhé")
    assert "Tôi đang chờ tệp." in lan.heard


async def test_photos_of_each_page_are_kept_upright_and_without_what_the_camera_wrote(here: Registry) -> None:
    lan = await recorded(here)
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "MayAnhCuaLan"
    Image.new("RGB", (60, 90), "white").save(out, "JPEG", exif=exif)
    platform = here.yard.world.platform
    platform.files |= {"p1": out.getvalue(), "p2": out.getvalue()}
    pages = (Incoming("p1", "image/jpeg", 100, ""), Incoming("p2", "image/jpeg", 100, ""))
    await here.yard.world.happens(
        PhotoSent("photos", lan.chat, lan.sender, here.yard.world.clock.now(), files=pages, caption="")
    )
    await here.works()
    rows = await IssuedPaperFile.all()
    assert [row.kind for row in rows] == ["photo", "photo"]
    assert all(b"MayAnhCuaLan" not in data for data in here.files.values())


async def test_a_paper_recorded_by_mistake_goes_with_its_files(here: Registry) -> None:
    lan = await filed(here)
    one = await IssuedPaper.get()
    await lan.picks("Xóa khỏi kho")
    await lan.picks("Đúng, xóa")
    assert "Đã xóa số 12/QĐ-UBND" in lan.heard
    assert not await IssuedPaper.exists()
    await temporary_files.sweep(here.yard.world.clock.now() + timedelta(seconds=1), here.remove, kept_files.needed)
    assert here.files == {}
    await lan.forges(pack(DropPaper(one.id, one.version, sure=True)))
    assert "Không còn văn bản này trong kho." in lan.heard


async def test_a_file_that_comes_after_the_paper_went_is_not_kept(here: Registry) -> None:
    lan = await recorded(here)
    await lan.sends(PDF, "scan.pdf", PDF_TYPE)
    one = await IssuedPaper.get()
    await lan.forges(pack(DropPaper(one.id, one.version, sure=True)))
    await here.works()
    assert "không còn trong kho" in here.last("lan")
    assert here.files == {}


async def test_what_two_send_at_once_is_six_files_at_most(here: Registry) -> None:
    lan = await recorded(here)
    for number in range(7):
        await lan.sends(PDF + str(number).encode(), f"{number}.pdf", PDF_TYPE)
    await here.works()
    assert await IssuedPaperFile.all().count() == 6
    assert "nhiều nhất 6 tệp" in "".join(here.yard.texts("chat-lan"))
    await temporary_files.sweep(here.yard.world.clock.now() + timedelta(days=2), here.remove, kept_files.needed)
    assert len(here.files) == 6, "what was not taken over goes"


async def test_a_file_that_would_take_the_machine_is_refused_once_and_the_next_one_is_kept(
    here: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: another process opens it, and its end is told as a refusal: no job is tried again."""
    monkeypatch.setattr(files, "SIGNED", replace(SIGNED, function="tests.features.untrusted.probes:memory"))
    out = io.BytesIO()
    docx.Document().save(out)
    lan = await recorded(here)
    await lan.sends(out.getvalue(), "QD-yen-mo.docx", WORD_TYPE)
    await here.works()
    assert here.yard.texts("chat-lan").count(Text.of(TOO_HARD).plain) == 1
    assert here.last("lan") == Text.of(TOO_HARD).plain
    assert [(job.state, job.attempts) for job in await JobRow.all()] == [("failed", 1)]
    await lan.sends(PDF, "scan.pdf", PDF_TYPE)
    await here.works()
    assert "Đã lưu bản đã ký" in here.last("lan")
