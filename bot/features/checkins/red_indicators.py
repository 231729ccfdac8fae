"""Indicators of a commune that are red now, and since when: counted anew when a figure, a target or a size has come."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.machine import clock
from bot.features import units
from bot.features.calendar.periods import Period
from bot.features.units import Place
from bot.storage.sql import Sql

from . import rollup
from .lights import IndicatorCell
from .model import Indicator

_MARK = (
    "select (select max(id) from figures) as figure, (select max(id) from targets) as target,"
    " (select count(*) || ' ' || sum(households) || ' ' || sum(adults) || ' ' || max(counted_on) from unit_sizes"
    " where unit_id in ({units})) as sizes"
)
"""Neither figures nor targets are ever changed: a correction is a row of its own."""
_MOST = 100
"""Communes in memory: each has a line for each red indicator."""
_TRUSTED = timedelta(minutes=1).total_seconds()
"""PostgreSQL may commit a row after one with a greater number, which the mark does not show."""


@dataclass(frozen=True, slots=True)
class RedIndicator:
    """An indicator with its sum over the commune, the first month of its red run, and the villages that are red."""

    indicator: Indicator
    total: IndicatorCell
    since: Period
    slow: Sequence[Place]


@dataclass(frozen=True, slots=True)
class _Kept:
    mark: tuple[object, ...]
    at: float
    red: Sequence[RedIndicator]


_Key = tuple[int, tuple[Period, ...], tuple[Indicator, ...], date]


class RedIndicators:
    """Answers for all communes of this process, and keeps the answers: a first page is opened far more often than
    figures come, and half a year of a commune takes as long as the rest of that page.
    """

    def __init__(self, db: BaseDBAsyncClient) -> None:
        self._db = db
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()

    async def of(
        self, commune_id: int, spans: Sequence[Period], indicators: Sequence[Indicator], today: date
    ) -> Sequence[RedIndicator]:
        """Return what is red in the last of these periods, in the order of the indicators."""
        key = (commune_id, tuple(spans), tuple(indicators), today)
        mark, held = await self._mark(commune_id), self._kept.get(key)
        if held is not None and held.mark == mark and not self._doubts(held):
            self._kept.move_to_end(key)
            return held.red
        red = await self._counted(commune_id, spans, indicators, today)
        self._kept[key] = _Kept(mark, clock.elapsed(), red)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return red

    def _doubts(self, held: _Kept) -> bool:
        return Sql(self._db).postgres and clock.elapsed() - held.at > _TRUSTED

    async def _mark(self, commune_id: int) -> tuple[object, ...]:
        """Return a value that is another one whenever the answer may be: of what was written, and of the villages."""
        inside = await units.everything(commune_id)
        text = _MARK.format(units=", ".join(str(one.id) for one in inside) or "null")
        (row,) = await Sql(self._db).tuples(text)
        return (*row, *inside)

    async def _counted(
        self, commune_id: int, spans: Sequence[Period], indicators: Sequence[Indicator], today: date
    ) -> Sequence[RedIndicator]:
        (now,) = await rollup.tables(self._db, commune_id, spans[-1:], indicators, today=today, aimed=True)
        red = [one for one in now.indicators if now.sums[one.code].light == "slow"]
        before = await rollup.tables(self._db, commune_id, spans[:-1], red, today=today) if red else []
        found = []
        for one in red:
            since = now.period
            for table in reversed(before):
                if table.sums[one.code].light != "slow":
                    break
                since = table.period
            slow = [place for place in now.villages if now.cell(one.code, place.id).light == "slow"]
            found.append(RedIndicator(one, now.sums[one.code], since, slow))
        return found
