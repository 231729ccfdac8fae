"""Officials make a recording and hear it before it is used; villages play it and say when."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import pytest

from bot.core.lean.values import replace

pytest.importorskip("av", reason="the extra `audio` is not installed")

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.platform import Unreachable
from bot.features.jobs.queue import GAVE_UP
from bot.features.loudspeaker import making, plays, recordings
from bot.features.loudspeaker.mastering import Mastered, master
from bot.features.loudspeaker.personal_data import personal_tables
from bot.features.loudspeaker.recordings import LoudspeakerRecording
from bot.features.loudspeaker.tables import Play
from bot.features.loudspeaker.tables import Recording as Row
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.privacy.personal_table import Subject
from bot.storage.core_tables.jobs import JobRow
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import AnnouncementTarget
from bot.storage.tables.commune import PassingFile
from bot.testing import FakePlatform, Participant
from tests.features.loudspeaker.sounds import voice, wav
from tests.handlers.loudspeaker_world import SOUND, Village, make_village

ASKED = ["Dùng bản này", "Làm lại", "Bỏ bản này"]


_mastered = lru_cache(master)


@pytest.fixture(autouse=True)
def mastered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same sound gives the same recording: the tests need not make it each time."""

    async def mastered(data: bytes, title: str) -> Mastered:
        return await asyncio.to_thread(_mastered, data, title)

    monkeypatch.setattr(making, "mastered", mastered)


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    return await make_village(db, platform)


async def recorded(village: Village, talk: Participant) -> None:
    await talk.says("loa")
    await village.sends_sound(talk)
    await village.works(talk)


async def approved(village: Village) -> LoudspeakerRecording:
    lan = village.world.talk("lan")
    await recorded(village, lan)
    await lan.picks("Dùng bản này")
    found = await recordings.ready_recordings(village.at.commune)
    return found[0]


async def test_an_official_records_hears_and_only_then_it_can_be_announced(village: Village) -> None:
    lan = village.world.talk("lan")
    await lan.says("/loa")
    assert "tin thoại" in lan.heard
    assert lan.choices == ["Đọc văn bản", "Bản đã duyệt", "Nhật ký phát loa", "Lịch phát loa"]
    await village.sends_sound(lan)
    assert "tôi gửi bác nghe thử ngay" in lan.heard
    await village.works(lan)
    (row,) = await Row.all()
    assert "Nghe thử bản phát loa số 1" in lan.heard
    assert f"Dài {row.seconds} giây cả chuông, tệp {round(row.size / 1000)} kB" in lan.heard
    # Where no sound can be sent there is an address to listen at.
    assert any(message.attachment for message in lan.news) or f"https://xa.example/media/{row.media}" in lan.heard
    assert lan.choices == ASKED
    assert village.stored[row.media].startswith(b"ID3")
    assert await recordings.ready_recordings(village.at.commune) == []
    assert await recordings.approved(village.at.commune, [row.media]) == {}
    await lan.picks("Dùng bản này")
    assert "Đã duyệt bản số 1" in lan.heard
    (one,) = await recordings.ready_recordings(village.at.commune)
    assert (one.media, one.seconds, one.size) == (row.media, row.seconds, row.size)
    assert await recordings.approved(village.at.commune, [one.media, "strange.mp3"]) == {one.media: one}
    await lan.picks("Bản đã duyệt")
    assert f"https://xa.example/media/{one.media}" in lan.heard


async def test_a_press_counts_once_and_later_ones_hear_what_is(village: Village) -> None:
    lan, nam = village.world.talk("lan"), village.world.talk("nam")
    await recorded(village, lan)
    await nam.forges("vu|1")
    await lan.picks("Dùng bản này")
    assert "đã được duyệt rồi" in lan.heard
    await lan.forges("vd|1")
    assert "đã được duyệt rồi" in lan.heard
    assert (await Row.get(id=1)).state == "approved"


