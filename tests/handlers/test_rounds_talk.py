"""An officer starts and stops the asking, sets reminders, and reopens a closed round with a reason."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.calendar.vietnam import VIETNAM
from bot.features.checkins.actions import RemindMissing
from bot.storage.tables.audit import AuditRow
from bot.storage.tables.checkins import Round, RoundPlan
from bot.testing import FakePlatform
from tests.handlers.checkin_world import WEEK, Village, make_village


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    return await make_village(db, platform)


def hanoi(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM).astimezone(UTC)


async def until(village: Village, moment: datetime) -> None:
    village.world.clock.time = moment
    await village.rounds.tick(moment)


async def test_an_officer_starts_the_asking_sets_reminders_and_stops_it(village: Village) -> None:
    lan = village.lan()
    await lan.says("đợt báo cáo")
    assert "hằng tuần: không hỏi" in lan.heard
    assert "từ ngày 1 đến hết tháng" in lan.heard
    await lan.picks("Hỏi hằng tuần")
    assert "nhắc 1 buổi tối lúc 19:30" in lan.heard
    await lan.picks("Đổi việc nhắc hằng tuần")
    await lan.picks("Nhắc 2 buổi tối")
    assert "nhắc 2 buổi tối lúc 19:30" in lan.heard
    await lan.picks("Đổi việc nhắc hằng tuần")
    await lan.picks("Đổi giờ nhắc")
    await lan.says("23:00")
    assert "từ 6:00 đến 20:30" in lan.heard
    await lan.says("18 giờ")
    assert "nhắc 2 buổi tối lúc 18:00" in lan.heard
    await until(village, hanoi(25, 8))
    reminded = await Round.get()
    assert reminded.next_at == hanoi(25, 18)
    await lan.picks("Đổi việc nhắc hằng tuần")
    await lan.picks("Nhắc 1 buổi tối")
    assert (await Round.get()).next_at == hanoi(26, 18)
    await lan.picks("Thôi hỏi hằng tuần")
    assert "Từ nay tôi không hỏi hằng tuần nữa" in lan.heard
    assert not (await RoundPlan.get()).enabled
    assert await AuditRow.filter(act="rounds_planned").count() == 5


async def test_what_stood_still_left_no_gaps(village: Village) -> None:
    lan = village.lan()
    await lan.says("đợt báo cáo")
    await lan.picks("Hỏi hằng tuần")
    await lan.picks("Thôi hỏi hằng tuần")
    village.world.clock.passes(days=21)
    await lan.picks("Hỏi hằng tuần")
    village.world.clock.passes(days=2)
    await village.rounds.tick(village.world.clock.now())
    assert [(one.period, one.state) for one in await Round.all()] == [("2026-W51", "open")]


async def test_a_closed_round_is_reopened_with_a_reason(village: Village) -> None:
    lan, hoa = village.lan(), village.hoa()
    await lan.says("đợt báo cáo")
    await lan.picks("Hỏi hằng tuần")
    await until(village, hanoi(25, 8))
    await until(village, hanoi(30, 8))
    await hoa.says("bc tuần 48 loa 5")
    assert "đã khóa sổ" in hoa.heard
    await lan.says("đợt báo cáo")
    assert "tuần 48/2026: đã khóa sổ, 2 nơi chưa báo" in lan.heard
    await lan.picks("Mở lại tuần 48/2026")
    await lan.says("mất điện cả tuần " * 20)
    assert "viết gọn trong 300 chữ cái" in lan.heard
    await lan.says("mất điện cả tuần")
    assert "Đã mở lại tuần 48/2026 đến 16:00 02/12" in lan.heard
    assert "mất điện cả tuần" in village.letters.to("g1")[-1].text.plain
    row = await AuditRow.get(act="round_reopened")
    assert row.object.startswith("round:")
    await hoa.says("bc tuần 48 loa 5")
    await hoa.picks("Đúng")
    assert await village.figure("TT02", WEEK) == 5
    one = await Round.get(period=WEEK)
    await lan.forges(f"wq|{one.id}")
    assert "Kỳ này đang mở" in lan.heard


async def test_only_the_officer_of_this_commune_may(village: Village) -> None:
    await village.rounds.plan(village.at.commune, "week", village.world.clock.now())
    hoa = village.hoa()
    for data in ("wm|week|0", "wo|week|0", "wp|week", "wl"):
        await hoa.forges(data)
        assert "Việc cài đặt của xã là của công chức Văn hóa – Xã hội." in hoa.heard
    assert (await RoundPlan.get()).enabled


async def test_a_month_cut_at_the_14th_says_its_days(db: BaseDBAsyncClient, platform: FakePlatform) -> None:
    made = await make_village(db, platform, "15-14")
    hoa, lan = made.hoa(), made.lan()
    await hoa.says("bc hồ sơ 5")
    assert "tháng 12/2026 (từ 15/11 đến 14/12)" in hoa.heard
    await hoa.picks("Đúng")
    assert await made.figure("CQ02", "2026-12") == 5
    await lan.says("tổng hợp")
    assert "tháng 12/2026 (từ 15/11 đến 14/12)" in lan.heard
    await lan.says("đợt báo cáo")
    assert "từ ngày 15 tháng trước đến ngày 14" in lan.heard


async def test_half_years_and_years_are_asked_for_too(village: Village) -> None:
    lan, hoa = village.lan(), village.hoa()
    await lan.says("đợt báo cáo")
    assert "6 tháng một lần: không hỏi" in lan.heard
    await lan.picks("Hỏi 6 tháng một lần")
    assert "Từ nay tôi hỏi các thôn 6 tháng một lần" in lan.heard
    await lan.picks("Hỏi hằng năm")
    await lan.picks("Đổi việc nhắc hằng năm")
    await lan.picks("Nhắc 3 buổi tối")
    assert "hằng năm: có hỏi, nhắc 3 buổi tối lúc 19:30" in lan.heard
    await until(village, datetime(2026, 12, 16, 8, tzinfo=VIETNAM).astimezone(UTC))
    assert {one.period for one in await Round.filter(state="open")} == {"2026", "2026-H2"}
    await hoa.says("bc tháng 12 hồ sơ 5")
    await hoa.picks("Đúng")
    await lan.says("đợt báo cáo")
    assert "6 tháng cuối năm 2026: đang mở, hạn 16:00 31/12, 1/2 nơi đã báo" in lan.heard
    assert "năm 2026: đang mở, hạn 16:00 31/12, 1/2 nơi đã báo" in lan.heard
    await lan.picks("Thôi hỏi hằng năm")
    assert "hằng năm: không hỏi" in lan.heard


async def test_an_official_reminds_those_who_are_missing_at_once_and_once_a_day(village: Village) -> None:
    lan = village.lan()
    await lan.says("đợt báo cáo")
    await lan.picks("Hỏi hằng tuần")
    await until(village, hanoi(25, 9))
    await lan.says("đợt báo cáo")
    before = len(village.letters.sent)
    await lan.picks(f"Nhắc nơi chưa báo tuần {int(WEEK[-2:])}/2026")
    assert "Đã nhắc 2 nơi chưa báo" in lan.heard
    told = len(village.letters.sent)
    assert told > before
    assert await AuditRow.filter(act="round_reminded").count() == 1
    await lan.says("đợt báo cáo")
    await lan.picks(f"Nhắc nơi chưa báo tuần {int(WEEK[-2:])}/2026")
    assert "Hôm nay đã nhắc rồi" in lan.heard
    assert len(village.letters.sent) == told
    nam = village.nam()
    await nam.forges(pack(RemindMissing((await Round.get()).id)))
    assert "Hôm nay đã nhắc rồi" in nam.heard, "a chair may, too"
    hoa = village.hoa()
    await hoa.forges(pack(RemindMissing((await Round.get()).id)))
    assert "Đã nhắc" not in hoa.heard
    await nam.forges(pack(RemindMissing(999)))
    assert "Không còn kỳ này" in nam.heard
