"""Aggregate the figures of villages: commune, province; stock, flow and ratio; traffic light and trend.

A missing figure is missing and never zero: it counts neither as a part nor, in a ratio, as a whole. A stock that was
not reported in the period stands with its last value and says so. Ratios are Σ/Σ, never the mean of percentages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import units
from bot.features.at_once import at_once
from bot.features.calendar.periods import Period, PeriodKind, can_hold
from bot.features.units import Place, Size
from bot.storage.sql import Row, Sql

from . import targets
from .lights import LIGHTS, IndicatorCell, Light, light
from .model import ADULTS, GIVEN, HOUSEHOLDS, Indicator
from .reading.values import unscaled

__all__ = ["LIGHTS", "IndicatorCell", "Light", "RollUpTable", "RollUps", "light", "table", "trend"]

_LAST = (
    "(select f.{column} from figures f where f.unit_id = places.unit_id and f.indicator = codes.indicator"
    " and f.current and f.ends_on {until} ? order by f.ends_on desc, f.id desc limit 1)"
)
_KEYS = "with codes(indicator) as (values {codes}), places(unit_id) as (values {units})"
LATEST = (
    f"{_KEYS}, ends as (select codes.indicator, places.unit_id, {_LAST.format(column='id', until='<=')} as last_id,"
    f" {_LAST.format(column='value', until='<')} as start from codes, places)"
    " select ends.indicator, ends.unit_id, last.value, last.out_of, last.ends_on, ends.start"
    " from ends join figures last on last.id = ends.last_id"
)
"""The last value of a stock, and that before the period: looked up one by one, however long the history is."""
ADDED = (
    "select indicator, unit_id, sum(value) as value, sum(out_of) as out_of from figures"
    " where current and ends_on >= ? and ends_on <= ?{short} and unit_id in ({units}) and indicator in ({codes})"
    " group by indicator, unit_id"
)
SIZES = (
    "select unit_id, households, adults, counted_on from unit_sizes"
    " where unit_id in ({units}) and counted_on <= ? order by counted_on"
)
SHORT: Mapping[PeriodKind, str] = {
    "week": " and substr(period, 6, 1) = 'W'",
    "month": " and substr(period, 6, 1) not in ('Q', 'H', '')",
    "quarter": " and substr(period, 6, 1) not in ('H', '')",
    "half": " and substr(period, 6, 1) <> ''",
}
"""Only what fits into the period adds up to it: what October came to is no figure of its last week, nor what a year
came to one of its last month. So each flow is told once, in its own rhythm, and whatever is longer sums it."""


@dataclass(frozen=True, slots=True)
class RollUpTable:
    """Indicators × villages of one period; `sums` has a cell for each indicator, `reporting` who reported anything."""

    period: Period
    indicators: tuple[Indicator, ...]
    villages: tuple[Place, ...]
    cells: Mapping[tuple[str, int], IndicatorCell]
    sums: Mapping[str, IndicatorCell]
    reporting: frozenset[int]

    @property
    def missing(self) -> tuple[Place, ...]:
        return tuple(one for one in self.villages if one.id not in self.reporting)

    def count(self, indicator: str) -> int:
        """Count the villages that reported this indicator."""
        return sum(self.cell(indicator, one.id).reported for one in self.villages)

    def has_news(self, indicator: str) -> bool:
        """Tell whether something was reported, or should have been."""
        total = self.sums[indicator]
        asked = any(self.cell(indicator, one.id).target is not None for one in self.villages)
        return asked or (total.value is not None and not total.carried)

    def cell(self, indicator: str, unit_id: int) -> IndicatorCell:
        return self.cells.get((indicator, unit_id), IndicatorCell())


class LastFigure(NamedTuple):
    """The last figure of a unit, in thousandths as the database has it; `start` is the value before the period."""

    value: int
    out_of: int | None
    day: date
    start: int | None


class AddedFigures(NamedTuple):
    """The sum of a unit's figures within a period, in thousandths."""

    value: int
    out_of: int | None