async def test_what_is_dropped_goes_with_its_file_and_redo_asks_again(village: Village) -> None:
    lan = village.world.talk("lan")
    await recorded(village, lan)
    await lan.picks("Làm lại")
    assert "gửi lại tin thoại" in lan.heard
    await village.sends_sound(lan, file="thong bao.m4a")
    await village.works(lan)
    assert "bản phát loa số 2" in lan.heard
    assert "thong bao" in lan.heard
    await lan.picks("Bỏ bản này")
    assert [row.state for row in await Row.all().order_by("id")] == ["dropped", "dropped"]
    assert {row.name for row in await PassingFile.all()} == set(village.stored)
    await lan.forges("vu|2")
    assert "không còn nữa" in lan.heard


async def test_a_text_is_read_as_people_say_it_and_the_time_for_a_reader_is_told(village: Village) -> None:
    lan = village.world.talk("lan")
    await lan.says("loa")
    await lan.picks("Đọc văn bản")
    await lan.says("UBND xã mời họp lúc 17h ngày 25/11.")
    spoken = "Ủy ban nhân dân xã mời họp lúc mười bảy giờ ngày hai mươi lăm tháng mười một."
    assert spoken in lan.heard
    await village.works(lan)
    assert village.parrot.read[0].count(spoken) == 2
    assert "Đây là giọng máy. Nếu bác tự đọc thì mất khoảng 23 giây" in lan.heard
    assert lan.choices == ASKED
    (row,) = await Row.all()
    assert await recordings.approved(village.at.commune, [row.media]) == {}, "nobody has heard it yet"
    await lan.picks("Làm lại")
    assert "gõ hoặc dán nội dung" in lan.heard


async def test_a_machine_that_cannot_read_is_told_and_the_way_on(village: Village) -> None:
    lan = village.world.talk("lan")
    village.parrot.fails = True
    await lan.says("loa")
    await lan.picks("Đọc văn bản")
    await lan.says("Mời bà con họp.")
    await village.works(lan)
    assert "Giọng máy không đọc được bản này. Bác thu tiếng của mình" in lan.heard
    assert [row.state for row in await Row.all()] == ["failed"]


async def test_where_no_voice_is_installed_it_is_said(db: BaseDBAsyncClient, platform: FakePlatform) -> None:
    village = await make_village(db, platform, has_voice=False)
    lan = village.world.talk("lan")
    await lan.says("loa")
    await lan.picks("Đọc văn bản")
    assert "chưa cài giọng đọc" in lan.heard
    await village.sends_sound(lan)
    assert "tôi gửi bác nghe thử ngay" in lan.heard, "the recorded voice is still awaited"


async def test_what_cannot_be_used_ends_in_one_sentence_and_no_recording(village: Village) -> None:
    lan = village.world.talk("lan")
    for data, sentence in (
        (b"%PDF-1.7", "không phải tệp tiếng"),
        (wav(voice(1.0, level=0.0)), "không nghe thấy tiếng nói"),
        (b"OggS" + bytes(100), "bị hỏng"),
    ):
        await lan.says("loa")
        await village.sends_sound(lan, data, file="a.mp3")
        await village.works(lan)
        assert sentence in lan.heard
        assert len(lan.news) == 1
    await lan.says("loa")
    await village.sends_sound(lan, bytes(20_000_001), file="a.mp3")
    assert "lớn quá 20 MB" in lan.heard
    await village.sends_sound(lan, seconds=601)
    assert "dài quá 10 phút" in lan.heard
    await lan.says("để tôi thu đã")
    assert "Bác gửi tin thoại hoặc tệp tiếng" in lan.heard
    assert {row.state for row in await Row.all()} == {"failed"}
    assert village.stored == {}


async def test_a_file_that_is_gone_and_a_messenger_that_is_silent_are_told(village: Village) -> None:
    lan = village.world.talk("lan")
    await lan.says("loa")
    await village.sends_sound(lan)
    village.world.platform.files.clear()
    await village.works(lan)
    assert "không tải được tệp tiếng này" in lan.heard
    await lan.says("loa")
    await village.sends_sound(lan)
    village.world.platform.fetch_faults += [Unreachable("no answer", maybe_sent=False)] * 3
    await village.works(lan)
    assert [refusal.template for refusal in village.refused] == [GAVE_UP]


