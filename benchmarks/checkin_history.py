"""A commune with a long history, the same for both sides of the roll-up."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from decimal import Decimal

from bot.features import units
from bot.features.calendar.periods import Period, following, period
from bot.features.checkins import indicators, targets
from bot.features.checkins.model import GIVEN, Indicator
from bot.storage.tables.checkins import Figure

VILLAGES, WEEKS, COMMUNE = 24, 100, "yen-mo"
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
TODAY = NOW.date()
MONTH = period("2026-11")
INDICATORS = 42


async def chosen() -> list[Indicator]:
    return (await indicators.active())[:INDICATORS]


async def fill() -> None:
    """24 villages × 42 indicators × 100 weeks; inside the caller's transaction."""
    chance = random.Random(7)  # noqa: S311 - plausible, not secret
    since = date(2024, 7, 1)
    await units.create("ninh-binh", "tỉnh", "Ninh Bình", valid_from=since)
    await units.create(COMMUNE, "xã", "Yên Mô", parent="ninh-binh", valid_from=since)
    weeks = _weeks()
    for number in range(1, VILLAGES + 1):
        village = await units.create(f"thon-{number}", "thôn", f"Số {number}", parent=COMMUNE, valid_from=since)
        await units.count(village.id, since, households=300, adults=800)
        rows = []
        for one in await chosen():
            await targets.assign(village.id, one.code, MONTH.name, Decimal(80), reason="", by=None, now=NOW)
            rows += [_figure(village.id, one, week, chance) for week in weeks]
        await Figure.bulk_create(rows)


def _weeks() -> list[Period]:
    found = [period("2025-W01")]
    while len(found) < WEEKS:
        found.append(following(found[-1]))
    return found


def _figure(unit_id: int, one: Indicator, week: Period, chance: random.Random) -> Figure:
    return Figure(
        indicator=one.code,
        unit_id=unit_id,
        period=week.name,
        ends_on=week.last,
        version=1,
        value=chance.randrange(300) * 1000,
        out_of=400_000 if one.denominator == GIVEN else None,
        source="chat",
        reported_at=NOW,
    )