@dataclass(frozen=True, slots=True)
class KnownFigures:
    """The figures that a table is made of, by indicator and unit: `added` of what adds up, `latest` of all else."""

    added: Mapping[tuple[str, int], AddedFigures]
    latest: Mapping[tuple[str, int], LastFigure]


@dataclass(frozen=True, slots=True)
class RollUps:
    """The sums of an installation, for callers without a database connection."""

    db: BaseDBAsyncClient

    async def table(self, unit_id: int, of: Period, indicators: Sequence[Indicator], today: date) -> RollUpTable:
        return await table(self.db, unit_id, of, indicators, today=today)

    async def trend(
        self, unit_id: int, periods: Iterable[Period], indicators: Sequence[Indicator]
    ) -> Sequence[tuple[Period, Mapping[str, IndicatorCell]]]:
        return await trend(self.db, unit_id, periods, indicators)


async def table(
    db: BaseDBAsyncClient, unit_id: int, of: Period, indicators: Sequence[Indicator], *, today: date | None = None
) -> RollUpTable:
    """Return the villages of a commune or province in a period, as of its last day (or today).

    Figures of a merged village count for its successor, and stay under its own code.
    """
    day = of.last if today is None else min(of.last, today)
    own = await units.by_id(unit_id)
    villages = [own] if own is not None and own.level == "village" else await units.villages(unit_id, day)
    ids = [one.id for one in villages]
    codes = [one.code for one in indicators]
    parts, sizes, goals = await at_once(
        units.parts_of_each(ids, day), _sizes(Sql(db), ids, of.last), targets.values_of(of.name, ids, codes)
    )
    found = await known(db, of, [*ids, *(part.id for gone in parts.values() for part in gone)], indicators)
    cells: dict[tuple[str, int], IndicatorCell] = {}
    starts: dict[tuple[str, int], Decimal] = {}
    for indicator in sorted(indicators, key=lambda one: bool(one.denominator)):
        for village in villages:
            cell = _cell(indicator, village, parts.get(village.id, ()), found, of)
            whole = cell.whole if cell.whole is not None else _whole(indicator, village, sizes.get(village.id), cells)
            target = goals.get((indicator.code, village.id))
            full = IndicatorCell(cell.value, whole, target, cell.carried)
            start = _start(indicator, village, parts.get(village.id, ()), found, whole)
            starts[indicator.code, village.id] = start
            cells[indicator.code, village.id] = _lit(full, indicator, start, of, day)
    due = [one for one in indicators if can_hold(of, one.cadence)] or indicators
    reporting = frozenset(
        village.id for village in villages if any(cells[one.code, village.id].reported for one in due)
    )
    sums = {}
    for one in indicators:
        mine = [(cells[one.code, village.id], starts[one.code, village.id]) for village in villages]
        sums[one.code] = _sum(one, [cell for cell, _ in mine], _together(one, mine), of, day)
    return RollUpTable(of, tuple(indicators), tuple(villages), cells, sums, reporting)


async def trend(
    db: BaseDBAsyncClient, unit_id: int, periods: Iterable[Period], indicators: Sequence[Indicator]
) -> Sequence[tuple[Period, Mapping[str, IndicatorCell]]]:
    """Return the sums of several periods, in the order given."""
    return [(one, (await table(db, unit_id, one, indicators)).sums) for one in periods]


async def _sizes(sql: Sql, unit_ids: Sequence[int], day: date) -> Mapping[int, Size]:
    """Return each unit's last count on that day or before."""
    if not unit_ids:
        return {}
    rows = await sql.rows(_dated(sql, SIZES).format(units=", ".join(map(str, unit_ids))), [day.isoformat()])
    found = {}
    for row in rows:
        unit_id, households, adults, counted_on = row.values()
        found[int(str(unit_id))] = Size(_whole_number(households), _whole_number(adults), _day(str(counted_on)))
    return found