async def test_a_recording_is_made_and_shown_once_also_when_the_job_runs_twice(village: Village) -> None:
    """The process died after the commit and before the job was marked: nothing is heard a second time."""
    lan = village.world.talk("lan")
    await recorded(village, lan)
    await JobRow.all().update(state="waiting", attempts=0)
    await village.works(lan)
    assert lan.heard == ""
    assert len(village.stored) == 1


async def test_of_two_workers_that_made_the_same_recording_the_slower_one_throws_its_file_away(
    village: Village,
) -> None:
    lan = village.world.talk("lan")
    await lan.says("loa")
    await village.sends_sound(lan)
    body, now = json.loads((await JobRow.get()).body), village.world.clock.now()

    async def overtaken(name: str, data: bytes) -> str:
        where = await village.store_as(name, data)
        await village.maker().call(body, now)
        return where

    await replace(village.maker(), store_as=overtaken).call(body, now)
    slow, fast = village.stored
    assert (await Row.get(id=1)).media == fast
    assert [row.name for row in await PassingFile.all()] == [slow]
    assert await OutboxRow.filter(package="loa1-ready", part=1).count() == 1


async def test_a_restart_between_voice_and_result_loses_nothing(village: Village) -> None:
    lan = village.world.talk("lan")
    await lan.says("loa")
    await lan.restarts()
    await village.sends_sound(lan)
    await lan.restarts()
    await village.works(lan)
    assert lan.choices == ASKED


async def test_only_officials_of_this_commune_make_and_approve(village: Village) -> None:
    lan = village.world.talk("lan")
    await recorded(village, lan)
    for name, sentence in (("tu", "cán bộ xã"), ("hoa", "cán bộ xã"), ("xa", "Không còn bản phát loa này")):
        talk = village.world.talk(name)
        for data in ("vu|1", "vd|1", "vr|1", "vh|1"):
            await talk.forges(data)
            assert sentence in talk.heard
    for name in ("tu", "hoa"):
        talk = village.world.talk(name)
        for data in ("vt", "vl", "vp"):
            await talk.forges(data)
            assert "cán bộ xã" in talk.heard
    assert (await Row.get(id=1)).state == "ready"


async def test_a_leader_says_when_it_was_played_and_officials_see_the_list(village: Village) -> None:
    one = await approved(village)
    await village.announced(7, one)
    hoa = village.world.talk("hoa")
    await hoa.says("đã phát loa 14:30")
    assert "thôn Lạc Hiền phát loa TB-0007 lúc 14 giờ 30, 24/11/2026" in hoa.heard
    await hoa.says("đã phát loa lúc 2h30 chiều")
    assert "rồi" in hoa.heard
    await hoa.says("đã phát loa 5h chiều hôm qua")
    assert "17 giờ, 23/11/2026" in hoa.heard
    await hoa.says("đã phát loa 23:00")
    assert "Giờ này chưa tới" in hoa.heard
    assert await Play.all().count() == 2
    lan = village.world.talk("lan")
    await lan.says("loa")
    await lan.picks("Nhật ký phát loa")
    assert "14 giờ 30, 24/11/2026: thôn Lạc Hiền, TB-0007" in lan.heard
    assert lan.heard.index("24/11") < lan.heard.index("23/11")
    (target,) = await AnnouncementTarget.all()
    assert lan.heard.count("TB-0007") == 2, "a time is listed once, noted here or told by the announcement's button"
    await AnnouncementTarget.all().update(played_at=datetime(2026, 11, 24, 7, 45, 12, tzinfo=UTC))
    await lan.picks("Nhật ký phát loa")
    assert "14 giờ 45, 24/11/2026: thôn Lạc Hiền, TB-0007" in lan.heard
    assert target.played_at == datetime(2026, 11, 24, 7, 30, tzinfo=UTC), "the receipt knows it too"


