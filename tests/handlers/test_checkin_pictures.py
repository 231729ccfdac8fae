"""A photo with the report as its caption, a photo while the report waits, and a photo without a word afterwards."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.assembly.background import keeping
from bot.core.actions import pack
from bot.core.events import Event, Incoming, PhotoSent, Sender, TextSent
from bot.features.checkins import answers, personal_data
from bot.features.checkins.actions import KeepPhotos
from bot.features.groups import channels
from bot.features.privacy.personal_table import Subject
from bot.handlers.kit.base import Content
from bot.storage.media import MediaFiles
from bot.storage.store import ConversationStore
from bot.storage.tables.checkins import Answer
from bot.storage.tables.people import Account
from bot.testing import FakePlatform, Participant
from tests.handlers.help_world import Neighbours, neighbours
from tests.handlers.test_checkin_photos import photo, reported, seen_by_the_officer, sends, swept, works

HAVE_IT = "✅ Đã nhận ảnh. Cán bộ xã xem được cùng với số liệu"
NOT_KEPT = "không lưu"
OURS = "Thêm vào số vừa báo"


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Neighbours:
    return await neighbours(db, platform, shipped)


async def in_the_group(village: Neighbours, name: str = "hoa") -> Participant:
    await channels.register("fake", "g1", village.at.village, "village", "Thôn Lạc Hiền", village.world.clock.now())
    return village.world.talk(name, chat="g1", kind="group")


async def shown_to_the_officer(village: Neighbours) -> int:
    lan = await seen_by_the_officer(village)
    if "Ảnh kèm" not in lan.heard:
        return 0
    await lan.picks("Xem ảnh")
    return sum(message.attachment is not None for message in lan.news)


async def test_photos_over_a_report_are_kept_once_it_counts(village: Neighbours) -> None:
    """Red without `sent` in the new body: the figures were read and the photos forgotten."""
    hoa = village.of("hoa")
    await sends(village, hoa, 2, "bc hồ sơ +12")
    assert NOT_KEPT not in hoa.heard
    assert "Ảnh kèm: 2" in hoa.heard
    assert village.stored == [], "nothing is fetched for figures that may never count"
    await hoa.restarts()
    await hoa.says("bc khó khăn: mất sóng")
    assert "Ảnh kèm: 2" in hoa.heard, "more words cost no photo"
    await hoa.picks("Đúng")
    await works(village)
    assert village.texts("hoa").count(HAVE_IT) == 1, "one word for both"
    assert await shown_to_the_officer(village) == 2
    assert '"sent":[]' in (await Answer.get()).body, "where they came from is forgotten"
    await hoa.picks("Bỏ ảnh")
    assert await shown_to_the_officer(village) == 0
    assert len(await swept(village)) == 2


async def test_of_a_report_that_is_dropped_or_has_no_figure_none_is_kept(village: Neighbours) -> None:
    """Red without the emptied `sent` in `cancel`."""
    hoa = village.of("hoa")
    await sends(village, hoa, 1, "bc hồ sơ +12")
    await hoa.picks("Hủy")
    await works(village)
    assert '"sent":[]' in (await Answer.get()).body
    await sends(village, hoa, 1, "bc khó khăn: mất sóng ở cuối thôn")
    assert "Ảnh tôi chỉ giữ kèm số liệu nên tôi không lưu ảnh này" in hoa.heard
    await hoa.picks("Đúng")
    await works(village)
    assert village.stored == []


async def test_of_too_many_the_first_three_are_kept_and_it_is_said(village: Neighbours) -> None:
    """Red without the limit in `kept_beside`."""
    hoa = village.of("hoa")
    await sends(village, hoa, 4, "bc hồ sơ +12")
    assert "nhiều nhất 3 ảnh, các ảnh sau tôi không lấy" in hoa.heard
    assert "Ảnh kèm: 3" in hoa.heard
    huge = Incoming("huge", "image/jpeg", 11_000_000)
    common = village.world.next_id(), hoa.chat, hoa.sender, village.world.clock.now()
    await village.world.happens(PhotoSent(*common, (huge,), "bc loa 2"))
    assert "Tệp lớn quá 10 MB" in village.last("hoa")
    await hoa.picks("Đúng")
    await works(village)
    assert await shown_to_the_officer(village) == 3


async def test_in_the_village_group_the_answer_is_short_and_the_photo_for_officials(village: Neighbours) -> None:
    """Red without `_HAVE_IT_HERE`: the group saw a button that works in private only."""
    group = await in_the_group(village)
    await sends(village, group, 2, "ảnh lớp học tối qua", addressed=False)
    await sends(village, group, addressed=False)
    assert group.shown == []
    await sends(village, group, 2, "bc hồ sơ +12")
    assert "Ảnh kèm: 2" in group.heard
    await sends(village, group, addressed=False)
    assert group.heard == "", "a photo to the others is none of the report's"
    await group.picks("Đúng")
    await works(village)
    assert [message.text.plain for message in group.news if "ảnh" in message.text.plain] == [
        "✅ Đã nhận ảnh cho cán bộ xã xem. Muốn bỏ ảnh, bác nhắn riêng tôi “bỏ ảnh”."
    ]
    assert await shown_to_the_officer(village) == 2


def album_of(group: Participant, village: Neighbours) -> list[Event]:
    """As a webhook brings it, one by one, with what another says in between; only the first has the caption."""
    now, lan = village.world.clock.now(), Sender("id-lan", "lan")
    photos = [
        PhotoSent(
            village.world.next_id(),
            group.chat,
            group.sender,
            now,
            (Incoming(f"album-{at}", "image/jpeg", 1000),),
            "bc hồ sơ +12" if at == 0 else "",
            at == 0,
            album="13",
        )
        for at in range(3)
    ]
    village.world.platform.files |= {f"album-{at}": photo(side=40 + 80 * at) for at in range(3)}
    between = TextSent(village.world.next_id(), group.chat, lan, now, "đông thế", False)
    return [*photos[:2], between, *photos[2:]]


async def test_an_album_that_comes_one_by_one_is_one_report_with_all_its_photos(
    village: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red without `ChatQueue.take`: in the group only the photo with the caption was kept, as nobody called the bot."""
    world, group = village.world, await in_the_group(village)
    first, *coming = album_of(group, village)

    async def meanwhile(seconds: float) -> None:
        world.clock.passes(seconds=seconds)
        now, coming[:] = coming[:2], coming[2:]
        await world.engine.receive(now)

    monkeypatch.setattr(world.clock, "sleep", meanwhile)
    await world.happens(first)
    assert "Ảnh kèm: 3" in group.heard
    assert group.heard.count("Ảnh kèm") == 1
    await group.picks("Đúng")
    await works(village)
    assert await shown_to_the_officer(village) == 3


