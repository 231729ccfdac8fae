"""Remarks on a report: written by those above, sent to those concerned, printed in the report; figures stay."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.calendar.periods import period
from bot.features.practices import remarks
from bot.features.practices.tables import Remark
from bot.handlers.kit.base import Content
from bot.handlers.practices.remarks import RemarkAbout
from bot.storage.tables.audit import AuditRow
from bot.testing import FakePlatform
from tests.features.village import somebody

from .announcing_world import Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    made = await yard(db, platform, shipped)
    await somebody("son", "steering", made.at.village, made.world.clock.now())
    await somebody("minh", "observer", made.at.province, made.world.clock.now())
    return made


async def test_the_steering_committee_remarks_and_the_village_and_the_officer_read_it(here: Yard) -> None:
    son = here.world.talk("son")
    await son.says("góp ý báo cáo")
    await son.picks("Tháng 11 năm 2026")
    await son.restarts()
    await son.says("Cần gặp lại các hộ chưa có VNeID")
    assert "Số liệu giữ nguyên" in son.heard
    await here.sends()
    for chat in ("chat-tu", "chat-lan"):
        assert "Ban chỉ đạo phụ trách thôn góp ý báo cáo tháng 11 năm 2026 của thôn Lạc Hiền" in here.texts(chat)[-1]
    (told,) = await remarks.for_report(here.at.village, period("2026-11"))
    assert (told.by, told.text) == ("Ban chỉ đạo phụ trách thôn", "Cần gặp lại các hộ chưa có VNeID")
    assert await remarks.for_report(here.at.village, period("2026-10")) == []
    assert await AuditRow.filter(act="remark_written").count() == 1
    await son.forges(pack(RemarkAbout("lac-hien", "2026-11")))
    assert "Ban chỉ đạo phụ trách thôn: Cần gặp lại" in son.heard


async def test_an_observer_remarks_on_the_commune_alone(here: Yard) -> None:
    minh = here.world.talk("minh")
    await minh.forges(pack(RemarkAbout("lac-hien", "2026-11")))
    assert "góp ý về báo cáo" not in minh.heard
    await minh.forges(pack(RemarkAbout("yen-mo", "2026-11")))
    assert "góp ý về báo cáo tháng 11 năm 2026 của xã Yên Mô" in minh.heard
    await minh.says("Số liệu đầy đủ")
    assert (await Remark.get()).role == "observer"


@pytest.mark.parametrize("period_name", ["2026-13", "x", "2026-W99"])
async def test_who_reports_does_not_remark_and_a_forged_period_is_asked_again(here: Yard, period_name: str) -> None:
    tu = here.world.talk("tu")
    await tu.says("góp ý báo cáo")
    assert "là của lãnh đạo xã, Ban chỉ đạo" in tu.heard
    nam = here.world.talk("nam")
    await nam.forges(pack(RemarkAbout("yen-mo", period_name)))
    assert "Bác góp ý báo cáo của nơi nào?" in nam.heard
    assert await Remark.all().count() == 0


async def test_too_long_a_remark_is_said_so(here: Yard) -> None:
    nam = here.world.talk("nam")
    await nam.forges(pack(RemarkAbout("lac-hien", "2026-11")))
    await nam.says("x" * 1001)
    assert "viết gọn trong 1.000 chữ" in nam.heard
    await nam.says("Tốt")
    assert (await Remark.get()).role == "chair"
