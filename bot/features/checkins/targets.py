"""Targets: indicator × village × period, in versions with reasons, split by size, acknowledged by the leader."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from bot.features.targets.tables import Target as Row
from bot.storage.lite.made_of import MadeOf
from bot.storage.sql import Sql, current

from .reading.values import scaled, unscaled

# Plain SQL: a table of figures asks for a thousand of them.
_VALUES = (
    "select period, indicator, unit_id, value from targets"
    " where period in ({periods}) and not superseded and unit_id in ({units})"
)


class IndicatorTarget(Struct, frozen=True):
    """The value that a village is to reach by the end of a period; for a ratio in percent."""

    id: int
    indicator: str
    unit_id: int
    period: str
    value: Decimal
    version: int
    reason: str
    acknowledged: bool


class Superseded(Exception):
    """Raised if another person changed this target first."""


async def of_period(period: str, unit_ids: Sequence[int]) -> Sequence[IndicatorTarget]:
    rows = await Row.filter(period=period, unit_id__in=unit_ids, superseded=False).order_by("indicator", "unit_id")
    return [_target(row) for row in rows]


async def values_of(
    period: str, unit_ids: Sequence[int], codes: Collection[str] | None = None
) -> Mapping[tuple[str, int], Decimal]:
    """Return the targets of a period, by indicator and unit; with `codes` those of a few indicators."""
    return (await values_in([period], unit_ids, codes))[period]


_VALUES_MADE: MadeOf[Mapping[str, Mapping[tuple[str, int], Decimal]]] = MadeOf()


async def values_in(
    periods: Collection[str], unit_ids: Collection[int], codes: Collection[str] | None = None
) -> Mapping[str, Mapping[tuple[str, int], Decimal]]:
    """Return `values_of` of several periods, by their names, with one statement."""
    found: dict[str, dict[tuple[str, int], Decimal]] = {period: {} for period in periods}
    if not found or not unit_ids or (codes is not None and not codes):
        return found
    text = _VALUES.format(periods=_marks(periods), units=_marks(unit_ids))
    if codes is not None:
        text += f" and indicator in ({_marks(codes)})"
    on = current()
    rows = await Sql(on).tuples(text, [*periods, *unit_ids, *(codes or ())], on)

    def put() -> Mapping[str, Mapping[tuple[str, int], Decimal]]:
        for period, indicator, unit_id, value in rows:
            found[str(period)][indicator, unit_id] = unscaled(value)  # type: ignore[index]
        return found

    return _VALUES_MADE.of((rows,), put)


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


async def of_unit(unit_id: int, periods: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Return each (period, indicator) for which a unit has a target."""
    rows = Row.filter(unit_id=unit_id, period__in=periods, superseded=False)
    return frozenset(await rows.values_list("period", "indicator"))


async def everything(unit_ids: Sequence[int]) -> Sequence[IndicatorTarget]:
    """Return the targets that are in force, of every period."""
    rows = await Row.filter(unit_id__in=unit_ids, superseded=False).order_by("period", "indicator", "unit_id")
    return [_target(row) for row in rows]


async def find(unit_id: int, indicator: str, period: str) -> IndicatorTarget | None:
    row = await Row.get_or_none(unit_id=unit_id, indicator=indicator, period=period, superseded=False)
    return None if row is None else _target(row)


class TargetVersion(Struct, frozen=True):
    """A target as it was set once; `name` "" where nobody is known (any more)."""

    value: Decimal
    version: int
    reason: str
    name: str
    at: datetime
    acknowledged_at: datetime | None


async def versions(unit_id: int, indicator: str, period: str) -> Sequence[TargetVersion]:
    """Return every version with who set it, the first one first."""
    rows = (
        await Row.filter(unit_id=unit_id, indicator=indicator, period=period)
        .order_by("version")
        .values_list("value", "version", "reason", "set_by__name", "set_at", "acknowledged_at")
    )
    return [
        TargetVersion(unscaled(value), version, reason, name or "", at, acknowledged)
        for value, version, reason, name, at, acknowledged in rows
    ]


async def assign(
    unit_id: int, indicator: str, period: str, value: Decimal, *, reason: str, by: int | None, now: datetime
) -> bool:
    """Set a target, inside the caller's transaction; False if it is so already.

    A change supersedes the old version and has to be acknowledged anew. Raises ValueError for a change without a reason
    and for a negative target, Superseded if another person was faster.
    """
    if value < 0:
        raise ValueError("a target is not negative")
    held = await find(unit_id, indicator, period)
    if held is not None and held.value == value:
        return False
    if held is not None:
        if not reason.strip():
            raise ValueError("a change of a target needs a reason")
        if not await Row.filter(id=held.id, superseded=False).update(superseded=True):
            raise Superseded
    version = 1 if held is None else held.version + 1
    await row_of(unit_id, indicator, period, value, version=version, reason=reason, by=by, now=now).save()
    return True


def row_of(
    unit_id: int,
    indicator: str,
    period: str,
    value: Decimal,
    *,
    now: datetime,
    version: int = 1,
    reason: str = "",
    by: int | None = None,
) -> Row:
    """Build the row of a target, not yet stored."""
    return Row(
        indicator=indicator,
        unit_id=unit_id,
        period=period,
        version=version,
        value=scaled(value),
        reason=reason,
        set_by_id=by,
        set_at=now,
    )


async def acknowledge(unit_id: int, period: str, upto: int, *, by: int | None, now: datetime) -> int:
    """Record that the leader has seen the targets of a period up to the id `upto`; return how many were new."""
    waiting = Row.filter(unit_id=unit_id, period=period, id__lte=upto, superseded=False, acknowledged_at__isnull=True)
    return int(await waiting.update(acknowledged_by_id=by, acknowledged_at=now))


def split(total: int, sizes: Mapping[str, int]) -> Mapping[str, int]:
    """Share a total among villages by households or adults, by the largest remainder; the shares sum to the total.

    Raises ValueError if no village has a size, or one is negative.
    """
    whole = sum(sizes.values())
    if whole <= 0 or min(sizes.values()) < 0 or total < 0:
        raise ValueError("a split needs sizes above zero")
    shares = {code: total * size // whole for code, size in sizes.items()}
    rest = total - sum(shares.values())
    by_remainder = sorted(sizes, key=lambda code: (-(total * sizes[code] % whole), -sizes[code], code))
    for code in by_remainder[:rest]:
        shares[code] += 1
    return shares


def _target(row: Row) -> IndicatorTarget:
    unit_id = row.key_of("unit")
    return IndicatorTarget(
        id=row.id,
        indicator=row.indicator,
        unit_id=unit_id,
        period=row.period,
        value=unscaled(row.value),
        version=row.version,
        reason=row.reason,
        acknowledged=row.acknowledged_at is not None,
    )