async def test_a_kill_while_an_album_is_coming_loses_no_photo(
    village: Neighbours, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: photos are noted at once and wait for each other afterwards."""
    world, group = village.world, await in_the_group(village)
    with monkeypatch.context() as killed:
        killed.setattr(world.clock, "sleep", lambda seconds: asyncio.Event().wait())
        for event in album_of(group, village):
            await world.engine.receive([event])
        await world.engine.stop(0)
        assert group.heard == ""
    await world.restarts()
    assert "Ảnh kèm: 3" in group.heard
    assert await ConversationStore(world.db).unfinished() == []


async def test_bo_anh_means_no_other_report_than_the_one_that_was_chosen(village: Neighbours) -> None:
    """The group is told these words; red without the question: the photos of the last report went."""
    group, hoa = await in_the_group(village), village.of("hoa")
    await sends(village, group, 1, "bc hồ sơ +12")
    await group.picks("Đúng")
    await works(village)
    village.world.clock.passes(minutes=5)
    await sends(village, hoa, 2, "bc loa 2")
    await hoa.picks("Đúng")
    await works(village)
    await hoa.says("bỏ ảnh")
    assert hoa.choices == ["24/11 15:05 Số lượt phát trên loa thôn", "24/11 15:00 Hồ sơ nộp trực tuyến do Tổ hỗ trợ"]
    await hoa.picks(hoa.choices[1])
    assert "Đã bỏ ảnh của báo cáo này" in hoa.heard
    assert await shown_to_the_officer(village) == 2
    await hoa.says("bỏ ảnh")
    assert "Đã bỏ ảnh của báo cáo này" in hoa.heard, "there is only one left"
    await hoa.says("bỏ ảnh")
    assert "Bác chưa gửi ảnh nào kèm số liệu" in hoa.heard


async def test_a_members_photo_waits_for_the_leader_and_is_told_to_the_member(village: Neighbours) -> None:
    ba = village.of("ba")
    await sends(village, ba, 1, "bc hồ sơ +12")
    await ba.picks("Đúng")
    await works(village)
    assert village.stored == []
    hoa = village.of("hoa")
    assert "Ảnh kèm: 1" in village.last("hoa")
    await hoa.picks("Đúng")
    await works(village)
    assert HAVE_IT in village.last("ba")
    assert await shown_to_the_officer(village) == 1


async def test_a_photo_from_the_page_waits_as_long_as_the_report_waits_for_its_signature(
    village: Neighbours, tmp_path: Path
) -> None:
    """Red without `awaited`: a leader who signed after two days signed without the photo."""
    media, clock, ba = MediaFiles(tmp_path / "media", tmp_path, None), village.world.clock, village.of("ba")
    sweep = next(one for one in keeping(village.services, media, tmp_path, clock) if one.name == "files").work
    names = [await media.receive(photo(), "web hoa") for _ in range(2)]
    await media.keep_received(names, clock.now())
    await sends(village, ba, 0, "bc hồ sơ +12", with_it=Incoming(names[0], "image/jpeg", 1000))
    await ba.picks("Đúng")
    await works(village)
    clock.passes(days=3)
    await sweep()
    assert await media.received(names[0]) == photo()
    with pytest.raises(FileNotFoundError):
        await media.received(names[1])
    await village.of("hoa").picks("Đúng")
    await sweep()
    assert await media.received(names[0]) == photo(), "the job may still have to fetch it"
    clock.passes(days=1, minutes=1)
    await sweep()
    with pytest.raises(FileNotFoundError):
        await media.received(names[0])


async def test_whoever_is_asked_for_the_village_first_loses_no_photo(village: Neighbours) -> None:
    """Red without the photos in the flow that asks for the village."""
    lan = village.of("lan")
    await sends(village, lan, 1, "bc hồ sơ +12")
    await lan.picks("thôn Lạc Hiền")
    assert "Ảnh kèm: 1" in lan.heard
    await lan.picks("Đúng")
    await works(village)
    assert await shown_to_the_officer(village) == 1


async def test_a_photo_while_the_report_waits_is_added_and_shown(village: Neighbours) -> None:
    """Red without `unasked` in the last resort."""
    hoa = village.of("hoa")
    await sends(village, hoa, 1, "bc hồ sơ +12")
    await sends(village, hoa)
    assert "Tôi đã thêm ảnh vào bản đang chờ" in hoa.heard
    await sends(village, hoa, as_file=True)
    assert "Ảnh kèm: 3" in hoa.heard
    await hoa.edits("m1", "bc hồ sơ +13")
    assert "Ảnh kèm: 3" in hoa.heard
    await hoa.picks("Đúng")
    await works(village)
    assert await shown_to_the_officer(village) == 3


async def test_a_report_over_the_photo_that_was_asked_for_is_read_and_has_it(village: Neighbours) -> None:
    """Red without `take` in `CheckinPhotoConversation.sent`: the photo went to the report before."""
    hoa = await reported(village)
    await hoa.picks("Thêm ảnh")
    await sends(village, hoa, 1, "bc loa 3")
    assert "Ảnh kèm: 1" in hoa.heard
    await hoa.picks("Đúng")
    await works(village)
    bodies = [one.body async for one in Answer.all().order_by("id")]
    assert ['"photos":[]' in body for body in bodies] == [True, False]


async def test_a_photo_without_a_word_is_kept_with_todays_report_when_somebody_says_so(village: Neighbours) -> None:
    """Red without `unasked` in the last resort."""
    hoa = await reported(village)
    await sends(village, hoa)
    assert "Bác vừa gửi 1 ảnh. Nếu là ảnh của số bác vừa báo (Hồ sơ nộp trực tuyến do Tổ hỗ trợ)" in hoa.heard
    assert hoa.choices == [OURS]
    await works(village)
    assert village.stored == []
    await sends(village, hoa, as_file=True)
    assert "Bác vừa gửi 2 ảnh" in hoa.heard
    await hoa.restarts()
    await hoa.picks(OURS)
    assert "Tôi đang nhận ảnh của bác" in hoa.heard
    await works(village)
    assert village.texts("hoa").count(HAVE_IT) == 2
    assert await shown_to_the_officer(village) == 2
    answer = await answers.get((await Answer.get()).id)
    assert answer is not None
    await hoa.forges(pack(KeepPhotos(answer.id, "once")))
    assert "Ảnh này tôi đã nhận rồi, hoặc không còn giữ" in hoa.heard
    await sends(village, hoa, 2)
    assert "Mỗi báo cáo tôi giữ nhiều nhất 3 ảnh" in hoa.heard


async def test_what_was_not_said_yes_to_is_not_asked_about_again(village: Neighbours) -> None:
    """Red without the look at what was said since."""
    hoa = await reported(village)
    await sends(village, hoa)
    await hoa.says("menu")
    await sends(village, hoa)
    assert "Bác vừa gửi 1 ảnh" in hoa.heard


async def test_any_other_photo_is_not_wanted_as_before(village: Neighbours) -> None:
    unwanted = "Tôi không xem được ảnh, tệp, nên không lưu lại"
    sau = village.of("sau")
    await sends(village, sau)
    assert unwanted in sau.heard
    hoa = await reported(village)
    await hoa.says("bc")
    await sends(village, hoa)
    assert unwanted in hoa.heard, "other words are asked for"
    await hoa.says("hủy")
    village.world.clock.passes(days=1)
    await sends(village, hoa)
    assert unwanted in hoa.heard, "yesterday's report"
    group = await in_the_group(village)
    await reported(village)
    await sends(village, group)
    assert unwanted in group.heard
    assert village.stored == []


async def test_with_its_sender_a_photo_that_waits_goes_too(village: Neighbours) -> None:
    hoa = village.of("hoa")
    await sends(village, hoa, 1, "bc hồ sơ +12")
    row = await Account.get(native_id="id-hoa")
    subject = Subject((), getattr(row, "person_id"))  # noqa: B009
    (held,) = (one for one in personal_data.personal_tables() if one.table == "answers")
    assert len(await held.read(subject)) == 2, "the report and its photo"
    async with in_transaction("default"):
        await held.erase(subject)
    await hoa.picks("Đúng")
    await works(village)
    assert village.stored == []
