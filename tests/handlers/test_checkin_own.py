"""Somebody of the team asks what has been reported, and puts a figure right that counts already."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.calendar.periods import Cadence
from bot.features.calendar.vietnam import VIETNAM
from bot.features.checkins import targets
from bot.features.checkins.actions import AmendReported, ShowReported
from bot.storage.tables.checkins import Figure
from bot.testing import FakePlatform
from tests.features.village import somebody
from tests.handlers.checkin_world import WEEK, Village, make_village


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    return await make_village(db, platform)


async def goal(village: Village, code: str, of: str, value: int) -> None:
    now = village.world.clock.now()
    await targets.assign(village.at.village, code, of, Decimal(value), reason="", by=None, now=now)


async def reports(village: Village, words: str) -> None:
    hoa = village.hoa()
    await hoa.says(words)
    await hoa.picks("Đúng")


async def test_after_a_report_its_figures_are_seen_with_target_light_and_what_is_missing(village: Village) -> None:
    await goal(village, "TT02", WEEK, 6)
    await goal(village, "TC05", WEEK, 40)
    await goal(village, "CQ01", "2026-Q4", 85)
    talk = village.hoa()
    await talk.says("bc loa 5, vneid 340")
    await talk.picks("Đúng")
    await talk.picks("Xem số đã báo")
    assert "Số liệu thôn Lạc Hiền đã báo" in talk.heard
    assert "tuần 48/2026\nBác báo lúc 15:00 24/11:\n🟢 Đúng tiến độ. " in talk.heard
    assert "5 lượt, chỉ tiêu 6 lượt" in talk.heard
    assert "Chưa báo: Số lượt hướng dẫn trực tiếp, tại nhà" in talk.heard
    assert "340/410 (82,9%)" in talk.heard
    assert "quý IV/2026\nCộng đến nay:" in talk.heard
    assert "chỉ tiêu 85%" in talk.heard


@pytest.mark.parametrize(
    "words",
    [
        "tôi đã báo gì", "số đã báo", "xem lại báo cáo", "TOI DA BAO GI", "thon em da bao nhung gi roi a",
        "báo được những gì rồi nhỉ?", "xem lai so da bao", "/sodabao",
    ],
)  # fmt: skip
async def test_it_is_asked_in_ones_own_words(village: Village, words: str) -> None:
    await reports(village, "bc loa 5")
    talk = village.hoa()
    await talk.says(words)
    assert "Số liệu thôn Lạc Hiền đã báo" in talk.heard
    assert "5 lượt" in talk.heard


async def test_what_is_put_right_replaces_the_figure_of_its_period(village: Village) -> None:
    await reports(village, "bc loa 5, hồ sơ 7")
    talk = village.hoa()
    await talk.says("bc")
    assert "XEM SỐ ĐÃ BÁO" in talk.heard.upper()
    await talk.says("xem so da bao")
    await talk.picks("Sửa")
    assert "không cộng thêm" in talk.heard
    await talk.restarts()
    await talk.says("loa 6")
    assert "6 lượt" in talk.heard
    assert "mới thêm" not in talk.heard
    assert await village.figure("TT02", WEEK) == 5
    await talk.picks("Đúng")
    assert await village.figure("TT02", WEEK) == 6
    assert await village.figure("CQ02") == 7
    assert await Figure.filter(indicator="TT02").count() == 2
    await talk.says("số đã báo")
    assert "6 lượt" in talk.heard
    assert "5 lượt" not in talk.heard


async def test_a_number_alone_is_that_of_the_only_figure_or_of_the_one_named_wrong(village: Village) -> None:
    await reports(village, "bc loa 5")
    talk = village.hoa()
    await talk.says("số đã báo")
    await talk.picks("Sửa")
    await talk.says("6")
    await talk.picks("Đúng")
    assert await village.figure("TT02", WEEK) == 6
    await reports(village, "bc hồ sơ 7")
    await talk.says("số đã báo")
    await talk.picks("Sửa")
    await talk.says("8")
    assert "Đúng không ạ" not in talk.heard
    await talk.says("8 chứ không phải 7")
    await talk.picks("Đúng")
    assert [await village.figure("CQ02"), await village.figure("TT02", WEEK)] == [8, 6]


async def test_bc_after_sua_is_the_right_figure_too_and_huy_changes_nothing(village: Village) -> None:
    await reports(village, "bc hồ sơ 7")
    talk = village.hoa()
    await talk.says("số đã báo")
    await talk.picks("Sửa")
    await talk.says("bc ho so 9")
    assert "mới thêm" not in talk.heard
    await talk.says("hủy")
    assert await village.figure("CQ02") == 7
    await talk.says("bc hồ sơ 2")
    assert "mới thêm" in talk.heard


async def test_a_period_that_is_still_asked_for_is_put_right_and_not_the_present_one(village: Village) -> None:
    """Mechanism: a village that had told last week's figures could only change this week's."""
    await village.rounds.plan(village.at.commune, "week", village.world.clock.now())
    for day, hour in ((25, 8), (27, 10)):
        village.world.clock.time = datetime(2026, 11, day, hour, tzinfo=VIETNAM).astimezone(UTC)
        await village.rounds.tick(village.world.clock.now())
    await reports(village, "bc loa 5")
    village.world.clock.time = datetime(2026, 11, 30, 7, tzinfo=VIETNAM).astimezone(UTC)
    talk = village.hoa()
    await talk.says("số đã báo")
    assert "tuần 48/2026 (hạn 16:00 27/11)\nBác báo lúc 10:00 27/11:" in talk.heard
    assert "tuần 49/2026\nChưa báo:" in talk.heard
    await talk.picks("Sửa")
    await talk.says("loa 6")
    assert "kỳ tuần 48/2026" in talk.heard
    await talk.picks("Đúng")
    assert await village.figure("TT02", WEEK) == 6
    assert await village.figure("TT02", "2026-W49") is None
    village.world.clock.time = datetime(2026, 11, 30, 9, tzinfo=VIETNAM).astimezone(UTC)
    await village.rounds.tick(village.world.clock.now())
    await talk.says("số đã báo")
    assert "tuần 48" not in talk.heard
    assert "Sửa" not in talk.choices


async def test_who_told_it_is_said_in_private_and_in_the_group_nobody_is_named(village: Village) -> None:
    await reports(village, "bc loa 5")
    ba, group = village.world.talk("Ba", chat="chat-ba"), village.in_group("Ba")
    await ba.says("số đã báo")
    assert "hoa báo lúc 15:00 24/11" in ba.heard
    await group.says("số đã báo")
    assert "Báo lúc 15:00 24/11" in group.heard
    assert "5 lượt" in group.heard
    assert "hoa" not in group.heard
    assert "Về menu" not in group.choices


async def test_nobody_sees_another_village_and_a_group_only_its_own(village: Village) -> None:
    await somebody("dan", "leader", village.at.other_village)
    await reports(village, "bc loa 5")
    dan, group = village.world.talk("Dan", chat="chat-dan"), village.in_group("Dan")
    await dan.forges(pack(ShowReported("lac-hien")))
    assert "5 lượt" not in dan.heard
    await dan.forges(pack(AmendReported("lac-hien")))
    await dan.says("loa 9")
    assert "thôn Đông Cao" in dan.heard
    await dan.picks("Đúng")
    await group.says("số đã báo")
    assert "5 lượt" not in group.heard
    await group.forges(pack(ShowReported("dong-cao")))
    assert "chỉ làm trong nhắn tin riêng" in group.heard
    assert "9 lượt" not in group.heard
    stranger = village.world.talk("Khach", chat="chat-khach")
    await stranger.says("số đã báo")
    assert "Việc báo số liệu là của Tổ công nghệ số" in stranger.heard


async def test_what_waits_for_the_leader_is_no_figure_yet_and_not_missing(village: Village) -> None:
    tu = village.world.talk("Tu", chat="chat-tu")
    await tu.says("bc loa 5")
    await tu.picks("Đúng")
    await tu.says("tôi đã báo gì")
    assert "Đang chờ Tổ trưởng duyệt: Số lượt phát trên loa thôn." in tu.heard
    assert "Chưa báo: Số lượt hướng dẫn trực tiếp" in tu.heard
    assert "Sửa" not in tu.choices


async def test_a_report_without_its_dung_is_not_lost_by_looking_or_by_sua(village: Village) -> None:
    await reports(village, "bc loa 5")
    talk = village.hoa()
    await talk.says("bc hồ sơ 7")
    await talk.says("số đã báo")
    assert talk.heard.startswith("Bản báo cáo của bác còn chờ, tôi chưa ghi gì.")
    await talk.picks("Sửa")
    assert "7 hồ sơ" in talk.heard
    await talk.picks("Đúng")
    assert await village.figure("CQ02") == 7


async def test_officials_are_led_to_the_roll_up(village: Village) -> None:
    lan = village.lan()
    await lan.says("số đã báo")
    await lan.picks("Tổng hợp số liệu")
    assert "đơn vị đã báo cáo" in lan.heard


async def test_what_a_round_waits_for_is_said_even_where_no_figure_is_named(village: Village) -> None:
    """With targets for the month alone a leader saw nothing of the week, and was reminded of it in the evening."""
    await goal(village, "CQ02", "2026-12", 5)
    talk = village.hoa()
    cadences: tuple[Cadence, ...] = ("week", "half")
    for cadence in cadences:
        await village.rounds.plan(village.at.commune, cadence, village.world.clock.now())
    village.world.clock.time = datetime(2026, 12, 30, 9, tzinfo=VIETNAM).astimezone(UTC)
    await village.rounds.tick(village.world.clock.now())
    await talk.says("số đã báo")
    assert "tuần 53/2026 (hạn 16:00 31/12)\nKỳ này chưa có số liệu nào." in talk.heard
    assert "6 tháng cuối năm 2026 (hạn 16:00 31/12)\nTôi chưa có số tháng 12 để tính kỳ này." in talk.heard
    await reports(village, "bc loa 5, hồ sơ 3")
    await talk.says("số đã báo")
    assert "Kỳ này chưa có số liệu nào" not in talk.heard
    assert "6 tháng cuối năm" not in talk.heard
    await reports(village, "bc vneid 340")
    await talk.says("số đã báo")
    assert talk.heard.index("340") < talk.heard.index("3 hồ sơ"), "the last told comes first"
