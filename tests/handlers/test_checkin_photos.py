"""A photo beside the figures: sent after the report, looked at where the figures are read, taken back, gone in time."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.actions import pack
from bot.core.events import FileSent, Incoming, PhotoSent
from bot.features.calendar.periods import period
from bot.features.checkins import answers, personal_data, photos
from bot.features.checkins.actions import AddPhoto, DropPhotos, ShowPhotos
from bot.features.checkins.sent import sent
from bot.features.jobs import temporary_files
from bot.features.privacy.personal_table import Subject
from bot.handlers.kit.base import Content
from bot.storage.tables.checkins import Answer
from bot.storage.tables.people import Account
from bot.testing import FakePlatform, Participant
from tests.features.village import somebody
from tests.handlers.checkin_world import MONTH
from tests.handlers.help_world import Neighbours, neighbours


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Neighbours:
    return await neighbours(db, platform, shipped)


def photo(colour: str = "red", side: int = 40) -> bytes:
    """With what a camera writes into it."""
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x010F] = "SecretCamera"
    Image.new("RGB", (side, side), colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


async def reported(village: Neighbours, name: str = "hoa") -> Participant:
    talk = village.of(name)
    await talk.says("bc hồ sơ +12")
    await talk.picks("Đúng")
    return talk


async def the_report() -> answers.Answer:
    answer = await answers.get((await Answer.get()).id)
    assert answer is not None
    return answer


async def seen_by_the_officer(village: Neighbours) -> Participant:
    lan = village.of("lan")
    await lan.says("tổng hợp")
    await lan.picks("Xem từng nơi")
    await lan.picks("thôn Lạc Hiền")
    return lan


async def test_a_photo_sent_after_the_report_is_seen_by_officials_with_the_figure(village: Neighbours) -> None:
    hoa = await reported(village)
    await hoa.picks("Thêm ảnh")
    assert "Bác gửi ảnh cho số vừa báo" in hoa.heard
    await hoa.restarts()
    await village.shows(hoa, photo())
    assert "✅ Đã nhận ảnh. Cán bộ xã xem được cùng với số liệu" in village.last("hoa")
    assert len(village.stored) == 1
    assert b"SecretCamera" not in village.stored[0]
    lan = await seen_by_the_officer(village)
    assert "Ảnh kèm số liệu: 1." in lan.heard
    await lan.picks("Xem ảnh")
    (message,) = lan.news
    assert message.attachment is not None
    assert message.attachment.media == f"{len(village.stored[0])}.jpg"
    assert "Thôn Lạc Hiền, báo ngày 24/11/2026: Hồ sơ nộp trực tuyến" in message.text.plain


async def test_it_is_taken_back_and_a_figure_stays(village: Neighbours) -> None:
    hoa = await reported(village)
    await hoa.says("thêm ảnh")
    await village.shows(hoa, photo())
    await hoa.picks("Bỏ ảnh")
    assert "Đã bỏ ảnh của báo cáo này. Số liệu tôi vẫn giữ." in hoa.heard
    lan = await seen_by_the_officer(village)
    assert "Ảnh kèm" not in lan.heard
    assert "12 hồ sơ" in lan.heard
    assert await swept(village) == [f"{len(village.stored[0])}.jpg"]
    await hoa.forges(pack(DropPhotos((await Answer.get()).id)))
    assert "Ảnh này đã bỏ rồi" in hoa.heard


async def swept(village: Neighbours) -> list[str]:
    """Names of the files that the next sweep removes."""
    gone: list[str] = []

    async def remove(name: str) -> None:
        gone.append(name)

    async def needed(name: str) -> bool:
        return False

    await temporary_files.sweep(village.world.clock.now(), remove, needed)
    return gone


async def test_the_job_that_runs_twice_keeps_one_and_words_meanwhile_are_understood(village: Neighbours) -> None:
    hoa = await reported(village)
    await hoa.picks("Thêm ảnh")
    await hoa.says("số đã báo")
    assert "12 hồ sơ" in hoa.heard, "who waits for a photo can do something else"
    await hoa.says("thêm ảnh")
    event = PhotoSent("once", hoa.chat, hoa.sender, village.world.clock.now(), (Incoming("photo-1", "image/jpeg"),))
    body = photos.body(await the_report(), sent(event, event.files, "vi"))
    for side in (40, 400):  # another name the second time
        village.world.platform.files["photo-1"] = photo(side=side)
        await village.jobs._kinds[photos.KIND](body, village.world.clock.now())
    assert len(village.stored) == 2, "the file was made again"
    assert await swept(village) == [f"{len(village.stored[1])}.jpg"]
    lan = await seen_by_the_officer(village)
    assert "Ảnh kèm số liệu: 1." in lan.heard


async def test_three_are_kept_of_one_report_and_what_is_no_photo_is_refused(village: Neighbours) -> None:
    hoa = await reported(village)
    await hoa.picks("Thêm ảnh")
    await sends(village, hoa, 4)
    assert "Mỗi báo cáo tôi giữ nhiều nhất 3 ảnh" in hoa.heard
    await sends(village, hoa, 3)
    assert "Tôi đang nhận ảnh của bác" in hoa.heard
    await hoa.says("thêm ảnh")
    assert "Mỗi báo cáo tôi giữ nhiều nhất 3 ảnh" in hoa.heard
    lan = await seen_by_the_officer(village)
    assert "Ảnh kèm số liệu: 3." in lan.heard
    tu = await reported(village, "tu")
    await tu.says("thêm ảnh")
    await village.shows(tu, b"%PDF-1.7 no photo")
    assert "Tôi chỉ nhận được ảnh chụp" in village.last("tu")
    await tu.says("thêm ảnh")
    village.world.platform.files["bad"] = b"%PDF-1.7 no photo"
    await sends(village, tu, 1, with_it=Incoming("bad", "image/jpeg", 20))
    assert "Tôi chỉ nhận được ảnh chụp" in village.last("tu")
    assert await swept(village) == [f"{len(village.stored[-1])}.jpg"], "the photos of one message are all kept, or none"


async def sends(
    village: Neighbours,
    talk: Participant,
    count: int = 1,
    caption: str = "",
    *,
    addressed: bool = True,
    as_file: bool = False,
    with_it: Incoming | None = None,
) -> None:
    """Photos together, or one as a file; the worker does what there is to do, and what it says is sent."""
    files = []
    for colour in ("red", "green", "blue", "white")[:count]:
        known = village.world.platform.files
        data, name = (
            photo(colour, side=40 + 80 * len(known)),
            f"{len(known)}.jpg",
        )  # what is stored is named by its size
        known[name] = data
        files.append(Incoming(name, "image/jpeg", len(data)))
    files += [] if with_it is None else [with_it]
    talk._before = list(talk.shown)
    common = village.world.next_id(), talk.chat, talk.sender, village.world.clock.now()
    if as_file:
        await village.world.happens(FileSent(*common, files[0], caption, addressed))
    else:
        await village.world.happens(PhotoSent(*common, tuple(files), caption, addressed))
    await works(village)


async def works(village: Neighbours) -> None:
    while await village.jobs.run() == 0.0:
        pass
    await village.sends()


async def test_a_photo_that_comes_while_others_are_dropped_is_not_dropped_unseen(village: Neighbours) -> None:
    hoa = await reported(village)
    await hoa.says("thêm ảnh")
    await village.shows(hoa, photo())
    before, now = await the_report(), village.world.clock.now()
    await answers.illustrate(before, (*before.body.photos, "another.jpg"))
    async with in_transaction("default"):
        assert not await photos.drop(before, now)
    assert await swept(village) == []


async def test_nobody_adds_drops_or_sees_photos_of_others(village: Neighbours) -> None:
    hoa = await reported(village)
    await hoa.says("thêm ảnh")
    await village.shows(hoa, photo())
    one, now = await Answer.get(), village.world.clock.now()
    await somebody("cao", "leader", village.at.other_village, now)
    for talk in (village.of("cao"), village.of("la"), village.world.talk("hoa", chat="g9", kind="group")):
        for action in (AddPhoto(one.id), DropPhotos(one.id), ShowPhotos("lac-hien", MONTH)):
            await talk.forges(pack(action))
            assert not any(message.attachment for message in talk.news)
    await hoa.forges(pack(ShowPhotos("lac-hien", "2026-99")))
    assert "Không có kỳ này" in hoa.heard
    lan = await seen_by_the_officer(village)
    assert "Ảnh kèm số liệu: 1." in lan.heard


async def test_after_a_year_it_is_gone_and_with_its_sender_at_once(village: Neighbours) -> None:
    hoa = await reported(village)
    await hoa.says("thêm ảnh")
    await village.shows(hoa, photo())
    now = village.world.clock.now()
    seen = [
        len(await photos.of_period(village.at.village, period(MONTH), now + timedelta(days=days)))
        for days in (364, 366)
    ]
    assert seen == [1, 0]
    row = await Account.get(native_id="id-hoa")
    person_id: int = getattr(row, "person_id")  # noqa: B009
    (held,) = (one for one in personal_data.personal_tables() if one.table == "answers")
    subject = Subject((), person_id)
    assert len(await held.read(subject)) == 2, "the report and its photo"
    async with in_transaction("default"):
        await held.erase(subject)
    assert await swept(village) == [f"{len(village.stored[0])}.jpg"]
    lan = await seen_by_the_officer(village)
    assert "Ảnh kèm" not in lan.heard
