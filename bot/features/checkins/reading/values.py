"""Figures as they are kept: one value for an indicator, a village and a period, with its history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from msgspec import Struct
from tortoise.exceptions import IntegrityError

from bot.features import happenings
from bot.features.calendar.periods import CutOff, Period, before
from bot.storage.prepared import rows_of
from bot.storage.tables.checkins import Figure

Source = Literal["chat", "form", "import", "demo"]
_SCALE = 1000
LOOK_BACK = 7
"""Values of the past that tell what is usual."""


class Changed(Exception):
    """Raised if another person wrote this figure first; nothing was written."""


class Value(Struct, frozen=True):
    """`version` counts the corrections within its period."""

    value: Decimal
    out_of: Decimal | None
    period: str
    ends_on: date
    version: int


class NewFigure(Struct, frozen=True):
    """A figure to write. `base` is the version that it replaces, 0 where there was none."""

    unit_id: int
    indicator: str
    period: Period
    value: Decimal
    out_of: Decimal | None
    base: int


def scaled(value: Decimal) -> int:
    """Convert to thousandths, as the database keeps them."""
    return int(value * _SCALE)


@lru_cache(maxsize=4096)
def unscaled(value: int) -> Decimal:
    if not value % _SCALE:
        return Decimal(value // _SCALE)
    number = Decimal(value) / _SCALE
    return number.normalize()


async def of_period(unit_id: int, period: str) -> Mapping[str, Value]:
    """Return the figures that a village reported for a period, by indicator.

    A missing figure is missing, never zero.
    """
    rows = await rows_of(Figure, "unit_id = ? and period = ? and current", [unit_id, period])
    return {row.indicator: value_of(row) for row in rows}


class HeldFigure(Struct, frozen=True):
    """A figure that counts, for who writes over it."""

    version: int
    value: Decimal
    out_of: Decimal | None


async def held(unit_ids: Collection[int], codes: Collection[str], period: str) -> Mapping[tuple[str, int], HeldFigure]:
    """Return the figures of many units that count in a period, by indicator and unit."""
    rows = Figure.filter(unit_id__in=unit_ids, indicator__in=codes, period=period, current=True)
    found = await rows.values_list("indicator", "unit_id", "version", "value", "out_of")
    return {
        (code, unit_id): HeldFigure(version, unscaled(value), None if out_of is None else unscaled(out_of))
        for code, unit_id, version, value, out_of in found
    }


def together(parts: Sequence[Value]) -> Value | None:
    """Add up the last values of units that became one; None without any."""
    if not parts:
        return None
    wholes = [one.out_of for one in parts if one.out_of is not None]
    newest = max(parts, key=lambda one: one.ends_on)
    total = sum((one.value for one in parts), Decimal(0))
    return Value(total, sum(wholes, Decimal(0)) if wholes else None, newest.period, newest.ends_on, newest.version)


async def repeated(unit_ids: Sequence[int], of: Period, cut_off: CutOff) -> frozenset[tuple[str, int]]:
    """Return each (indicator, unit) with the same value, other than zero, in this period and the two before it."""
    names = [one.name for one in _three(of, cut_off)]
    rows = await Figure.filter(unit_id__in=unit_ids, period__in=names, current=True).values(
        "indicator", "unit_id", "value"
    )
    places: dict[tuple[str, int], list[int]] = defaultdict(list)
    for row in rows:
        places[row["indicator"], row["unit_id"]].append(row["value"])
    return frozenset(
        key for key, found in places.items() if len(found) == len(names) and len(set(found)) == 1 and found[0]
    )


def would_repeat(value: Decimal, past_values: Sequence[Value], of: Period, cut_off: CutOff) -> bool:
    """Tell whether this value would be the third of its kind in a row; a zero never counts."""
    names = [one.name for one in _three(of, cut_off)[1:]]
    return bool(value) and [one.period for one in past_values if one.value == value][-2:] == names[::-1]


def _three(of: Period, cut_off: CutOff) -> list[Period]:
    first = before(of, cut_off)
    return [of, first, before(first, cut_off)]


async def history(unit_id: int, indicator: str, period: str) -> Sequence[Value]:
    """Return every version of a figure, the first one first."""
    rows = await Figure.filter(unit_id=unit_id, indicator=indicator, period=period).order_by("version")
    return [value_of(row) for row in rows]


def usual_step(past_values: Sequence[Value], *, sums: bool) -> Decimal | None:
    """Return the median of what a period usually adds; None if there are fewer than three periods to judge by."""
    from statistics import median

    numbers = [one.value for one in past_values]
    steps = numbers if sums else [later - earlier for earlier, later in pairwise(numbers)]
    return median(steps) if len(steps) >= 3 else None


async def write(
    figures: Sequence[NewFigure], *, source: Source, by: int | None, now: datetime, answer: int | None = None
) -> None:
    """Write figures, inside the caller's transaction; raises Changed if one is no longer at its `base`.

    One statement for any number: a table that was pasted holds a thousand.
    """
    held = await _current(figures)
    for new in figures:
        if held.get((new.indicator, new.unit_id, new.period.name), (0, 0))[0] != new.base:
            raise Changed(new.indicator)
    old = [row_id for _, row_id in held.values()]
    if old and await Figure.filter(id__in=old, current=True).update(current=False) != len(old):
        raise Changed(figures[0].indicator)
    try:
        await Figure.bulk_create([row_of(new, source=source, by=by, now=now, answer=answer) for new in figures])
    except IntegrityError:
        raise Changed(figures[0].indicator) from None
    told = dict.fromkeys((one.unit_id, one.period.name) for one in figures)
    await happenings.note(happenings.FIGURES_REPORTED, list(told), now)


async def _current(figures: Sequence[NewFigure]) -> Mapping[tuple[str, int, str], tuple[int, int]]:
    """Return version and row id of what stands where these would be written, by indicator, unit and period."""
    rows = Figure.filter(
        unit_id__in={one.unit_id for one in figures},
        indicator__in={one.indicator for one in figures},
        period__in={one.period.name for one in figures},
        current=True,
    )
    wanted = {(one.indicator, one.unit_id, one.period.name) for one in figures}
    found = await rows.values_list("indicator", "unit_id", "period", "version", "id")
    return {key: (version, row_id) for *place, version, row_id in found if (key := tuple(place)) in wanted}


def row_of(new: NewFigure, *, source: Source, by: int | None, now: datetime, answer: int | None = None) -> Figure:
    """Build the row of a figure, not yet stored."""
    return Figure(
        indicator=new.indicator,
        unit_id=new.unit_id,
        period=new.period.name,
        ends_on=new.period.last,
        version=new.base + 1,
        value=scaled(new.value),
        out_of=None if new.out_of is None else scaled(new.out_of),
        source=source,
        answer=answer,
        reported_by_id=by,
        reported_at=now,
    )


def value_of(row: Figure) -> Value:
    out_of = None if row.out_of is None else unscaled(row.out_of)
    return Value(unscaled(row.value), out_of, row.period, row.ends_on, row.version)
