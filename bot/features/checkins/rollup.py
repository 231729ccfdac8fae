"""What the figures of villages add up to: commune, province; stock, flow and ratio; traffic light and trend.

A missing figure is missing and never zero: it counts neither as a part nor, in a ratio, as a whole. A stock that was
not reported in the period stands with its last value and says so. Ratios are Σ/Σ, never the mean of percentages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import units
from bot.features.units import Place, Size
from bot.storage.places import Unit, UnitSize
from bot.storage.sql import Row, Sql

from . import targets
from .lights import LIGHTS, Cell, Light, light
from .model import ADULTS, GIVEN, HOUSEHOLDS, Indicator
from .periods import Period, PeriodKind, can_hold
from .values import unscaled

__all__ = ["LIGHTS", "Cell", "Light", "RollUps", "Table", "light", "table", "trend"]

_ONE = (
    "(select {column} from figures f where f.indicator = ends.indicator and f.unit_id = ends.unit_id"
    " and f.ends_on = ends.{day} and f.current order by f.id desc limit 1)"
)
FIGURES = (
    "with ends as (select indicator, unit_id, max(ends_on) as last_day,"
    " max(case when ends_on < ? then ends_on end) as old_day,"
    " sum(case when ends_on >= ?{short} then value end) as added,"
    " sum(case when ends_on >= ?{short} then out_of end) as added_of,"
    " count(case when ends_on >= ?{short} then 1 end) as times"
    " from figures where current and ends_on <= ? and unit_id in ({units}) group by indicator, unit_id)"
    " select indicator, unit_id, added, added_of, times, last_day,"
    f" {_ONE.format(column='value', day='last_day')} as last,"
    f" {_ONE.format(column='out_of', day='last_day')} as last_of,"
    f" {_ONE.format(column='value', day='old_day')} as start from ends"
)
"""The last and the old value are looked up by day: to sort all the history for them would take ten times as long."""
SHORT: Mapping[PeriodKind, str] = {
    "week": " and substr(period, 6, 1) = 'W'",
    "month": " and substr(period, 6, 1) not in ('Q', 'H', '')",
    "quarter": " and substr(period, 6, 1) not in ('H', '')",
    "half": " and substr(period, 6, 1) <> ''",
}
"""Only what fits into the period adds up to it: what October came to is no figure of its last week, nor what a year
came to one of its last month. So each flow is told once, in its own rhythm, and whatever is longer sums it."""


@dataclass(frozen=True, slots=True)
class Table:
    """Indicators × villages of one period; `sums` has a cell for each indicator, `reporting` who reported anything."""

    period: Period
    indicators: tuple[Indicator, ...]
    villages: tuple[Place, ...]
    cells: Mapping[tuple[str, int], Cell]
    sums: Mapping[str, Cell]
    reporting: frozenset[int]

    @property
    def missing(self) -> tuple[Place, ...]:
        return tuple(one for one in self.villages if one.id not in self.reporting)

    def count(self, indicator: str) -> int:
        """How many villages reported this indicator."""
        return sum(self.cell(indicator, one.id).reported for one in self.villages)

    def cell(self, indicator: str, unit_id: int) -> Cell:
        return self.cells.get((indicator, unit_id), Cell())


class Raw(NamedTuple):
    """What one unit's figures say, in thousandths as they come out of the database."""

    added: int | None
    added_of: int | None
    times: int
    last: int
    last_of: int | None
    last_day: date
    start: int | None


@dataclass(frozen=True, slots=True)
class RollUps:
    """The sums of an installation, for whoever has no database in hand."""

    db: BaseDBAsyncClient

    async def table(self, unit_id: int, of: Period, indicators: Sequence[Indicator], today: date) -> Table:
        return await table(self.db, unit_id, of, indicators, today=today)

    async def trend(
        self, unit_id: int, periods: Iterable[Period], indicators: Sequence[Indicator]
    ) -> Sequence[tuple[Period, Mapping[str, Cell]]]:
        return await trend(self.db, unit_id, periods, indicators)


