"""What the figures of villages add up to: commune, province; stock, flow and ratio; traffic light and trend.

A missing figure is missing and never zero: it counts neither as a part nor, in a ratio, as a whole. A stock that was
not reported in the period stands with its last value and says so. Ratios are Σ/Σ, never the mean of percentages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import units
from bot.features.units import Place, Size
from bot.i18n import msg
from bot.storage.sql import Sql

from . import targets
from .model import ADULTS, GIVEN, HOUSEHOLDS, Indicator
from .periods import Period
from .values import unscaled

Light = Literal["done", "on_track", "behind", "slow", "missing", "untargeted"]
LIGHTS: Mapping[Light, tuple[str, str]] = {
    "done": ("🟢", msg("Hoàn thành")),
    "on_track": ("🟢", msg("Đúng tiến độ")),
    "behind": ("🟡", msg("Cần cố gắng")),
    "slow": ("🔴", msg("Chậm")),
    "missing": ("⚪", msg("Chưa báo cáo")),
    "untargeted": ("▫️", msg("Không giao chỉ tiêu")),
}
"""A sign and words: colour never stands alone."""
_ON_TRACK, _BEHIND = Decimal("0.9"), Decimal("0.7")

_FIGURES = (
    "with ranked as (select indicator, unit_id, value, out_of, ends_on,"
    " row_number() over (partition by indicator, unit_id order by ends_on desc, id desc) as place,"
    " row_number() over (partition by indicator, unit_id, ends_on < ? order by ends_on desc, id desc) as old_place"
    " from figures where current and ends_on <= ?)"
    " select indicator, unit_id,"
    " sum(case when ends_on >= ? then value end) as added, sum(case when ends_on >= ? then out_of end) as added_of,"
    " count(case when ends_on >= ? then 1 end) as times, max(case when place = 1 then value end) as last,"
    " max(case when place = 1 then out_of end) as last_of, max(case when place = 1 then ends_on end) as last_day,"
    " max(case when old_place = 1 and ends_on < ? then value end) as start"
    " from ranked group by indicator, unit_id"
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One indicator in one village (or a sum of them). None is "not known".

    `carried`: nothing was reported in the period, the value is an earlier one.
    """

    value: Decimal | None = None
    whole: Decimal | None = None
    target: Decimal | None = None
    carried: bool = False
    light: Light = "missing"

    @property
    def reported(self) -> bool:
        return self.value is not None and not self.carried

    @property
    def percent(self) -> Decimal | None:
        """Share of the denominator, in hundredths."""
        return None if self.value is None or not self.whole else self.value * 100 / self.whole


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


@dataclass(frozen=True, slots=True)
class _Raw:
    """What one unit's figures say, in thousandths as they come out of the database."""

    added: int | None
    added_of: int | None
    times: int
    last: int
    last_of: int | None
    last_day: date
    start: int | None


async def table(
    db: BaseDBAsyncClient, unit_id: int, of: Period, indicators: Sequence[Indicator], *, today: date | None = None
) -> Table:
    """The villages of a commune or province in a period, as they are on its last day (or today).

    Figures of a merged village count for what it became, and stay under its own code.
    """
    day = of.last if today is None else min(of.last, today)
    own = await units.by_id(unit_id)
    villages = [own] if own is not None and own.level == "village" else await units.villages(unit_id, day)
    parts = {one.id: await units.merged_parts(one.id, day) for one in villages}
    raw = await _raw(db, of)
    sizes = {one.id: await units.size(one.id, of.last) for one in villages}
    goals: dict[tuple[str, int], Decimal] = {}
    for goal in await targets.of_period(of.name, [one.id for one in villages]):
        goals[goal.indicator, goal.unit_id] = goal.value
    cells: dict[tuple[str, int], Cell] = {}
    starts: dict[tuple[str, int], Decimal] = {}
    for indicator in sorted(indicators, key=lambda one: bool(one.denominator)):
        for village in villages:
            cell = _cell(indicator, village, parts[village.id], raw, of)
            whole = cell.whole if cell.whole is not None else _whole(indicator, village, sizes[village.id], cells)
            target = goals.get((indicator.code, village.id))
            full = Cell(cell.value, whole, target, cell.carried)
            start = _start(indicator, village, parts[village.id], raw, whole)
            starts[indicator.code, village.id] = start
            cells[indicator.code, village.id] = _lit(full, indicator, start, of, day)
    reporting = frozenset(
        village.id
        for village in villages
        if any(cells[one.code, village.id].reported for one in indicators if (one.code, village.id) in cells)
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


async def _raw(db: BaseDBAsyncClient, of: Period) -> Mapping[tuple[str, int], _Raw]:
    first = of.first.isoformat()
    values = [first, of.last.isoformat(), first, first, first, first]
    sql = Sql(db)
    statement = _FIGURES.replace("?", "?::text::date") if sql.postgres else _FIGURES
    return {
        (str(row["indicator"]), int(str(row["unit_id"]))): _Raw(
            _whole_number(row["added"]),
            _whole_number(row["added_of"]),
            int(str(row["times"])),
            int(Decimal(str(row["last"]))),
            _whole_number(row["last_of"]),
            date.fromisoformat(str(row["last_day"])[:10]),
            _whole_number(row["start"]),
        )
        for row in await sql.rows(statement, values)
    }


def _whole_number(value: object) -> int | None:
    # PostgreSQL sums whole numbers into a numeric, which may come as 3.0E+5.
    return None if value is None else int(Decimal(str(value)))


def _cell(
    indicator: Indicator, village: Place, parts: Sequence[Place], raw: Mapping[tuple[str, int], _Raw], of: Period
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


def _in_force(village: Place, found: Sequence[tuple[Place, _Raw]]) -> list[_Raw]:
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
    raw: Mapping[tuple[str, int], _Raw],
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
        return Cell()
    value = sum((cell.value for cell in known if cell.value is not None), Decimal(0))
    if indicator.kind == "ratio":
        both = [cell for cell in known if cell.whole is not None]
        value = sum((cell.value for cell in both if cell.value is not None), Decimal(0))
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


def light(cell: Cell, indicator: Indicator, of: Period, day: date, *, start: Decimal = Decimal(0)) -> Light:
    """The traffic light on a day: reached ÷ expected, where the target is expected linearly from `start`.

    For an indicator that should fall, staying at or under the target is done and nothing else is judged.
    """
    if cell.target is None:
        return "untargeted" if cell.value is not None else "missing"
    reached = cell.percent if indicator.kind == "ratio" else cell.value
    if reached is None or cell.carried:
        return "missing"
    if indicator.direction == "down":
        return "done" if reached <= cell.target else "slow"
    if reached >= cell.target:
        return "done"
    share = Decimal(str(of.share(day)))
    expected = start + (cell.target - start) * share
    if expected <= 0 or reached / expected >= _ON_TRACK:
        return "on_track"
    return "behind" if reached / expected >= _BEHIND else "slow"
