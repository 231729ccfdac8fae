"""Officials read what a village decided in its meeting; what people asked there is the leader's until passed on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.demo import village
from bot.features.meetings import book
from bot.features.meetings.model import Meeting
from bot.features.rights.table import CHAIR
from bot.framework.process import CLOCK

from .seats import office

DECIDED, ASKED, PASSED = "Quét đường mỗi thứ bảy", "Sao đèn đường hỏng mãi", "Bao giờ có nước sạch"


async def _held(unit: str, subject: str) -> Meeting:
    now, place = CLOCK.now(), await units.get(unit)
    assert place is not None
    async with in_transaction():
        made = await book.call(place.id, "village", subject, now, "Nhà văn hóa", "Vệ sinh đường làng", by=None, now=now)
        held = await book.hold(made, 31, [DECIDED], [ASKED, PASSED], now)
        assert held is not None
        passed = next(each for each in await book.points(made.id, "question") if each.text == PASSED)
        assert await book.pass_on(passed)
    return held


async def test_minutes_are_read_from_the_list_without_what_was_not_passed_on(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        one = await _held(village.VILLAGE, "Họp quý 4")
        async with desk.sat(CHAIR) as seat:
            await seat.get("/hop")
            assert f'href="/ban/hop/{one.id}"' in seat.page
            words = await seat.get(f"/hop/{one.id}")
            assert seat.status == 200
            for expected in ("Họp quý 4", "Vệ sinh đường làng", "Số người dự: 31", DECIDED, PASSED):
                assert expected in words
            assert ASKED not in seat.page


async def test_a_meeting_of_another_commune_is_none(tmp_path: Path) -> None:
    async with office(tmp_path) as desk:
        async with in_transaction():
            await units.create("xa-la", "xã", "Lạ", parent=village.PROVINCE, valid_from=date(2025, 7, 1))
            await units.create("thon-la", "thôn", "Thôn Lạ", parent="xa-la", valid_from=date(2025, 7, 1))
        one = await _held("thon-la", "Họp kín")
        async with desk.sat(CHAIR) as seat:
            for number in (one.id, 99999, "x", "9" * 40):
                words = await seat.get(f"/hop/{number}")
                assert seat.status == 404
                assert "Họp kín" not in words
