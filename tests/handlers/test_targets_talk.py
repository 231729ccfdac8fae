"""An officer sets targets in words, the chair decides, the leaders acknowledge what they were shown."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import units
from bot.features.checkins import targets
from bot.features.targets.tables import Target, TargetPlan
from bot.storage.tables.audit import AuditRow
from bot.testing import FakePlatform
from tests.features.village import somebody
from tests.handlers.checkin_world import MONTH, Village, make_village


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    made = await make_village(db, platform)
    await units.count(made.at.other_village, date(2025, 7, 1), households=174, adults=300)
    return made


async def goal(village: Village, code: str, unit_id: int, of: str = MONTH) -> Decimal | None:
    held = await targets.find(unit_id, code, of)
    return None if held is None else held.value


async def given(village: Village, value: int) -> None:
    now = village.world.clock.now()
    await targets.assign(village.at.village, "CQ01", MONTH, Decimal(value), reason="", by=None, now=now)


async def test_an_amount_is_shared_out_decided_by_the_chair_and_acknowledged(village: Village) -> None:
    lan, nam, hoa = village.lan(), village.nam(), village.hoa()
    await lan.says("chỉ tiêu gian hàng 25")
    assert "Bác giao 25 gian hàng cho các nơi thế nào?" in lan.heard
    await lan.picks("Chia 25 theo số hộ")
    # 326 and 174 of 500 households: 16.3 and 8.7 of 25.
    assert "tháng 11/2026, cộng 25 gian hàng" in lan.heard
    assert "thôn Lạc Hiền: 16 gian hàng" in lan.heard
    assert "thôn Đông Cao: 9 gian hàng" in lan.heard
    await lan.picks("Trình lãnh đạo duyệt")
    assert "Đã trình lãnh đạo xã" in lan.heard
    assert await Target.all().count() == 0

    letter = village.letters.to("chat-nam")[0]
    assert "cộng 25 gian hàng" in letter.text.plain
    await nam.presses(letter.buttons[0], "m")
    assert "Đã giao chỉ tiêu cho 2 nơi" in nam.heard
    assert "Chưa có ai nhận được tin ở: thôn Đông Cao" in nam.heard
    assert [await goal(village, "KT01", village.at.village), await goal(village, "KT01", village.at.other_village)] == [
        16,
        9,
    ]
    assert "Lãnh đạo xã đã duyệt" in village.letters.to("chat-lan")[-1].text.plain
    row = await AuditRow.get(act="targets_set")
    assert (row.object, row.details) == ("target_plan:1", '{"changed":0,"count":2}')

    told = village.letters.to("chat-hoa")[-1]
    assert "Hộ, cơ sở có gian hàng thương mại điện tử: 16 gian hàng" in told.text.plain
    assert [button.label for button in told.buttons] == ["Đã rõ"]
    await hoa.presses(told.buttons[0], "m")
    assert "Đã ghi nhận thôn Lạc Hiền nhận chỉ tiêu" in hoa.heard
    await hoa.presses(told.buttons[0], "m")
    assert "đã nhận chỉ tiêu này từ trước" in hoa.heard
    await lan.says("chỉ tiêu")
    assert "1 chỉ tiêu, 1/2 nơi đã rõ" in lan.heard
    await lan.picks("Xem tháng 11/2026")
    assert "cộng 25 gian hàng, 2 nơi" in lan.heard
    assert "Chưa chọn “Đã rõ”: thôn Đông Cao." in lan.heard


async def test_a_percentage_holds_for_every_village_and_a_named_one_has_its_own(village: Village) -> None:
    nam = village.nam()
    await nam.says("chỉ tiêu vneid 85% tháng 12")
    assert "tháng 12/2026" in nam.heard
    assert "85%" in nam.heard
    await nam.picks("Giao")
    assert await goal(village, "CQ01", village.at.other_village, "2026-12") == 85
    await nam.says("sửa chỉ tiêu thôn Lạc Hiền: vneid 90, loa 6")
    await nam.picks("Giao")
    assert await goal(village, "CQ01", village.at.village) == 90
    assert await goal(village, "TT02", village.at.village, "2026-W48") == 6
    assert await goal(village, "CQ01", village.at.other_village) is None


async def test_a_change_says_why_and_an_old_button_does_not_acknowledge_it(village: Village) -> None:
    await given(village, 80)
    old = await targets.find(village.at.village, "CQ01", MONTH)
    assert old is not None
    nam, hoa = village.nam(), village.hoa()
    await nam.says("chỉ tiêu thôn Lạc Hiền vneid 85")
    assert "85% (trước là 80%)" in nam.heard
    assert "Bác gõ lý do sửa" in nam.heard
    await nam.says("tỉnh giao thêm")
    assert "Lý do sửa: tỉnh giao thêm" in nam.heard
    await nam.picks("Giao")
    assert '"changed":1' in (await AuditRow.get(act="targets_set")).details
    await hoa.forges(f"ct|lac-hien|{MONTH}|{old.id}")
    assert "Xã vừa sửa chỉ tiêu" in hoa.heard
    assert "85% (sửa lần 1: tỉnh giao thêm)" in hoa.heard
    held = await targets.find(village.at.village, "CQ01", MONTH)
    assert held is not None
    assert not held.acknowledged
    await hoa.picks("Đã rõ")
    held = await targets.find(village.at.village, "CQ01", MONTH)
    assert held is not None
    assert held.acknowledged


async def test_only_the_chair_makes_targets_hold(village: Village) -> None:
    lan, hoa = village.lan(), village.hoa()
    await lan.says("chỉ tiêu vneid 85")
    plan = await TargetPlan.get()
    await lan.forges(f"wd|{plan.id}|{plan.version}|approve")
    assert "Đã trình lãnh đạo xã" in lan.heard
    for data in (f"wd|{plan.id}|{plan.version + 1}|approve", f"wd|{plan.id}|{plan.version + 1}|drop", f"we|{MONTH}"):
        await hoa.forges(data)
        assert "Việc giao chỉ tiêu là của cán bộ xã." in hoa.heard
    await somebody("khac", "chair", village.at.other_commune)
    other = village.world.talk("Khac", chat="chat-khac")
    await other.forges(f"wd|{plan.id}|{plan.version + 1}|approve")
    assert "Không còn dự thảo" in other.heard
    assert await Target.all().count() == 0
    await village.nam().presses(village.letters.to("chat-nam")[0].buttons[1], "m")
    assert "không duyệt" in village.letters.to("chat-lan")[-1].text.plain
    assert (await TargetPlan.get()).state == "cancelled"


async def test_what_somebody_else_changed_meanwhile_is_shown_before_it_is_changed_again(village: Village) -> None:
    nam = village.nam()
    await nam.says("chỉ tiêu thôn Lạc Hiền vneid 85")
    await given(village, 80)
    await nam.picks("Giao")
    assert "Vừa có người khác sửa chỉ tiêu" in nam.heard
    assert "Bác gõ lý do sửa" in nam.heard
    assert await goal(village, "CQ01", village.at.village) == 80


async def test_what_makes_no_sense_is_refused_in_words(village: Village) -> None:
    nam = village.nam()
    for words, answer in (
        ("chỉ tiêu vneid 120", "giao bằng phần trăm, từ 0 đến 100"),
        ("chỉ tiêu wifi 12", "tôi không có chỉ tiêu tên này"),
        ("chỉ tiêu vneid tháng trước 80", "kỳ bác nêu đã qua"),
        ("chỉ tiêu hội nghị về sức khỏe", "Bác gõ chỉ tiêu bằng một tin"),
    ):
        await nam.says(words)
        assert answer in nam.heard, words
        await nam.says("hủy")
    await units.count(village.at.other_village, date(2025, 8, 1), households=None, adults=None)
    await nam.says("chỉ tiêu gian hàng 20 chia theo hộ")
    assert "Chưa có số hộ, số người của thôn Đông Cao" in nam.heard
    assert await TargetPlan.all().count() == 0


async def test_targets_of_a_workbook_are_announced_when_an_official_says_so_once_a_day(village: Village) -> None:
    await given(village, 80)
    lan = village.lan()
    await lan.says("chỉ tiêu")
    await lan.picks("Xem tháng 11/2026")
    await lan.picks("Báo lại nơi chưa rõ")
    assert "Đã báo 1 nơi" in lan.heard
    await lan.forges(f"we|{MONTH}")
    assert len(village.letters.to("chat-hoa")) == 1


async def test_a_leader_sees_the_own_targets_and_a_group_hears_nothing_of_others(village: Village) -> None:
    await given(village, 80)
    group = village.in_group("Hoa")
    await group.says("/chitieu")
    assert "của thôn Lạc Hiền" in group.heard
    officer = village.in_group("Lan")
    await officer.says("/chitieu vneid 85")
    assert "Việc này tôi chỉ làm trong nhắn tin riêng" in officer.heard