async def known(
    db: BaseDBAsyncClient, of: Period, unit_ids: Sequence[int], indicators: Sequence[Indicator]
) -> KnownFigures:
    """Return the figures of these units that a period's table needs: sums within it, and last values up to its end."""
    sums = [one.code for one in indicators if one.sums]
    stocks = [one.code for one in indicators if not one.sums]
    added, latest = await at_once(_added_up(db, of, unit_ids, sums), _latest(db, of, unit_ids, stocks))
    return KnownFigures(added, latest)


async def _added_up(
    db: BaseDBAsyncClient, of: Period, unit_ids: Sequence[int], codes: Sequence[str]
) -> Mapping[tuple[str, int], AddedFigures]:
    if not unit_ids or not codes:
        return {}
    sql, days = Sql(db), [of.first.isoformat(), of.last.isoformat()]
    statement = _dated(sql, ADDED).format(
        short=SHORT.get(of.kind, ""), units=", ".join(map(str, unit_ids)), codes=", ".join("?" * len(codes))
    )
    rows = await sql.rows(statement, [*days, *codes])
    if not sql.postgres:
        return {key: AddedFigures(*rest) for key, rest in _keyed(rows)}  # type: ignore[arg-type]
    return {
        key: AddedFigures(_whole_number(value) or 0, _whole_number(out_of)) for key, (value, out_of) in _keyed(rows)
    }


async def _latest(
    db: BaseDBAsyncClient, of: Period, unit_ids: Sequence[int], codes: Sequence[str]
) -> Mapping[tuple[str, int], LastFigure]:
    if not unit_ids or not codes:
        return {}
    sql = Sql(db)
    statement = _dated(sql, LATEST).format(
        codes=", ".join(["(?)"] * len(codes)), units=", ".join(f"({one})" for one in unit_ids)
    )
    rows = await sql.rows(statement, [*codes, of.last.isoformat(), of.first.isoformat()])
    return {
        key: LastFigure(value, out_of, _day(str(day)), start)  # type: ignore[arg-type]
        for key, (value, out_of, day, start) in _keyed(rows)
    }


def _dated(sql: Sql, statement: str) -> str:
    """Say that its values are days: PostgreSQL compares a day with no text. The marks of codes come in later."""
    return statement.replace("?", "?::text::date") if sql.postgres else statement


def _keyed(rows: Sequence[Row]) -> Iterator[tuple[tuple[str, int], Sequence[object]]]:
    """Yield each row's indicator and unit with the rest of it; for speed nothing is checked twice."""
    for row in rows:
        code, unit_id, *rest = row.values()
        yield (code, unit_id), rest  # type: ignore[misc]


@lru_cache(maxsize=512)
def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def _whole_number(value: object) -> int | None:
    # PostgreSQL sums whole numbers into a numeric, which may come as 3.0E+5.
    return value if value is None or isinstance(value, int) else int(Decimal(str(value)))


def _cell(
    indicator: Indicator, village: Place, parts: Sequence[Place], known: KnownFigures, of: Period
) -> IndicatorCell:
    if indicator.sums:
        return _summed([known.added.get((indicator.code, one.id)) for one in (village, *parts)])
    key = indicator.code
    found = [(one, known.latest[key, one.id]) for one in (village, *parts) if (key, one.id) in known.latest]
    counted = _in_force(village, found)
    if not counted:
        return IndicatorCell()
    wholes = [one.out_of for one in counted if one.out_of is not None]
    carried = all(one.day < of.first for one in counted)
    return IndicatorCell(
        unscaled(sum(one.value for one in counted)), unscaled(sum(wholes)) if wholes else None, carried=carried
    )


def _summed(found: Sequence[AddedFigures | None]) -> IndicatorCell:
    inside = [one for one in found if one is not None]
    if not inside:
        return IndicatorCell()
    wholes = [one.out_of for one in inside if one.out_of is not None]
    return IndicatorCell(unscaled(sum(one.value for one in inside)), unscaled(sum(wholes)) if wholes else None)


