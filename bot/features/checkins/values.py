"""Figures as they are kept: one value for an indicator, a village and a period, with its history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Literal

from tortoise.exceptions import IntegrityError

from bot.features import units
from bot.storage.checkins import Figure

from .periods import CutOff, Period, before

Source = Literal["chat", "form", "import", "demo"]
_SCALE = 1000
_LOOK_BACK = 7
"""Values of the past that tell what is usual."""


class Changed(Exception):
    """Somebody else wrote this figure first; nothing was written."""


@dataclass(frozen=True, slots=True)
class Value:
    """`version` counts the corrections within its period."""

    value: Decimal
    out_of: Decimal | None
    period: str
    ends_on: date
    version: int


@dataclass(frozen=True, slots=True)
class New:
    """A figure to write. `base` is the version that it replaces, 0 where there was none."""

    unit_id: int
    indicator: str
    period: Period
    value: Decimal
    out_of: Decimal | None
    base: int


def scaled(value: Decimal) -> int:
    """Thousandths, as the database keeps them."""
    return int(value * _SCALE)


def unscaled(value: int) -> Decimal:
    number = Decimal(value) / _SCALE
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


async def of_period(unit_id: int, period: str) -> Mapping[str, Value]:
    """What a village reported for a period, by indicator. A missing figure is missing, never zero."""
    rows = await Figure.filter(unit_id=unit_id, period=period, current=True)
    return {row.indicator: _value(row) for row in rows}


async def latest(unit_id: int, indicator: str, until: date) -> Value | None:
    """The last value of a stock on that day or before; a merged unit goes on from the sum of its parts."""
    own = await _last(unit_id, indicator, until)
    parts = await units.merged_parts(unit_id, until)
    ended = max((part.valid_to for part in parts if part.valid_to is not None), default=None)
    if ended is None or (own is not None and own.ends_on > ended):
        return own
    found = [one for part in parts if (one := await _last(part.id, indicator, until)) is not None]
    together = found if own is None else [own, *found]
    if not together:
        return None
    wholes = [one.out_of for one in together if one.out_of is not None]
    newest = max(together, key=lambda one: one.ends_on)
    total = sum((one.value for one in together), Decimal(0))
    return Value(total, sum(wholes, Decimal(0)) if wholes else None, newest.period, newest.ends_on, newest.version)


async def _last(unit_id: int, indicator: str, until: date) -> Value | None:
    rows = Figure.filter(unit_id=unit_id, indicator=indicator, current=True, ends_on__lte=until)
    row = await rows.order_by("-ends_on", "-id").first()
    return None if row is None else _value(row)


async def past(unit_id: int, indicator: str, until: date) -> Sequence[Value]:
    """The values of the last periods that ended before the day `until`, oldest first."""
    rows = (
        await Figure.filter(unit_id=unit_id, indicator=indicator, current=True, ends_on__lt=until)
        .order_by("-ends_on")
        .limit(_LOOK_BACK)
    )
    return [_value(row) for row in reversed(rows)]


async def repeated(unit_ids: Sequence[int], of: Period, cut_off: CutOff) -> frozenset[tuple[str, int]]:
    """(indicator, unit) whose value was the same, and not zero, in this period and the two before it."""
    names = [one.name for one in _three(of, cut_off)]
    rows = await Figure.filter(unit_id__in=unit_ids, period__in=names, current=True).values(
        "indicator", "unit_id", "value"
    )
    said: dict[tuple[str, int], list[int]] = defaultdict(list)
    for row in rows:
        said[row["indicator"], row["unit_id"]].append(row["value"])
    return frozenset(
        key for key, found in said.items() if len(found) == len(names) and len(set(found)) == 1 and found[0]
    )


def would_repeat(value: Decimal, past_values: Sequence[Value], of: Period, cut_off: CutOff) -> bool:
    """Whether this value would be the third of its kind in a row; nothing to report is no news."""
    names = [one.name for one in _three(of, cut_off)[1:]]
    return bool(value) and [one.period for one in past_values if one.value == value][-2:] == names[::-1]


def _three(of: Period, cut_off: CutOff) -> list[Period]:
    first = before(of, cut_off)
    return [of, first, before(first, cut_off)]


async def history(unit_id: int, indicator: str, period: str) -> Sequence[Value]:
    """Every version of a figure, the first one first."""
    rows = await Figure.filter(unit_id=unit_id, indicator=indicator, period=period).order_by("version")
    return [_value(row) for row in rows]


def usual_step(past_values: Sequence[Value], *, sums: bool) -> Decimal | None:
    """The median of what a period usually adds; None when less than three periods tell."""
    numbers = [one.value for one in past_values]
    steps = numbers if sums else [later - earlier for earlier, later in pairwise(numbers)]
    return median(steps) if len(steps) >= 3 else None


async def write(
    figures: Sequence[New], *, source: Source, by: int | None, now: datetime, answer: int | None = None
) -> None:
    """Write figures, inside the caller's transaction; raises Changed when one is not at its `base` any more."""
    for new in figures:
        same = Figure.filter(unit_id=new.unit_id, indicator=new.indicator, period=new.period.name)
        if new.base and not await same.filter(version=new.base, current=True).update(current=False):
            raise Changed(new.indicator)
        if not new.base and await same.exists():
            raise Changed(new.indicator)
        try:
            await row_of(new, source=source, by=by, now=now, answer=answer).save()
        except IntegrityError:
            raise Changed(new.indicator) from None


def row_of(new: New, *, source: Source, by: int | None, now: datetime, answer: int | None = None) -> Figure:
    """The row of a figure, not yet stored."""
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


def _value(row: Figure) -> Value:
    out_of = None if row.out_of is None else unscaled(row.out_of)
    return Value(unscaled(row.value), out_of, row.period, row.ends_on, row.version)
