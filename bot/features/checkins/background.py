"""The background of figures that are to be written: versions, earlier values, denominators, targets.

It is asked for in a few statements, for any number of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from bot.features import units
from bot.features.calendar.periods import Period
from bot.features.units import Place, Size
from bot.features.units.place import day_of, number_of
from bot.storage.prepared import marks, rows_of
from bot.storage.sql import Row, asked
from bot.storage.tables.checkins import Figure

from . import targets
from .model import ADULTS, GIVEN, HOUSEHOLDS, Indicator
from .reading import values
from .reading.values import LOOK_BACK, Value, unscaled

_Key = tuple[str, int]
"""Code of an indicator, id of a unit."""
_NEWEST = (
    "select * from (select indicator, unit_id, period, ends_on, version, value, out_of,"
    " row_number() over (partition by indicator, unit_id, case when ends_on < {first} then 0 else 1 end"
    " order by ends_on desc, id desc) as place from figures"
    " where current and ends_on <= {last} and unit_id in ({units}) and indicator in ({codes})) as newest"
    f" where place <= {LOOK_BACK} order by ends_on desc, place"
)
"""The last values before a period, and those that end in it; the newest first."""


class Background(Struct, frozen=True):
    """The known values around the figures of one period, by indicator and unit."""

    period: Period
    _held: Mapping[_Key, Value]
    _newest: Mapping[_Key, Sequence[Value]]
    _parts: Mapping[int, Sequence[Place]]
    _sizes: Mapping[int, Size]
    _targets: Mapping[_Key, Decimal]

    def held(self, code: str, unit_id: int) -> Value | None:
        """Return the figure of this very period."""
        return self._held.get((code, unit_id))

    def target(self, code: str, unit_id: int) -> Decimal | None:
        return self._targets.get((code, unit_id))

    def latest(self, code: str, unit_id: int) -> Value | None:
        """Return the last value up to the end of the period; a merged unit continues from the sum of its parts."""
        own = self._last(code, unit_id)
        parts = self._parts.get(unit_id, ())
        ended = max((part.valid_to for part in parts if part.valid_to is not None), default=None)
        if ended is None or (own is not None and own.ends_on > ended):
            return own
        found = [one for part in parts if (one := self._last(code, part.id)) is not None]
        return values.together(found if own is None else [own, *found])

    def past(self, code: str, unit_id: int) -> Sequence[Value]:
        """Return the unit's values of the last periods before this one, oldest first."""
        known = self._newest.get((code, unit_id), ())
        return [one for one in reversed(known) if one.ends_on < self.period.first]

    def counted(self, indicator: Indicator, unit_id: int) -> Decimal | None:
        """Return the households or adults of the village, if these are the indicator's denominator."""
        if indicator.denominator not in (HOUSEHOLDS, ADULTS):
            return None
        size = self._sizes.get(unit_id)
        count = None if size is None else size.households if indicator.denominator == HOUSEHOLDS else size.adults
        return None if count is None else Decimal(count)

    def whole(self, indicator: Indicator, unit_id: int) -> Decimal | None:
        """Return the denominator that is valid for the period, where it does not come with the figure."""
        if indicator.denominator == GIVEN:
            held = self.held(indicator.code, unit_id)
            return None if held is None else held.out_of
        if indicator.denominator and indicator.denominator not in (HOUSEHOLDS, ADULTS):
            other = self.latest(indicator.denominator, unit_id)
            return None if other is None else other.value
        return self.counted(indicator, unit_id)

    def _last(self, code: str, unit_id: int) -> Value | None:
        return next(iter(self._newest.get((code, unit_id), ())), None)


async def background(of: Period, unit_ids: Collection[int], indicators: Collection[Indicator]) -> Background:
    """Ask for what is known around figures of these indicators in these units and this period."""
    ids, codes = sorted(set(unit_ids)), sorted({one.code for one in indicators})
    wholes = {one.denominator for one in indicators}
    denominators = wholes - {"", GIVEN, HOUSEHOLDS, ADULTS}
    parts = await units.parts_of_each(ids, of.last)
    with_parts = [*ids, *(part.id for found in parts.values() for part in found)]
    condition = f"unit_id in ({marks(len(ids))}) and indicator in ({marks(len(codes))}) and period = ? and current"
    rows = await rows_of(Figure, condition, [*ids, *codes, of.name])
    held = {(row.indicator, row.key_of("unit")): values.value_of(row) for row in rows}
    return Background(
        of,
        held,
        await _newest(of, with_parts, sorted({*codes, *denominators})),
        parts,
        {} if wholes.isdisjoint({HOUSEHOLDS, ADULTS}) else await _sizes(ids, of.last),
        await targets.values_of(of.name, ids),
    )


async def _newest(of: Period, unit_ids: Sequence[int], codes: Sequence[str]) -> Mapping[_Key, Sequence[Value]]:
    marks = ", ".join("?" * len(codes))
    text = _NEWEST.format(
        first=f"'{of.first.isoformat()}'", last=f"'{of.last.isoformat()}'", units=", ".join(map(str, unit_ids)),
        codes=marks,
    )  # fmt: skip
    found: defaultdict[_Key, list[Value]] = defaultdict(list)
    for row in await asked(text, codes):
        found[str(row["indicator"]), int(str(row["unit_id"]))].append(_value(row))
    return found


async def _sizes(unit_ids: Sequence[int], day: date) -> Mapping[int, Size]:
    """Return each unit's last count on that day or before."""
    rows = await asked(
        "select unit_id, households, adults, counted_on from unit_sizes"
        f" where unit_id in ({marks(len(unit_ids))}) and counted_on <= '{day.isoformat()}' order by counted_on",
        unit_ids,
    )
    return {
        int(str(row["unit_id"])): Size(
            number_of(row["households"]), number_of(row["adults"]), day_of(row["counted_on"])
        )
        for row in rows
    }


def _value(row: Row) -> Value:
    out_of, day = row["out_of"], row["ends_on"]
    return Value(
        unscaled(int(str(row["value"]))),
        None if out_of is None else unscaled(int(str(out_of))),
        str(row["period"]),
        day if isinstance(day, date) else date.fromisoformat(str(day)),
        int(str(row["version"])),
    )
