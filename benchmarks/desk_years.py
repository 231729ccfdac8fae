"""Five years of figures in the rhythm in which villages report, with targets, for the desk; and what changes them."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from tortoise.transactions import in_transaction

from benchmarks import five_years
from benchmarks.five_years import VILLAGES, Values, Years
from bot.core.machine import clock
from bot.features.calendar import periods
from bot.features.calendar.periods import Period
from bot.features.checkins import targets
from bot.features.checkins.indicators import defaults
from bot.features.checkins.reading import values

_FIGURE = (
    "insert into figures (indicator, unit_id, period, ends_on, version, current, value, source, reported_by_id,"
    " reported_at) values (?, ?, ?, ?, 1, 1, ?, 'chat', ?, ?)"
)
_TARGET = (
    "insert into targets (indicator, unit_id, period, version, superseded, value, reason, set_at)"
    " values (?, ?, ?, 1, 0, ?, '', ?)"
)


def fill(path: Path, years: Years) -> int:
    """Fill a new file with a commune of five years; return how many figures it has."""
    five_years.fill(path, years)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma synchronous = off")
        # Those of `five_years` are of indicators that do not ship, all of them weekly: no page would show them.
        connection.execute("delete from figures")
        count = connection.executemany(_FIGURE, _figures(years)).rowcount
        connection.executemany(_TARGET, _targets(years))
        connection.commit()
        connection.execute("vacuum")
    return count


def _figures(years: Years) -> Iterator[Values]:
    chance = random.Random(31)  # noqa: S311 - plausible, not secret
    today = periods.today(years.now)
    for one in (indicator for indicator in defaults() if indicator.active):
        of = periods.at(today - timedelta(days=1825), one.cadence)
        while of.first <= today:
            for village in range(1, VILLAGES + 1):
                yield (
                    one.code,
                    2 + village,
                    *_told(of),
                    chance.randrange(100, 200) * 1000,
                    village,
                    f"{of.last} 03:00:00",
                )
            of = periods.following(of)


def _told(of: Period) -> tuple[str, str]:
    return of.name, of.last.isoformat()


def _targets(years: Years) -> Iterator[Values]:
    """Yield a target of each indicator in each month of the last year: every tenth is far from it, and red."""
    of = periods.at(periods.today(years.now), "month")
    for _ in range(12):
        for at, one in enumerate(indicator for indicator in defaults() if indicator.active):
            value = 10 if one.kind == "ratio" else 90
            for village in range(1, VILLAGES + 1):
                yield one.code, 2 + village, of.name, value * (1 if at % 10 else 9) * 1000, f"{of.first} 03:00:00"
        of = periods.before(of)


async def report_one(number: int) -> None:
    """Correct a figure of this month: another indicator and village each time."""
    now = clock.now()
    counted = [one for one in defaults() if one.active and one.kind != "ratio"]
    indicator, unit_id = counted[number % len(counted)], 3 + number % VILLAGES
    of = periods.at(periods.today(now), indicator.cadence)
    held = (await values.of_period(unit_id, of.name))[indicator.code]
    new = values.NewFigure(unit_id, indicator.code, of, held.value + 1, None, held.version)
    async with in_transaction("default"):
        await values.write([new], source="chat", by=None, now=now)


async def change_a_target(number: int) -> None:
    """Give a village another target for this month."""
    now = clock.now()
    of = periods.at(periods.today(now), "month")
    (one, *_) = (one for one in defaults() if one.active)
    unit_id = 3 + number % VILLAGES
    async with in_transaction("default"):
        held = await targets.find(unit_id, one.code, of.name)
        value = Decimal(1) if held is None else held.value + 1
        await targets.assign(unit_id, one.code, of.name, value, reason="-", by=None, now=now)
