"""The plan of a village's loudspeaker: set in a sentence, shown to the village, and somebody is reminded to play."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

pytest.importorskip("av", reason="the extra `audio` is not installed")

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.announcements.model import RECALL
from bot.features.loudspeaker import due, plans
from bot.features.loudspeaker.personal_data import personal_tables
from bot.features.loudspeaker.tables import LoudspeakerPlan, Play
from bot.features.people import people
from bot.features.people.accounts import Account
from bot.features.privacy.personal_table import Subject
from bot.features.units import merge
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import Announcement
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.people import Account as AccountRow
from bot.storage.tables.people import Role
from bot.testing import FakePlatform, Participant
from tests.features.village import somebody
from tests.handlers.loudspeaker_world import Village, make_village

SENTENCE = "loa phát thứ 2, 4, 6 lúc 5 giờ 30 và 17 giờ, chú Bình bật"
DAILY = "lịch loa hằng ngày 5h30 và 17h, chú Bình bật"


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    """Nguyễn Văn Bình is of the team of Lạc Hiền."""
    village = await make_village(db, platform)
    binh = await somebody("binh", "member", village.at.village, village.world.clock.now())
    assert binh.person_id is not None
    await people.rename(binh.person_id, "Nguyễn Văn Bình")
    return village


async def planned(village: Village, words: str = DAILY, by: str = "hoa") -> Participant:
    """Somebody sets a plan and says that it is right; it is a Tuesday, three in the afternoon."""
    talk = village.world.talk(by)
    await talk.says(words)
    await talk.picks("Đúng")
    assert "✅ Đã ghi lịch loa" in talk.heard
    await village.works()
    return talk


async def stored() -> list[tuple[str, str, str]]:
    return [(row.spot, row.days, row.hours) for row in await LoudspeakerPlan.all().order_by("id")]


def at(village: Village, hour: int, minute: int = 0, *, day: int = 24) -> None:
    """It is this time in Vietnam, in November 2026."""
    village.world.clock.time = datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=7)


async def labels(village: Village) -> list[str]:
    return [item.label for one in await due.now_due(village.world.clock.now()) for item in one.items]


async def test_a_leader_sets_it_in_a_sentence_and_everybody_sees_it(village: Village) -> None:
    hoa = village.world.talk("hoa")
    await hoa.says(SENTENCE)
    assert "Lịch loa thôn Lạc Hiền: thứ Hai, thứ Tư, thứ Sáu lúc 5 giờ 30 và 17 giờ" in hoa.heard
    assert "Người bật: Nguyễn Văn Bình" in hoa.heard
    assert hoa.choices == ["Đúng", "Sửa", "Hủy"]
    assert await stored() == []
    await hoa.restarts()
    await hoa.picks("Đúng")
    assert "✅ Đã ghi lịch loa thôn Lạc Hiền" in hoa.heard
    assert "tôi nhắc Nguyễn Văn Bình" in hoa.heard
    assert await stored() == [("", "135", "05:30,17:00")]
    assert await AuditRow.filter(act="loudspeaker_plan_set").count() == 1
    binh = village.world.talk("binh")
    await village.works(binh)
    assert "Bác được ghi là người bật loa thôn Lạc Hiền" in binh.heard
    await binh.says("lịch loa")
    assert "Người bật: Nguyễn Văn Bình" in binh.heard
    tu = village.world.talk("tu")
    await tu.says("lich loa")
    assert "thứ Hai, thứ Tư, thứ Sáu lúc 5 giờ 30 và 17 giờ" in tu.heard
    assert "Bình" not in tu.heard, "who presses play is for those who work with it"
    group = village.world.talk("tu", chat="g1", kind="group")
    await group.says("/lichloa")
    assert "5 giờ 30 và 17 giờ" in group.heard
    assert "Bình" not in group.heard
    lan = village.world.talk("lan")
    await lan.says("loa")
    await lan.picks("Lịch phát loa")
    assert "• thôn Lạc Hiền: thứ Hai, thứ Tư, thứ Sáu lúc 5 giờ 30 và 17 giờ. Người bật: Nguyễn Văn Bình" in lan.heard
    assert "Chưa có lịch: thôn Đông Cao." in lan.heard


@pytest.mark.parametrize(
    "words",
    [
        "loa thu 2 4 6, chu binh bat, 5h30 va 17h",
        "lịch loa 5h30 với 17h, thứ hai thứ tư thứ sáu, do anh Nguyễn Văn Bình bật",
        "/lichloa thứ 2-4-6 lúc 5:30 và 5 giờ chiều, người bật: Bình",
        "/loa thôn Lạc Hiền phát thứ 2, 4, 6 lúc năm giờ rưỡi sáng và năm giờ chiều, bác Bình mở",
    ],
)
async def test_other_words_say_the_same(village: Village, words: str) -> None:
    hoa = village.world.talk("hoa")
    await hoa.says(words)
    assert "Người bật: Nguyễn Văn Bình" in hoa.heard
    await hoa.picks("Đúng")
    assert await stored() == [("", "135", "05:30,17:00")]


async def test_what_a_sentence_lacks_is_asked_and_the_rest_is_not_asked_again(village: Village) -> None:
    hoa = village.world.talk("hoa")
    await hoa.says("lịch loa")
    assert "Thôn Lạc Hiền chưa có lịch phát loa" in hoa.heard
    await hoa.picks("Đặt lịch")
    assert "phát ngày nào, lúc mấy giờ, ai bật?" in hoa.heard
    await hoa.says("để tôi xem đã")
    assert "chưa thấy ngày và giờ" in hoa.heard
    await hoa.says("5 giờ 30")
    assert "Phát những ngày nào?" in hoa.heard
    await hoa.says("hang ngay, toi bat")
    assert "hằng ngày lúc 5 giờ 30. Người bật: hoa" in hoa.heard
    await hoa.picks("Đúng")
    assert "tôi nhắc bác." in hoa.heard
    await hoa.says("loa thứ 2 lúc 17 giờ")
    await hoa.picks("Sửa")
    await hoa.says("4 giờ sáng hằng ngày")
    assert "từ 5 giờ sáng đến 21 giờ" in hoa.heard
    await hoa.says("thứ bảy, chủ nhật 17 giờ, chú Bảy bật")
    assert "Người bật: chưa ghi" in hoa.heard
    await hoa.picks("Nguyễn Văn Bình bật")
    assert "Người bật: Nguyễn Văn Bình" in hoa.heard
    await hoa.picks("Đúng")
    assert await stored() == [("", "67", "17:00")]


async def test_cancelled_at_either_end_nothing_is_kept(village: Village) -> None:
    hoa = village.world.talk("hoa")
    await hoa.says(SENTENCE)
    await hoa.says("hủy")
    assert "tôi không ghi lịch này" in hoa.heard
    await hoa.says("lịch loa")
    await hoa.picks("Đặt lịch")
    await hoa.says("huy")
    assert "dừng" in hoa.heard
    await hoa.says("thứ 2 lúc 17 giờ")
    assert await stored() == []


async def test_a_name_that_nobody_has_and_one_that_two_have_are_told(village: Village) -> None:
    hoa = village.world.talk("hoa")
    await hoa.says("loa hằng ngày 17h, chú Sáu bật")
    assert "chưa thấy “Sáu”" in hoa.heard
    assert "Người bật: chưa ghi" in hoa.heard
    assert "Nguyễn Văn Bình bật" in hoa.choices
    other = await somebody("other", "deputy", village.at.village, village.world.clock.now())
    assert other.person_id is not None
    await people.rename(other.person_id, "Trần Thị Bình")
    await hoa.says("loa hằng ngày 17h, Bình bật")
    assert "Có 2 người tên “Bình”" in hoa.heard
    await hoa.picks("Trần Thị Bình bật")
    await hoa.picks("Đúng")
    assert (await LoudspeakerPlan.get()).player_id == other.person_id  # type: ignore[attr-defined]


async def test_an_old_button_changes_nothing_and_the_newest_plan_stays(village: Village) -> None:
    hoa = await planned(village)
    binh = (await LoudspeakerPlan.get()).player_id  # type: ignore[attr-defined]
    await hoa.forges(f"vk|lac-hien||1234567|05:30,17:00|{binh}|0")
    assert "tôi đã ghi rồi" in hoa.heard
    await hoa.says("loa thứ 3 lúc 18 giờ")
    assert "Người bật: Nguyễn Văn Bình" in hoa.heard, "who is not named anew stays"
    lan = village.world.talk("lan")
    await planned(village, "loa thôn Lạc Hiền phát chủ nhật lúc 17h", by="lan")
    await hoa.picks("Đúng")
    assert "vừa có người đổi" in hoa.heard
    await hoa.forges("vx|1|1")
    assert "vừa có người đổi" in hoa.heard
    assert await stored() == [("", "7", "17:00")]
    await hoa.says("lịch loa")
    await hoa.picks("Bỏ lịch")
    assert "Đã bỏ lịch loa thôn Lạc Hiền: Chủ nhật lúc 17 giờ" in hoa.heard
    assert await stored() == []
    await hoa.forges("vk|lac-hien||7|17:00|0|3")
    assert "vừa có người đổi" in hoa.heard
    await hoa.forges("vx|1|3")
    assert "đã bỏ rồi" in hoa.heard
    await lan.says("lịch loa")
    assert "Chưa có lịch: thôn Đông Cao, thôn Lạc Hiền." in lan.heard


async def test_where_no_message_reaches_the_leader_the_deputy_is_reminded(village: Village) -> None:
    """Red where the first role that somebody holds is enough."""
    await somebody("tam", "deputy", village.at.village, village.world.clock.now())
    await planned(village, "loa hằng ngày 17h")
    await village.announced(7, await village.recording())
    await AccountRow.filter(native_id="id-hoa").update(reachable=False)
    tam = village.world.talk("tam")
    at(village, 16, 50)
    await village.ticks(tam)
    assert "17 giờ đến giờ phát loa thôn Lạc Hiền" in tam.heard


async def test_an_official_names_the_village_or_is_asked_and_its_leader_is_told(village: Village) -> None:
    lan = village.world.talk("lan")
    await lan.says("loa thôn Tây phát hằng ngày lúc 17 giờ")
    assert "không thấy thôn bác nói" in lan.heard
    assert lan.choices == ["thôn Đông Cao", "thôn Lạc Hiền"]
    await lan.says("lac hien")
    assert "Lịch loa thôn Lạc Hiền: hằng ngày lúc 17 giờ" in lan.heard
    await lan.picks("Đúng")
    hoa = village.world.talk("hoa")
    await village.works(hoa)
    assert "Lịch loa thôn Lạc Hiền vừa được đặt: hằng ngày lúc 17 giờ. Chưa ghi ai bật" in hoa.heard
    await lan.says("loa hằng ngày lúc 18 giờ")
    await lan.picks("thôn Đông Cao")
    await lan.picks("Đúng")
    assert await LoudspeakerPlan.all().count() == 2
    await lan.says("lịch loa Lạc Hiền")
    assert "**" not in lan.heard
    assert "18 giờ" not in lan.heard
    assert "Sửa lịch" in lan.choices


async def test_who_is_not_asked_sets_nothing(village: Village) -> None:
    for name, sentence in (("binh", "là của Tổ trưởng"), ("xa", "không thấy thôn")):
        talk = village.world.talk(name)
        await talk.says("loa thôn Lạc Hiền phát hằng ngày lúc 17 giờ")
        assert sentence in talk.heard
    tu = village.world.talk("tu")
    await tu.says("loa thôn phát hằng ngày lúc 17 giờ")
    assert "chưa hiểu" in tu.heard
    for name in ("binh", "tu", "xa"):
        talk = village.world.talk(name)
        await talk.forges("vk|lac-hien||1|17:00|0|0")
        await talk.forges("vs|lac-hien")
    hoa = village.world.talk("hoa")
    for forged in ("vk|dong-cao||1|17:00|0|0", "vk|yen-mo||1|17:00|0|0", "vk|lac-hien||8|17:00|0|0",
                   "vk|lac-hien||1|03:00|0|0", "vk|lac-hien||1|17:00|1|0"):  # fmt: skip
        await hoa.forges(forged)
    assert await stored() == []
    await planned(village)
    for name in ("binh", "tu", "xa"):
        await village.world.talk(name).forges("vx|1|1")
    assert len(await stored()) == 1
    group = village.world.talk("hoa", chat="g1", kind="group")
    await group.says("lịch loa hằng ngày 18h")
    assert "trò chuyện riêng" in group.heard
    xa = village.world.talk("xa")
    await xa.forges("vq|lac-hien")
    assert "17 giờ" not in xa.heard, "no other commune"


async def test_words_without_days_are_no_plan(village: Village) -> None:
    hoa = village.world.talk("hoa")
    for words in ("loa 3", "phát loa 17:00", "loa hỏng rồi"):
        await hoa.says(words)
        assert "Lịch loa" not in hoa.heard
    await village.announced(7, await village.recording())
    await hoa.says("đã phát loa 14:30")
    assert "✅ Đã ghi" in hoa.heard


async def test_before_the_time_who_presses_play_gets_the_file_and_the_button(village: Village) -> None:
    await planned(village)
    one = await village.recording()
    await village.announced(7, one)
    binh, hoa = village.world.talk("binh"), village.world.talk("hoa")
    at(village, 16, 49)
    await village.ticks(binh)
    assert binh.heard == ""
    at(village, 16, 50)
    await village.ticks(binh)
    assert "17 giờ đến giờ phát loa thôn Lạc Hiền. Bản cần phát: TB-0007 “Họp thôn lần 7”" in binh.heard
    assert one.media in binh.heard or any(message.attachment for message in binh.news)
    assert binh.choices == ["Đã phát TB-0007"]
    before = len(binh.shown)
    await village.ticks()
    await village.world.restarts()
    await village.ticks()
    assert len(binh.shown) == before, "once for each time"
    await village.ticks(hoa)
    assert "Bản cần phát" not in hoa.heard
    at(village, 17, 20)
    await binh.picks("Đã phát TB-0007")
    assert "✅ Đã ghi: thôn Lạc Hiền phát loa TB-0007 lúc 17 giờ 20" in binh.heard
    assert await Play.all().count() == 1
    for day, hour, minute in ((25, 5, 25), (25, 16, 55)):
        at(village, hour, minute, day=day)
        await village.ticks(binh)
        assert binh.heard == ""
    lan = village.world.talk("lan")
    await lan.forges("vp")
    assert "chưa ghi phát" not in lan.heard


async def test_at_half_past_five_the_phone_rings_although_it_is_quiet(village: Village) -> None:
    await planned(village)
    at(village, 20)
    await village.announced(7, await village.recording())
    binh = village.world.talk("binh")
    at(village, 5, 20, day=25)
    await village.ticks(binh)
    assert "5 giờ 30 đến giờ phát loa" in binh.heard
    row = await OutboxRow.filter(package__startswith="lichloa").order_by("-id").first()
    assert row is not None
    assert row.expires_at == datetime(2026, 11, 24, 23, 0, tzinfo=UTC), "of no use once the time is over"


async def test_several_are_one_question_and_only_what_is_new_is_told_again(village: Village) -> None:
    await planned(village, "lịch loa hằng ngày từ 16h30 đến 18h, chú Bình bật")
    binh = village.world.talk("binh")
    for number in (7, 8):
        await village.announced(number, await village.recording())
    at(village, 16, 20)
    await village.ticks(binh)
    assert binh.choices == ["Đã phát TB-0008", "Đã phát TB-0007"]
    at(village, 16, 35)
    await binh.picks("Đã phát TB-0008")
    assert "TB-0008 lúc 16 giờ 35" in binh.heard
    await village.ticks(binh)
    assert binh.heard == "", "the other one was told already"
    at(village, 17)
    await village.announced(9, await village.recording())
    await village.ticks(binh)
    assert binh.choices == ["Đã phát TB-0009", "Đã phát TB-0007"]
    await binh.picks("Đã phát TB-0007")
    assert "TB-0007 lúc 17 giờ" in binh.heard


async def test_what_is_urgent_does_not_wait_for_the_plan(village: Village) -> None:
    await planned(village, "lịch loa hằng ngày 5h30, chú Bình bật")
    at(village, 20)
    await village.announced(7, await village.recording())
    binh = village.world.talk("binh")
    await village.ticks(binh)
    assert binh.heard == ""
    urgent = await village.announced(8, await village.recording())
    await Announcement.filter(id=urgent).update(klass="urgent")
    for minute in (1, 2):
        at(village, 20, minute)
        await village.ticks()
    told = [shown.message.text.plain for shown in binh.shown if "Tin khẩn" in shown.message.text.plain]
    assert len(told) == 1
    assert "phát loa thôn Lạc Hiền ngay giúp tôi: TB-0008" in told[0]
    await planned(village, "lịch loa hằng ngày 20h40, chú Bình bật")
    at(village, 20, 35)
    await village.ticks(binh)
    assert "20 giờ 40 đến giờ phát loa thôn Lạc Hiền. Bản cần phát: TB-0008" in binh.heard
    assert "TB-0007 “Họp thôn lần 7”" in binh.heard
    await binh.picks("Đã phát TB-0008")
    assert "✅ Đã ghi" in binh.heard
    await planned(village, "lịch loa hằng ngày 5h30, chú Bình bật")
    at(village, 5, 25, day=25)
    assert await labels(village) == ["TB-0007"]


async def test_what_comes_while_it_may_still_be_played_is_for_now(village: Village) -> None:
    await planned(village, "lịch loa hằng ngày từ 16h30 đến 18h, chú Bình bật")
    binh = village.world.talk("binh")
    at(village, 17, 10)
    await village.announced(7, await village.recording())
    await village.ticks(binh)
    assert "Bản cần phát: TB-0007" in binh.heard
    at(village, 17, 55)
    await village.announced(8, await village.recording())
    await village.ticks(binh)
    assert binh.heard == "", "too late for today"


async def test_what_is_not_played_comes_again_twice_and_then_stays_in_the_officials_list(village: Village) -> None:
    await planned(village)
    await village.announced(7, await village.recording())
    binh, lan = village.world.talk("binh"), village.world.talk("lan")
    await lan.forges("vp")
    assert "chưa ghi phát" not in lan.heard
    heard = []
    for day in (24, 25, 26, 27):
        for hour, minute in ((5, 25), (16, 55)):
            at(village, hour, minute, day=day)
            await village.ticks(binh)
            heard.append("TB-0007" in binh.heard)
    assert heard == [False, True, True, True, False, False, False, False], "the first was before it was announced"
    await lan.says("loa")
    await lan.picks("Nhật ký phát loa")
    assert "Đã đến giờ theo lịch mà chưa ghi phát" in lan.heard
    assert "• thôn Lạc Hiền: TB-0007, từ 17 giờ, 24/11/2026" in lan.heard
    tu = village.world.talk("lan", chat="g1", kind="group")
    await tu.forges("vp")
    assert "chưa ghi phát" not in tu.heard, "no village is named before others"
    hoa = village.world.talk("hoa")
    await hoa.says("đã phát loa 17:30 hôm qua")
    await lan.forges("vp")
    assert "chưa ghi phát" not in lan.heard


async def test_without_anybody_to_tell_the_leader_is_told(village: Village) -> None:
    await planned(village)
    await village.announced(7, await village.recording())
    hoa, binh = village.world.talk("hoa"), village.world.talk("binh")
    await Role.filter(role="member").update(ended_at=village.world.clock.now())
    at(village, 16, 55)
    await village.ticks(hoa)
    assert "chưa nhắn được cho người bật loa" in hoa.heard
    assert hoa.choices == ["Đã phát TB-0007"]
    assert not any("Bản cần phát" in shown.message.text.plain for shown in binh.shown)
    await hoa.picks("Đã phát TB-0007")
    assert "✅ Đã ghi" in hoa.heard


async def test_who_does_not_want_to_says_so_and_the_leader_hears_of_it(village: Village) -> None:
    await planned(village)
    binh, hoa = village.world.talk("binh"), village.world.talk("hoa")
    await hoa.forges("vy|1")
    assert "không còn là người bật loa" in hoa.heard
    await binh.picks("Tôi không bật loa")
    assert "tôi không nhắc bác bật loa nữa" in binh.heard
    await village.works(hoa)
    assert "vừa báo không bật nữa" in hoa.heard
    await binh.forges("vy|1")
    assert "không còn là người bật loa" in binh.heard
    await village.announced(7, await village.recording())
    at(village, 16, 55)
    await village.ticks(hoa)
    assert "Thôn chưa ghi ai bật loa nên tôi nhắc bác" in hoa.heard


async def test_two_loudspeakers_have_their_own_hours_and_each_plays(village: Village) -> None:
    await planned(village, "loa cụm nhà văn hóa hằng ngày 5h30, tôi bật")
    await planned(village, "loa cụm đầu làng hằng ngày 17h, chú Bình bật")
    assert await stored() == [("nhà văn hóa", "1234567", "05:30"), ("đầu làng", "1234567", "17:00")]
    hoa, binh = village.world.talk("hoa"), village.world.talk("binh")
    await hoa.says("loa hằng ngày 6h30")
    assert "Lịch này của cụm nào?" in hoa.heard
    await hoa.picks("nhà văn hóa")
    await hoa.picks("Đúng")
    at(village, 20)
    await village.announced(7, await village.recording())
    at(village, 6, 25, day=25)
    await village.ticks(hoa)
    assert "thôn Lạc Hiền, nhà văn hóa" in hoa.heard
    await hoa.picks("Đã phát TB-0007")
    at(village, 16, 55, day=25)
    await village.ticks(binh)
    assert "thôn Lạc Hiền, đầu làng" in binh.heard
    at(village, 17, 5, day=25)
    await binh.picks("Đã phát TB-0007")
    for hour in (6, 16):
        at(village, hour, 55, day=26)
        assert await due.now_due(village.world.clock.now()) == []
    assert await due.missed(village.at.commune, village.world.clock.now()) == []


async def test_what_was_recalled_or_is_out_of_date_is_not_played(village: Village) -> None:
    await planned(village)
    now = village.world.clock.now()
    first = await village.announced(7, await village.recording())
    await Announcement.create(
        commune_id=village.at.commune, number=9, title="Thu hồi", text="Thôi họp.", template=RECALL, state="done",
        corrects=first, approved_at=now, created_at=now, updated_at=now,
    )  # fmt: skip
    second = await village.announced(8, await village.recording())
    await Announcement.filter(id=second).update(expires_at=now + timedelta(hours=1))
    at(village, 16, 55)
    assert await due.now_due(village.world.clock.now()) == []
    await Announcement.filter(id=second).update(expires_at=now + timedelta(hours=3))
    assert await labels(village) == ["TB-0008"]


async def test_a_village_that_was_merged_keeps_its_loudspeaker(village: Village) -> None:
    await planned(village)
    at(village, 8, day=26)
    await merge(["lac-hien"], "dong-cao", village.world.clock.now().date())
    hoa = village.world.talk("hoa")
    await hoa.says("lịch loa")
    assert "Lịch loa thôn Đông Cao" in hoa.heard
    assert "hằng ngày lúc 5 giờ 30 và 17 giờ" in hoa.heard
    assert "Sửa lịch" not in hoa.choices, "the role was for the old village"
    leader = await people.who(Account(village.world.platform.name, "id-hoa"), village.world.clock.now())
    assert leader.person_id is not None
    await people.grant(leader.person_id, "leader", village.at.other_village, village.world.clock.now())
    await planned(village, "loa chủ nhật 17h")
    assert await stored() == [("", "7", "17:00")]
    await village.announced(7, await village.recording(), "g1")
    at(village, 16, 55, day=29)
    await village.ticks(hoa)
    assert "phát loa thôn Đông Cao" in hoa.heard
    at(village, 17, 5, day=29)
    await hoa.picks("Đã phát TB-0007")
    assert await due.now_due(village.world.clock.now()) == []


async def test_who_is_erased_is_not_named_any_more(village: Village) -> None:
    await planned(village)
    who = await people.who(Account(village.world.platform.name, "id-binh"), village.world.clock.now())
    subject = Subject((), who.person_id)
    kept = {holding.table: holding for holding in personal_tables()}["loudspeaker_plans"]
    assert [fact.values["village"] for fact in await kept.read(subject)] == ["thôn Lạc Hiền"]
    await kept.erase(subject)
    assert await kept.read(subject) == []
    (plan,) = await plans.of_village(village.at.village, village.world.clock.now().date())
    assert (plan.player_id, plan.version) == (None, 2)