async def test_a_play_of_yesterday_needs_the_recording_to_have_been_there(village: Village) -> None:
    one = await approved(village)
    village.world.clock.passes(hours=1)
    await village.announced(7, one)
    hoa = village.world.talk("hoa")
    await hoa.forges("vn|lac-hien|7|1")
    assert "quá 7 ngày" in hoa.heard
    await hoa.forges(f"vn|lac-hien|7|{2**60}")
    assert "Giờ này chưa tới" in hoa.heard
    await hoa.forges("vn|lac-hien|8|0")
    assert "không còn" in hoa.heard
    assert await Play.all().count() == 0


async def test_with_several_recordings_the_leader_is_asked_which(village: Village) -> None:
    for number in (7, 8):
        await village.announced(number, await approved(village))
    hoa = village.world.talk("hoa")
    await hoa.says("đã phát loa 14:30")
    assert "thôn đã phát bản nào?" in hoa.heard
    assert hoa.choices == ["Đã phát TB-0008", "Đã phát TB-0007"]
    await hoa.picks("Đã phát TB-0007")
    assert "TB-0007 lúc 14 giờ 30" in hoa.heard


async def test_in_the_group_the_list_is_for_all_but_only_who_leads_may_confirm(village: Village) -> None:
    one = await approved(village)
    announcement = await village.announced(7, one, "g1", "g2")
    await OutboxRow.filter(announcement=announcement, chat_id="g1").update(state="uncertain")
    hoa = village.world.talk("hoa", chat="g1", kind="group")
    await hoa.says("/loa")
    assert "Họp thôn lần 7" in hoa.heard
    assert one.media in hoa.heard
    tu = village.world.talk("tu", chat="g1", kind="group")
    await tu.picks("Đã phát TB-0007")
    assert "là của" in tu.heard
    assert await Play.all().count() == 0
    await hoa.picks("Đã phát TB-0007")
    assert "✅ Đã ghi" in hoa.heard
    assert not await OutboxRow.filter(announcement=announcement, state="uncertain").exists(), "a press proves arrival"


async def test_another_village_and_old_announcements_are_not_offered(village: Village) -> None:
    one = await approved(village)
    await village.announced(7, one, "g2")
    hoa = village.world.talk("hoa")
    await hoa.says("đã phát loa")
    assert "chưa gửi bản phát loa nào" in hoa.heard
    await hoa.forges("vn|dong-cao|7|0")
    assert "không phải ở đơn vị này" in hoa.heard
    await village.announced(8, one)
    now = village.world.clock.now()
    assert [item.label for item in await plays.playable(village.at.village, now)] == ["TB-0008"]
    assert await plays.playable(village.at.village, now + timedelta(days=15)) == []


async def test_residents_are_told_whose_work_it_is(village: Village) -> None:
    tu = village.world.talk("tu")
    for words in ("loa", "đã phát loa 17:00"):
        await tu.says(words)
        assert "là của cán bộ xã và Tổ công nghệ số của thôn" in tu.heard


async def test_the_menu_leads_there_for_those_whose_work_it_is(village: Village) -> None:
    for name, there in (("lan", True), ("hoa", True), ("tu", False)):
        talk = village.world.talk(name)
        await talk.says("menu")
        assert ("Loa truyền thanh" in talk.heard) is there
    lan = village.world.talk("lan")
    await lan.says("menu")
    await lan.picks("Loa truyền thanh")
    assert "tin thoại" in lan.heard


async def test_who_is_erased_leaves_no_voice_that_nobody_approved(village: Village) -> None:
    lan = village.world.talk("lan")
    await approved(village)
    await recorded(village, lan)
    who = await people.who(Account(village.world.platform.name, "id-lan"), village.world.clock.now())
    for holding in personal_tables():
        await holding.erase(Subject((), who.person_id))
    (kept,) = await Row.all().values()
    assert (kept["state"], kept["author_id"], kept["approver_id"]) == ("approved", None, None)
    assert [row.name for row in await PassingFile.all()] == [name for name in village.stored if name != kept["media"]]


async def test_sound_out_of_the_blue_is_not_taken_for_a_recording(village: Village) -> None:
    lan = village.world.talk("lan")
    await lan.says("menu")
    await village.sends_sound(lan, SOUND)
    assert await Row.all().count() == 0