async def table(
    db: BaseDBAsyncClient, unit_id: int, of: Period, indicators: Sequence[Indicator], *, today: date | None = None
) -> Table:
    """The villages of a commune or province in a period, as they are on its last day (or today).

    Figures of a merged village count for what it became, and stay under its own code.
    """
    day = of.last if today is None else min(of.last, today)
    own = await units.by_id(unit_id)
    villages = [own] if own is not None and own.level == "village" else await units.villages(unit_id, day)
    ids = [one.id for one in villages]
    parts = await _parts(ids, day)
    found = await raw(db, of, [*ids, *(part.id for gone in parts.values() for part in gone)])
    sizes = await _sizes(ids, of.last)
    goals = await targets.values_of(of.name, ids)
    cells: dict[tuple[str, int], Cell] = {}
    starts: dict[tuple[str, int], Decimal] = {}
    for indicator in sorted(indicators, key=lambda one: bool(one.denominator)):
        for village in villages:
            cell = _cell(indicator, village, parts.get(village.id, ()), found, of)
            whole = cell.whole if cell.whole is not None else _whole(indicator, village, sizes.get(village.id), cells)
            target = goals.get((indicator.code, village.id))
            full = Cell(cell.value, whole, target, cell.carried)
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
    return Table(of, tuple(indicators), tuple(villages), cells, sums, reporting)


async def trend(
    db: BaseDBAsyncClient, unit_id: int, periods: Iterable[Period], indicators: Sequence[Indicator]
) -> Sequence[tuple[Period, Mapping[str, Cell]]]:
    """The sums of several periods, in the order given."""
    return [(one, (await table(db, unit_id, one, indicators)).sums) for one in periods]


async def _parts(unit_ids: Sequence[int], day: date) -> Mapping[int, Sequence[Place]]:
    """What had gone into these units by that day; most have no parts and cost no query."""
    merged = await Unit.filter(merged_into_id__in=unit_ids).distinct().values("merged_into_id")
    return {(one := int(row["merged_into_id"])): await units.merged_parts(one, day) for row in merged}


async def _sizes(unit_ids: Sequence[int], day: date) -> Mapping[int, Size]:
    """The last count of that day or before."""
    rows = UnitSize.filter(unit_id__in=unit_ids, counted_on__lte=day).order_by("counted_on")
    found = await rows.values_list("unit_id", "households", "adults", "counted_on")
    return {unit_id: Size(households, adults, counted_on) for unit_id, households, adults, counted_on in found}


async def raw(db: BaseDBAsyncClient, of: Period, unit_ids: Sequence[int]) -> Mapping[tuple[str, int], Raw]:
    """What the figures of these units say about a period, by indicator and unit."""
    if not unit_ids:
        return {}
    sql, first = Sql(db), of.first.isoformat()
    statement = FIGURES.replace("?", "?::text::date") if sql.postgres else FIGURES
    statement = statement.format(units=", ".join(map(str, unit_ids)), short=SHORT.get(of.kind, ""))
    rows = await sql.rows(statement, [first, first, first, first, of.last.isoformat()])
    if not sql.postgres:
        return _found(rows)
    found: dict[tuple[str, int], Raw] = {}
    for row in rows:
        code, unit_id, added, added_of, times, last_day, last, last_of, start = row.values()
        found[str(code), _whole_number(unit_id) or 0] = Raw(
            _whole_number(added),
            _whole_number(added_of),
            _whole_number(times) or 0,
            _whole_number(last) or 0,
            _whole_number(last_of),
            _day(str(last_day)),
            _whole_number(start),
        )
    return found


def _found(rows: Sequence[Row]) -> Mapping[tuple[str, int], Raw]:
    """What SQLite says: its columns hold whole numbers and texts, and nothing is looked at twice."""
    found: dict[tuple[str, int], Raw] = {}
    for row in rows:
        code, unit_id, added, added_of, times, last_day, last, last_of, start = row.values()
        what = Raw(added, added_of, times, last, last_of, _day(last_day), start)  # type: ignore[arg-type]
        found[code, unit_id] = what  # type: ignore[index]
    return found


@lru_cache(maxsize=512)
def _day(text: str) -> date:
    return date.fromisoformat(text[:10])


def _whole_number(value: object) -> int | None:
    # PostgreSQL sums whole numbers into a numeric, which may come as 3.0E+5.
    return value if value is None or isinstance(value, int) else int(Decimal(str(value)))


