"""Officials see how people found the help and the guides: whole months, by village, small numbers hidden."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import pack
from bot.features.quality.actions import ShowOpinions
from bot.features.quality.tables import OpinionTally
from bot.handlers.kit.base import Content
from bot.testing import FakePlatform
from tests.features.village import somebody

from .announcing_world import LAC_HIEN, Yard, yard

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    return await yard(db, platform, shipped)


async def tally(unit: str, good: int, fair: int, poor: int, *, about: str = "help", month: str = "2026-10") -> None:
    for mood, count in (("good", good), ("fair", fair), ("poor", poor)):
        await OpinionTally.create(unit=unit, month=month, about=about, mood=mood, count=count)


async def test_the_officer_sees_the_last_whole_month_by_village(here: Yard) -> None:
    await tally("lac-hien", 20, 6, 5)
    await tally("dong-cao", 9, 4, 2)
    await tally("yen-mo", 1, 0, 0)
    await tally("dong-cao", 3, 0, 1, about="guide")
    await tally("phu-long", 50, 50, 50)
    lan = here.world.talk("lan")
    await lan.says("chat luong")
    assert "Bà con thấy thế nào, tháng 10/2026, xã Yên Mô" in lan.heard
    assert "Sau khi được người giúp: 47 lượt trả lời: Tốt 30, Tạm được 10, Chưa được 7" in lan.heard
    assert "thôn Lạc Hiền: Tốt 20/31 lượt" in lan.heard
    assert "thôn Đông Cao: ẩn" in lan.heard, "10 of 16 would tell how the one of no known village answered"
    assert "chưa rõ thôn: ẩn" in lan.heard
    assert "Sau khi xem bài hướng dẫn: dưới 5 lượt trả lời" in lan.heard
    assert "không ghi ai trả lời" in lan.heard


async def test_the_present_month_is_not_told_before_it_is_over(here: Yard) -> None:
    await tally("lac-hien", 20, 6, 5, month="2026-11")
    await tally("lac-hien", 7, 6, 5, month="2026-09")
    lan = here.world.talk("lan")
    await lan.says("/thongke")
    await lan.picks("Bà con thấy thế nào")
    assert "Sau khi được người giúp: dưới 5 lượt trả lời" in lan.heard
    for forged in ("2026-11", "2030-01", "2026-Q3", "x"):
        await lan.forges(pack(ShowOpinions(forged)))
        assert "tháng 10/2026" in lan.heard
        assert "31 lượt" not in lan.heard
    await lan.picks("Tháng trước")
    assert "tháng 9/2026" in lan.heard
    assert "18 lượt trả lời: Tốt 7, Tạm được 6, Chưa được 5" in lan.heard


async def test_a_praised_team_is_said_to_be_praised(here: Yard) -> None:
    await tally("lac-hien", 40, 1, 1)
    lan = here.world.talk("lan")
    await lan.says("bà con thấy thế nào")
    assert "42 lượt trả lời, hầu hết là “Tốt”" in lan.heard
    assert "40" not in lan.heard


async def test_others_do_not_see_it(here: Yard) -> None:
    await tally("lac-hien", 20, 6, 5)
    await somebody("quan", "observer", here.at.province, here.world.clock.now())
    for name in ("tu", "sau", "quan"):
        talk = here.world.talk(name)
        await talk.says("/start xa_yen-mo")
        await talk.says("/chatluong")
        assert "dành cho cán bộ xã" in talk.heard
        await talk.forges(pack(ShowOpinions("2026-10")))
        assert "31 lượt" not in talk.heard
    group = here.world.talk("lan", chat=LAC_HIEN, kind="group")
    await group.says("/chatluong")
    assert "31 lượt" not in group.heard
