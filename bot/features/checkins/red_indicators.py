"""Indicators of a commune that are red now, and since when.

All are counted anew when a size has come. After figures and targets only those are that these count for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from msgspec import Struct
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
_NEWER = (
    "select indicator from figures where id > ? and unit_id + 0 in ({units})"
    " union select indicator from targets where id > ? and unit_id + 0 in ({units})"
)
"""By the numbers of the rows: the few new ones, and not all of these units."""
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
class _Mark:
    """A value that is another one whenever the answer may be: `figure` and `target` are the last of all."""

    figure: int
    target: int
    others: tuple[object, ...]


class _Kept(Struct, frozen=True):
    """`since` is when the mark was first seen; `sure` that all was counted once nothing older could come any more."""

    mark: _Mark
    since: float
    sure: bool
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
        inside = await units.everything(commune_id)
        mark, held = await self._mark(inside), self._kept.get(key)
        if held is None or held.mark.others != mark.others:
            held = self._new(mark, await self._counted(commune_id, spans, indicators, today))
        elif held.mark != mark:
            changed = await self._changed(held.mark, inside, indicators)
            fresh = await self._counted(commune_id, spans, indicators, today, changed) if changed else []
            found = {one.indicator.code: one for one in held.red if one.indicator.code not in changed}
            found |= {one.indicator.code: one for one in fresh}
            held = self._new(mark, [found[one.code] for one in indicators if one.code in found])
        elif not held.sure and clock.elapsed() - held.since > _TRUSTED:
            red = await self._counted(commune_id, spans, indicators, today)
            held = _Kept(mark, held.since, True, red)
        self._kept[key] = held
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return held.red

    def _new(self, mark: _Mark, red: Sequence[RedIndicator]) -> _Kept:
        return _Kept(mark, clock.elapsed(), not Sql(self._db).postgres, red)

    async def _mark(self, inside: Sequence[Place]) -> _Mark:
        text = _MARK.format(units=_ids(inside))
        ((figure, target, *others),) = await Sql(self._db).tuples(text)
        return _Mark(int(str(figure or 0)), int(str(target or 0)), (*others, *inside))

    async def _changed(self, after: _Mark, inside: Sequence[Place], indicators: Sequence[Indicator]) -> Collection[str]:
        """Return the indicators that figures and targets of these units count for, of those `after` others."""
        rows = await Sql(self._db).tuples(_NEWER.format(units=_ids(inside)), [after.figure, after.target])
        codes = {str(code) for (code,) in rows}
        return {one.code for one in indicators if one.code in codes or one.denominator in codes}

    async def _counted(
        self,
        commune_id: int,
        spans: Sequence[Period],
        indicators: Sequence[Indicator],
        today: date,
        only: Collection[str] | None = None,
    ) -> Sequence[RedIndicator]:
        """Count them, or `only` some of them."""
        asked = [one for one in indicators if only is None or one.code in only]
        needed = _with_wholes(asked, indicators)
        (now,) = await rollup.tables(self._db, commune_id, spans[-1:], needed, today=today, aimed=True)
        judged = {one.code for one in now.indicators if now.sums[one.code].light == "slow"}
        red = [one for one in asked if one.code in judged]
        needed = _with_wholes(red, indicators)
        before = await rollup.tables(self._db, commune_id, spans[:-1], needed, today=today) if red else []
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


def _with_wholes(some: Sequence[Indicator], indicators: Sequence[Indicator]) -> Sequence[Indicator]:
    """Return these indicators together with what they are a share of: without it nothing is known of a share."""
    codes = {code for one in some for code in (one.code, one.denominator)}
    return [one for one in indicators if one.code in codes]


def _ids(places: Sequence[Place]) -> str:
    return ", ".join(str(one.id) for one in places) or "null"