def _in_force(village: Place, found: Sequence[tuple[Place, LastFigure]]) -> list[LastFigure]:
    """Return a merged village's own stock once it reported after the merge, before that those of its parts."""
    own = next((one for place, one in found if place.id == village.id), None)
    merged_on = max((place.valid_to for place, _ in found if place.id != village.id and place.valid_to), default=None)
    if own is not None and (merged_on is None or own.day > merged_on):
        return [own]
    return [one for _, one in found]


def _whole(
    indicator: Indicator, village: Place, size: Size | None, cells: Mapping[tuple[str, int], IndicatorCell]
) -> Decimal | None:
    if indicator.denominator in (HOUSEHOLDS, ADULTS):
        count = None if size is None else size.households if indicator.denominator == HOUSEHOLDS else size.adults
        return None if count is None else Decimal(count)
    if indicator.denominator and indicator.denominator != GIVEN:
        return cells.get((indicator.denominator, village.id), IndicatorCell()).value
    return None


def _start(
    indicator: Indicator, village: Place, parts: Sequence[Place], known: KnownFigures, whole: Decimal | None
) -> Decimal:
    """Return the start of progress: 0 for a sum, the value before the period for a stock (percent for a ratio)."""
    if indicator.sums:
        return Decimal(0)
    found = [known.latest.get((indicator.code, one.id)) for one in (village, *parts)]
    start = unscaled(sum(one.start for one in found if one is not None and one.start is not None))
    if indicator.kind == "ratio":
        return start * 100 / whole if whole else Decimal(0)
    return start


def _together(indicator: Indicator, cells: Sequence[tuple[IndicatorCell, Decimal]]) -> Decimal:
    """Return the start of the progress of all villages together."""
    if indicator.kind != "ratio":
        return sum((start for cell, start in cells if cell.value is not None), Decimal(0))
    weighed = [(start, cell.whole) for cell, start in cells if cell.whole and cell.value is not None]
    total = sum((whole for _, whole in weighed), Decimal(0))
    return sum((start * whole for start, whole in weighed), Decimal(0)) / total if total else Decimal(0)


def _sum(indicator: Indicator, cells: Sequence[IndicatorCell], start: Decimal, of: Period, day: date) -> IndicatorCell:
    known = [cell for cell in cells if cell.value is not None]
    if not known:
        return IndicatorCell(target=_goal(indicator, cells))
    value = sum((cell.value for cell in known if cell.value is not None), Decimal(0))
    if indicator.kind == "ratio":
        # Where no whole is known the parts still add up; the sum of nothing would say that there are none.
        both = [cell for cell in known if cell.whole is not None]
        value = sum((cell.value for cell in both or known if cell.value is not None), Decimal(0))
        whole = sum((cell.whole for cell in both if cell.whole is not None), Decimal(0)) if both else None
    else:
        whole = None
    carried = all(cell.carried for cell in known)
    return _lit(IndicatorCell(value, whole, _goal(indicator, cells), carried), indicator, start, of, day)


def _goal(indicator: Indicator, cells: Sequence[IndicatorCell]) -> Decimal | None:
    """Add up the targets; those of a ratio are percents and are weighted by their wholes."""
    goals = [cell for cell in cells if cell.target is not None]
    if not goals:
        return None
    if indicator.kind != "ratio":
        return sum((cell.target for cell in goals if cell.target is not None), Decimal(0))
    weighed = [cell for cell in goals if cell.whole]
    total = sum((cell.whole for cell in weighed if cell.whole is not None), Decimal(0))
    if not total:
        return None
    return (
        sum((cell.target * cell.whole for cell in weighed if cell.target is not None and cell.whole), Decimal(0))
        / total
    )


def _lit(cell: IndicatorCell, indicator: Indicator, start: Decimal, of: Period, day: date) -> IndicatorCell:
    return IndicatorCell(
        cell.value, cell.whole, cell.target, cell.carried, light(cell, indicator, of, day, start=start)
    )
