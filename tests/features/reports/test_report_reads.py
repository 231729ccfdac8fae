"""How often a report asks the database."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from bot.features import units
from bot.features.audit import Audit
from bot.features.calendar.periods import period
from bot.features.checkins.reading import values
from bot.features.reports import Reports
from bot.storage.database import MEMORY, created
from tests.features.village import KEY, NOW, places

OCTOBER = period("2026-10")


async def test_a_report_asks_no_more_of_the_database_for_many_villages_than_for_a_few() -> None:
    """Nor for the commune's tree twice: outside of a conversation, too, equal questions are asked once."""

    async def asked(villages: int) -> int:
        async with created(MEMORY) as db:
            at = await places()
            for n in range(villages):
                await units.create(f"thon-{n}", "thôn", f"Số {n}", parent="yen-mo", valid_from=date(2025, 7, 1))
            await values.write(
                [values.NewFigure(at.village, "CQ01", OCTOBER, Decimal(280), None, 0)], source="chat", by=None, now=NOW
            )
            unit = await units.by_id(at.commune)
            assert unit is not None
            statements: list[str] = []
            await db._connection.set_trace_callback(statements.append)
            data = await Reports(db, Audit(KEY), lambda code: None).gather(unit, OCTOBER, NOW)
            await db._connection.set_trace_callback(None)
            assert len(data.villages) == 2 + villages
            return len(statements)

    few = await asked(1)
    assert few == await asked(30)
    assert few <= 16
