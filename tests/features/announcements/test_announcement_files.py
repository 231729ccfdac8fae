"""A file on its way into an announcement: fetched by the worker, looked at, attached once, or refused in words."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.events import Chat, Incoming
from bot.core.platform import Unreachable
from bot.features.announcements.model import MOST_ATTACHMENTS
from bot.features.announcements.personal_data import personal_tables
from bot.features.announcements.writing import files
from bot.features.announcements.writing.files import TakeFile
from bot.features.announcements.writing.leftovers import LOOKED_AT_AFTER
from bot.features.jobs import temporary_files
from bot.features.jobs.queue import JobRefused
from bot.features.loudspeaker import kept_files
from bot.features.loudspeaker.tables import Recording
from bot.features.privacy.personal_table import Subject
from bot.features.untrusted.photo import TOO_MANY_PIXELS, WRONG_TYPE
from bot.testing import RICH, FakePlatform
from tests.kit import MemoryMedia, png_that_claims

from .office import Office, office

MP3 = b"ID3" + b"\0" * 100
CHAT = Chat("fake", "chat-lan", "private")


def photo() -> bytes:
    """A picture that knows where it was taken."""
    picture = Image.new("RGB", (40, 20), "red")
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif[0x0112] = 6  # lies on its side
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=b"SecretCamera at home", xmp=b"<x>SecretCamera</x>")
    return out.getvalue()


class Media(MemoryMedia):
    """Names nothing twice, as the real one."""

    async def store(self, data: bytes, mime: str) -> str:
        name = f"{len(self.files)}.bin"
        self.files[name] = data
        return name


class Rig:
    def __init__(self, desk: Office) -> None:
        self.desk = desk
        self.messenger = FakePlatform(RICH)
        self.media = Media()
        self.job = TakeFile({"fake": self.messenger}, self.media.store, desk.features.drafts, desk.features.outbox)

    async def takes(
        self, data: bytes | None, ref: str = "r1", *, name: str = "loa.mp3", mime: str = "audio/mpeg"
    ) -> None:
        one = await self.desk.fresh(self.one)
        if data is not None:
            self.messenger.files[ref] = data
        assert self.desk.lan.person_id is not None
        body = files.body(one, self.desk.lan.person_id, Incoming(ref, mime, 0, name), "", CHAT)
        await self.job.run(body, self.desk.now)

    async def draft(self) -> None:
        self.one = await self.desk.draft()


@pytest.fixture
async def rig(db: BaseDBAsyncClient) -> Rig:
    made = Rig(await office(db))
    await made.draft()
    return made


async def test_a_recording_is_attached_once_however_often_the_job_runs(rig: Rig) -> None:
    await rig.takes(MP3)
    await rig.takes(MP3)
    (item,) = (await rig.desk.fresh(rig.one)).attachments
    assert (item.kind, item.alt, item.size) == ("audio", "loa.mp3", len(MP3))
    assert await rig.media.read(item.media) == MP3
    assert len(await rig.desk.notices()) == 1


async def test_a_photo_forgets_where_it_was_taken(rig: Rig) -> None:
    await rig.takes(photo(), name="a.jpg", mime="image/jpeg")
    (item,) = (await rig.desk.fresh(rig.one)).attachments
    stored = await rig.media.read(item.media)
    assert item.kind == "photo"
    assert b"SecretCamera" not in stored
    with Image.open(io.BytesIO(stored)) as picture:
        assert picture.size == (20, 40)
        assert not picture.getexif()


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("PNG", "P"), ("PNG", "RGBA"), ("WEBP", "RGB")]
)
async def test_a_large_photo_of_any_kind_is_made_small_and_stands_upright(kind: str, mode: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    out = io.BytesIO()
    Image.new(mode, (5200, 2600)).save(out, kind, exif=exif)
    with Image.open(io.BytesIO(await files.upright(out.getvalue()))) as picture:
        assert (picture.size, picture.mode, picture.format) == ((1280, 2560), "RGB", "JPEG")
        assert not picture.getexif()


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [6_400, 13_300, 20_000])
async def test_a_photo_of_too_many_pixels_is_refused_before_it_is_unpacked(side: int) -> None:
    with pytest.raises(JobRefused) as refused:
        await files.upright(png_that_claims(side, side))
    assert (refused.value.template, refused.value.values) == (TOO_MANY_PIXELS, {"most": 40})


async def test_a_photo_with_a_bomb_inside_its_words_is_refused() -> None:
    out = io.BytesIO()
    words = PngInfo()
    words.add_text("k", "a" * 2_000_000, zip=True)
    Image.new("RGB", (4, 4)).save(out, "PNG", pnginfo=words)
    with pytest.raises(JobRefused) as refused:
        await files.upright(out.getvalue())
    assert refused.value.template == WRONG_TYPE


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"MZ program", WRONG_TYPE),
        (b"\xff\xd8\xff broken", WRONG_TYPE),
        (MP3 + b"\0" * (files.LIMITS["audio"]), files.TOO_LARGE),
        (None, "Tôi không lấy được tệp bác gửi. Bác gửi lại giúp tôi."),
    ],
)
async def test_what_cannot_be_taken_is_said(rig: Rig, data: bytes | None, why: str) -> None:
    with pytest.raises(JobRefused) as refused:
        await rig.takes(data)
    assert refused.value.template == why
    assert (await rig.desk.fresh(rig.one)).attachments == ()
    assert await rig.desk.notices() == []


async def test_a_messenger_that_does_not_answer_is_asked_again_later(rig: Rig) -> None:
    rig.messenger.fetch_faults.append(Unreachable("no answer", maybe_sent=False))
    with pytest.raises(Unreachable):
        await rig.takes(MP3)
    await rig.takes(MP3)
    assert len((await rig.desk.fresh(rig.one)).attachments) == 1


async def test_a_package_has_an_end(rig: Rig) -> None:
    for number in range(MOST_ATTACHMENTS):
        await rig.takes(MP3 + bytes([number]), f"r{number}")
    with pytest.raises(JobRefused) as refused:
        await rig.takes(MP3 + b"more", "more")
    assert "nhiều nhất" in refused.value.template


async def test_nothing_is_put_into_what_was_approved(rig: Rig) -> None:
    await rig.desk.approved(rig.one)
    with pytest.raises(JobRefused) as refused:
        await rig.takes(MP3)
    assert "không còn sửa được" in refused.value.template


async def _sweeps(rig: Rig) -> set[str]:
    """The files that are left when the files were looked through so much later."""

    async def remove(name: str) -> None:
        rig.media.files.pop(name, None)

    rig.desk.now += LOOKED_AT_AFTER
    await temporary_files.sweep(rig.desk.now, remove, kept_files.needed)
    return set(rig.media.files)


async def test_a_file_that_was_taken_off_again_goes_and_the_others_stay(rig: Rig) -> None:
    await rig.takes(MP3, "r1")
    await rig.takes(MP3 + b"2", "r2")
    first, second = (await rig.desk.fresh(rig.one)).attachments
    async with in_transaction("default"):
        one = await rig.desk.fresh(rig.one)
        assert await rig.desk.features.drafts.detach(one, rig.desk.lan, first.media, rig.desk.now) is None
    assert await _sweeps(rig) == {second.media}
    assert await _sweeps(rig) == {second.media}, "looked at again and again as long as it is needed"


async def test_a_file_that_found_no_place_goes(rig: Rig) -> None:
    await rig.takes(MP3, "r1")
    (item,) = (await rig.desk.fresh(rig.one)).attachments
    await rig.desk.ask(await rig.desk.fresh(rig.one))
    await rig.desk.approve(await rig.desk.fresh(rig.one))
    with pytest.raises(JobRefused):
        await rig.takes(MP3, "too late")
    assert len(rig.media.files) == 2
    assert await _sweeps(rig) == {item.media}, "what was sent is still to be read on the page"


async def test_what_was_cancelled_before_it_was_sent_lets_go_of_its_files_and_what_was_sent_does_not(rig: Rig) -> None:
    await rig.takes(MP3, "r1")
    sent = await rig.desk.approved(await rig.desk.fresh(rig.one))
    await rig.draft()
    await rig.takes(MP3, "r2")
    for one in (sent, await rig.desk.fresh(rig.one)):
        async with in_transaction("default"):
            await rig.desk.features.stop.cancel(one, one.version, rig.desk.lan, rig.desk.now)
    assert [item.media for item in (await rig.desk.fresh(rig.one)).attachments] == []
    assert await _sweeps(rig) == {item.media for item in sent.attachments}


async def test_the_files_of_an_erased_authors_drafts_go_at_once_but_not_what_another_one_names(rig: Rig) -> None:
    await rig.takes(MP3, "r1")
    await rig.takes(MP3 + b"2", "r2")
    first, second = (await rig.desk.fresh(rig.one)).attachments
    await Recording.create(
        commune_id=rig.desk.at.commune, kind="voice", title="Họp", state="approved", media=second.media,
        created_at=rig.desk.now,
    )  # fmt: skip
    announcements = personal_tables()[0]
    await announcements.erase(Subject((), rig.desk.lan.person_id, "Lan"))
    rig.desk.now -= LOOKED_AT_AFTER
    assert first.media in rig.media.files
    assert await _sweeps(rig) == {second.media}