def _cell(
    indicator: Indicator, village: Place, parts: Sequence[Place], raw: Mapping[tuple[str, int], Raw], of: Period
) -> Cell:
    found = [(one, raw[indicator.code, one.id]) for one in (village, *parts) if (indicator.code, one.id) in raw]
    if indicator.sums:
        inside = [one for _, one in found if one.times]
        if not inside:
            return Cell()
        wholes = [one.added_of for one in inside if one.added_of is not None]
        return Cell(_added(one.added for one in inside), unscaled(sum(wholes)) if wholes else None)
    counted = _in_force(village, found)
    if not counted:
        return Cell()
    wholes = [one.last_of for one in counted if one.last_of is not None]
    carried = all(one.last_day < of.first for one in counted)
    return Cell(_added(one.last for one in counted), unscaled(sum(wholes)) if wholes else None, carried=carried)


def _in_force(village: Place, found: Sequence[tuple[Place, Raw]]) -> list[Raw]:
    """A stock of a merged village is its own once it reported after the merge, before that the sum of its parts."""
    own = next((one for place, one in found if place.id == village.id), None)
    merged_on = max((place.valid_to for place, _ in found if place.id != village.id and place.valid_to), default=None)
    if own is not None and (merged_on is None or own.last_day > merged_on):
        return [own]
    return [one for _, one in found]


def _added(values: Iterable[int | None]) -> Decimal:
    return unscaled(sum(value for value in values if value is not None))


def _whole(
    indicator: Indicator, village: Place, size: Size | None, cells: Mapping[tuple[str, int], Cell]
) -> Decimal | None:
    if indicator.denominator in (HOUSEHOLDS, ADULTS):
        count = None if size is None else size.households if indicator.denominator == HOUSEHOLDS else size.adults
        return None if count is None else Decimal(count)
    if indicator.denominator and indicator.denominator != GIVEN:
        return cells.get((indicator.denominator, village.id), Cell()).value
    return None


def _start(
    indicator: Indicator,
    village: Place,
    parts: Sequence[Place],
    raw: Mapping[tuple[str, int], Raw],
    whole: Decimal | None,
) -> Decimal:
    """Where progress begins: 0 for what adds up, the value before the period for a stock (percent for a ratio)."""
    if indicator.sums:
        return Decimal(0)
    known = [raw[indicator.code, one.id].start for one in (village, *parts) if (indicator.code, one.id) in raw]
    start = _added(known)
    if indicator.kind == "ratio":
        return start * 100 / whole if whole else Decimal(0)
    return start


def _together(indicator: Indicator, cells: Sequence[tuple[Cell, Decimal]]) -> Decimal:
    """Where the progress of all villages begins."""
    if indicator.kind != "ratio":
        return sum((start for cell, start in cells if cell.value is not None), Decimal(0))
    weighed = [(start, cell.whole) for cell, start in cells if cell.whole and cell.value is not None]
    total = sum((whole for _, whole in weighed), Decimal(0))
    return sum((start * whole for start, whole in weighed), Decimal(0)) / total if total else Decimal(0)


def _sum(indicator: Indicator, cells: Sequence[Cell], start: Decimal, of: Period, day: date) -> Cell:
    known = [cell for cell in cells if cell.value is not None]
    if not known:
        return Cell(target=_goal(indicator, cells))
    value = sum((cell.value for cell in known if cell.value is not None), Decimal(0))
    if indicator.kind == "ratio":
        # Where no whole is known the parts still add up; the sum of nothing would say that there are none.
        both = [cell for cell in known if cell.whole is not None]
        value = sum((cell.value for cell in both or known if cell.value is not None), Decimal(0))
        whole = sum((cell.whole for cell in both if cell.whole is not None), Decimal(0)) if both else None
    else:
        whole = None
    carried = all(cell.carried for cell in known)
    return _lit(Cell(value, whole, _goal(indicator, cells), carried), indicator, start, of, day)


def _goal(indicator: Indicator, cells: Sequence[Cell]) -> Decimal | None:
    """Targets add up; those of a ratio are percents and weigh as much as their wholes."""
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


def _lit(cell: Cell, indicator: Indicator, start: Decimal, of: Period, day: date) -> Cell:
    return Cell(cell.value, cell.whole, cell.target, cell.carried, light(cell, indicator, of, day, start=start))
