"""Aggregate the figures of villages: commune, province; stock, flow and ratio; traffic light and trend.

A missing figure is missing and never zero: it counts neither as a part nor, in a ratio, as a whole. A stock that was
not reported in the period stands with its last value and says so. Ratios are Σ/Σ, never the mean of percentages.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property

from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import units
from bot.features.at_once import at_once
from bot.features.calendar.periods import Period, can_hold
from bot.features.units import Place, Size
from bot.storage.lite.made_of import MadeOf

from . import known_figures, targets
from .known_figures import AddedFigures, KnownFigures, LastFigure
from .lights import LIGHTS, IndicatorCell, Light, judged, light
from .model import ADULTS, GIVEN, HOUSEHOLDS, Indicator
from .reading.values import unscaled

__all__ = ["LIGHTS", "IndicatorCell", "Light", "RollUpTable", "RollUps", "light", "table", "tables", "trend"]

_NONE = Decimal(0)
_NOTHING = None, None, False, _NONE
_EMPTY = IndicatorCell()


class RollUpTable(Struct, frozen=True, dict=True):
    """Indicators × villages of one period; `sums` has a cell for each indicator, `reporting` who reported anything.

    An empty cell is not among the `cells`: most are.
    """

    period: Period
    indicators: tuple[Indicator, ...]
    villages: tuple[Place, ...]
    cells: Mapping[tuple[str, int], IndicatorCell]
    sums: Mapping[str, IndicatorCell]
    reporting: frozenset[int]
    aimed: frozenset[str]
    """The indicators with a target in some village."""
    told: Mapping[str, tuple[int, int]]
    """By indicator: how many villages reported it, and of how many an earlier figure stands."""

    @cached_property
    def missing(self) -> tuple[Place, ...]:
        return tuple([one for one in self.villages if one.id not in self.reporting])

    @cached_property
    def with_news(self) -> Sequence[Indicator]:
        """Return the indicators of which something was reported, or should have been."""
        return [one for one in self.indicators if self.has_news(one.code)]

    def count(self, indicator: str) -> int:
        """Count the villages that reported this indicator."""
        return self.told[indicator][0]

    def carried(self, indicator: str) -> int:
        """Count the villages of which an earlier figure of this indicator stands."""
        return self.told[indicator][1]

    def has_news(self, indicator: str) -> bool:
        """Tell whether something was reported, or should have been."""
        return indicator in self.aimed or self.sums[indicator].reported

    def cell(self, indicator: str, unit_id: int) -> IndicatorCell:
        return self.cells.get((indicator, unit_id), _EMPTY)


_TABLES: MadeOf[RollUpTable] = MadeOf()


class RollUps(Struct, frozen=True):
    """The sums of an installation, for callers without a database connection."""

    db: BaseDBAsyncClient

    async def table(self, unit_id: int, of: Period, indicators: Sequence[Indicator], today: date) -> RollUpTable:
        return await table(self.db, unit_id, of, indicators, today=today)

    async def trend(
        self, unit_id: int, periods: Iterable[Period], indicators: Sequence[Indicator]
    ) -> Sequence[tuple[Period, Mapping[str, IndicatorCell]]]:
        return await trend(self.db, unit_id, periods, indicators)

    async def tables(
        self, unit_id: int, spans: Sequence[Period], indicators: Sequence[Indicator], today: date
    ) -> Sequence[RollUpTable]:
        return await tables(self.db, unit_id, spans, indicators, today=today)

    async def aimed(self, unit_id: int, of: Period, indicators: Sequence[Indicator], today: date) -> RollUpTable:
        """Return the table of the indicators with a target in a period, and of what they are a share of."""
        return (await tables(self.db, unit_id, [of], indicators, today=today, aimed=True))[0]


async def table(
    db: BaseDBAsyncClient, unit_id: int, of: Period, indicators: Sequence[Indicator], *, today: date | None = None
) -> RollUpTable:
    """Return the villages of a commune or province in a period, as of its last day (or today).

    Figures of a merged village count for its successor, and stay under its own code.
    """
    return (await tables(db, unit_id, [of], indicators, today=today))[0]


async def tables(
    db: BaseDBAsyncClient,
    unit_id: int,
    spans: Sequence[Period],
    indicators: Sequence[Indicator],
    *,
    today: date | None = None,
    aimed: bool = False,
) -> Sequence[RollUpTable]:
    """Return `table` of several periods of one kind, with the statements of one.

    `aimed`: only of indicators with a target in one of these periods, and of what they are a share of.
    """
    if not spans:
        return []
    own = await units.by_id(unit_id)
    days = [of.last if today is None else min(of.last, today) for of in spans]
    villages = [
        [own] if own is not None and own.level == "village" else await units.villages(unit_id, day) for day in days
    ]
    ids = list(dict.fromkeys([one.id for each in villages for one in each]))
    sizes, goals = await at_once(
        known_figures.sizes(db, spans, ids),
        targets.values_in([of.name for of in spans], ids, None if aimed else [one.code for one in indicators]),
    )
    if aimed:
        codes = {code for each in goals.values() for code, _ in each}
        codes |= {one.denominator for one in indicators if one.code in codes}
        indicators = [one for one in indicators if one.code in codes]
    parts = [await _merged(each, day) for each, day in zip(villages, days, strict=True)]
    everywhere = dict.fromkeys([*ids, *[part.id for each in parts for gone in each.values() for part in gone]])
    found = await known_figures.known(db, spans, list(everywhere), indicators)
    return [
        _Ground(of, day, places, gone, sizes[of.name], goals.get(of.name, {}), found[of.name]).table_once(indicators)
        for of, day, places, gone in zip(spans, days, villages, parts, strict=True)
    ]


async def totals(
    db: BaseDBAsyncClient, villages: Sequence[Place], of: Period, indicators: Sequence[Indicator], *, today: date
) -> Mapping[str, Decimal]:
    """Return the values of the sums that a table of these villages has of indicators that add up; no empty ones."""
    parts = await _merged(villages, min(of.last, today))
    places = [one.id for one in villages] + [part.id for gone in parts.values() for part in gone]
    found = await known_figures.totals(db, of, places, indicators)
    return {code: unscaled(total) for code, total in found.items()}


async def _merged(villages: Sequence[Place], day: date) -> Mapping[int, Sequence[Place]]:
    """Return the former units of those villages that have any."""
    found = await units.parts_of_each([one.id for one in villages], day)
    return {unit_id: gone for unit_id, gone in found.items() if gone}


async def trend(
    db: BaseDBAsyncClient, unit_id: int, periods: Iterable[Period], indicators: Sequence[Indicator]
) -> Sequence[tuple[Period, Mapping[str, IndicatorCell]]]:
    """Return the sums of several periods of one kind, in the order given."""
    return [(one.period, one.sums) for one in await tables(db, unit_id, list(periods), indicators)]


class _Ground(Struct, frozen=True):
    """All that was read for the table of a period; `parts` are the former units of merged villages."""

    of: Period
    day: date
    villages: Sequence[Place]
    parts: Mapping[int, Sequence[Place]]
    sizes: Mapping[int, Size]
    goals: Mapping[tuple[str, int], Decimal]
    known: KnownFigures

    def table_once(self, indicators: Sequence[Indicator]) -> RollUpTable:
        """Return the table, made once for the same figures: on the day of a report many look at it."""
        read = self.sizes, self.goals, self.known.added, self.known.latest
        of = self.of, self.day, list(self.villages), self.parts, list(indicators)
        return _TABLES.of(read, lambda: self.table(indicators), of)

    def table(self, indicators: Sequence[Indicator]) -> RollUpTable:
        cells: dict[tuple[str, int], IndicatorCell] = {}
        sums: dict[str, IndicatorCell] = {}
        told: dict[str, tuple[int, int]] = {}
        due = {one.code for one in indicators if can_hold(self.of, one.cadence)} or {one.code for one in indicators}
        reporting: set[int] = set()
        somewhere = self._somewhere()
        for indicator in sorted(indicators, key=lambda one: bool(one.denominator)):
            mine = self._cells(indicator, cells, somewhere[indicator.code])
            reported = [unit_id for unit_id, cell, _ in mine if cell.reported]
            if indicator.code in due:
                reporting.update(reported)
            told[indicator.code] = len(reported), sum(cell.carried for _, cell, _ in mine)
            sums[indicator.code] = self._sum(indicator, [cell for _, cell, _ in mine], [start for _, _, start in mine])
            cells |= {(indicator.code, unit_id): cell for unit_id, cell, _ in mine}
        aimed = frozenset(code for code, unit_id in self.goals if (code, unit_id) in cells)
        in_order = {one.code: sums[one.code] for one in indicators}
        return RollUpTable(
            self.of, tuple(indicators), tuple(self.villages), cells, in_order, frozenset(reporting), aimed, told
        )

    def _somewhere(self) -> Mapping[str, set[int]]:
        """Return, by indicator, the units of which there is a figure or a target: mostly few of all."""
        found: defaultdict[str, set[int]] = defaultdict(set)
        for keys in (self.known.added, self.known.latest, self.goals):
            for code, unit_id in keys:
                found[code].add(unit_id)
        return found

    def _cells(
        self, indicator: Indicator, before: Mapping[tuple[str, int], IndicatorCell], somewhere: Collection[int]
    ) -> Sequence[tuple[int, IndicatorCell, Decimal]]:
        """Return the cells of an indicator that are not empty, by village, each with the start of its progress.

        `before` has those of indicators that this one may be a share of, `somewhere` are the units that have anything.
        """
        found: list[tuple[int, IndicatorCell, Decimal]] = []
        of_all = self._of_all(indicator, before)
        if not (of_all or somewhere or self.parts):
            return found
        for village in self.villages:
            whole = of_all.get(village.id)
            if village.id not in somewhere and village.id not in self.parts:
                if whole is not None:
                    found.append((village.id, IndicatorCell(whole=whole), _NONE))
                continue
            goal = self.goals.get((indicator.code, village.id))
            value, given, carried, start = self._figures(indicator, village)
            whole = whole if given is None else given
            if value is None and whole is None and goal is None:
                continue
            if start and indicator.kind == "ratio":
                start = start * 100 / whole if whole else _NONE
            cell = _lit(value, whole, goal, carried, indicator, start, self.of, self.day)
            found.append((village.id, cell, start))
        return found

    def _of_all(
        self, indicator: Indicator, cells: Mapping[tuple[str, int], IndicatorCell]
    ) -> Mapping[int, Decimal | None]:
        """Return, by village, what an indicator is a share of, unless it is given with each figure."""
        whole = indicator.denominator
        if whole in ("", GIVEN):
            return {}
        if whole == HOUSEHOLDS:
            counted = {unit_id: size.households for unit_id, size in self.sizes.items()}
        elif whole == ADULTS:
            counted = {unit_id: size.adults for unit_id, size in self.sizes.items()}
        else:
            return {one.id: cells.get((whole, one.id), _EMPTY).value for one in self.villages}
        return {unit_id: Decimal(count) for unit_id, count in counted.items() if count is not None}

    def _figures(self, indicator: Indicator, village: Place) -> tuple[Decimal | None, Decimal | None, bool, Decimal]:
        """Return value, whole, whether it is of an earlier period, and the value before the period; 0 for a sum.

        Nearly every village is of one piece: it is looked up without any list.
        """
        if gone := self.parts.get(village.id):
            places = (village, *gone)
            if indicator.sums:
                return *_summed([self.known.added.get((indicator.code, one.id)) for one in places]), False, _NONE
            return _together_stock(indicator, village, places, self.known, self.of)
        key = (indicator.code, village.id)
        if indicator.sums:
            added = self.known.added.get(key)
            if added is None:
                return _NOTHING
            return unscaled(added.value), None if added.out_of is None else unscaled(added.out_of), False, _NONE
        last = self.known.latest.get(key)
        if last is None:
            return _NOTHING
        return (
            unscaled(last.value),
            None if last.out_of is None else unscaled(last.out_of),
            last.day < self.of.first,
            _NONE if last.start is None else unscaled(last.start),
        )

    def _sum(self, indicator: Indicator, mine: Sequence[IndicatorCell], starts: Sequence[Decimal]) -> IndicatorCell:
        """Return the cell of all villages together, out of those that are not empty."""
        goal = _goal(indicator, mine)
        known = [cell for cell in mine if cell.value is not None]
        if not known:
            return IndicatorCell(target=goal)
        whole, both = None, known
        if indicator.kind == "ratio":
            # Where no whole is known the parts still add up; the sum of nothing would say that there are none.
            both = [cell for cell in known if cell.whole is not None]
            whole = sum([cell.whole for cell in both if cell.whole is not None], _NONE) if both else None
        value = sum([cell.value for cell in both or known if cell.value is not None], _NONE)
        start = _NONE
        if not indicator.sums:
            start = _start(indicator, mine, starts)
        carried = all(cell.carried for cell in known)
        return _lit(value, whole, goal, carried, indicator, start, self.of, self.day)


def _together_stock(
    indicator: Indicator, village: Place, places: Sequence[Place], known: KnownFigures, of: Period
) -> tuple[Decimal | None, Decimal | None, bool, Decimal]:
    """Return the figures of a stock of a village with its parts, as `_Ground._figures` does."""
    key = indicator.code
    found = [(one, known.latest[key, one.id]) for one in places if (key, one.id) in known.latest]
    start = unscaled(sum(one.start for _, one in found if one.start is not None))
    counted = _in_force(village, found)
    if not counted:
        return None, None, False, start
    wholes = [one.out_of for one in counted if one.out_of is not None]
    carried = all(one.day < of.first for one in counted)
    return unscaled(sum(one.value for one in counted)), unscaled(sum(wholes)) if wholes else None, carried, start


def _summed(found: Sequence[AddedFigures | None]) -> tuple[Decimal | None, Decimal | None]:
    inside = [one for one in found if one is not None]
    if not inside:
        return None, None
    wholes = [one.out_of for one in inside if one.out_of is not None]
    return unscaled(sum(one.value for one in inside)), unscaled(sum(wholes)) if wholes else None


def _in_force(village: Place, found: Sequence[tuple[Place, LastFigure]]) -> list[LastFigure]:
    """Return a merged village's own stock once it reported after the merge, before that those of its parts."""
    own = next((one for place, one in found if place.id == village.id), None)
    merged_on = max((place.valid_to for place, _ in found if place.id != village.id and place.valid_to), default=None)
    if own is not None and (merged_on is None or own.day > merged_on):
        return [own]
    return [one for _, one in found]


def _start(indicator: Indicator, cells: Sequence[IndicatorCell], starts: Sequence[Decimal]) -> Decimal:
    """Return the start of the progress of all villages together: a stock begins with its value before the period."""
    if indicator.kind != "ratio":
        return sum((start for cell, start in zip(cells, starts, strict=True) if cell.value is not None), _NONE)
    weighed = [
        (start, cell.whole) for cell, start in zip(cells, starts, strict=True) if cell.whole and cell.value is not None
    ]
    total = sum((whole for _, whole in weighed), _NONE)
    return sum((start * whole for start, whole in weighed), _NONE) / total if total else _NONE


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


def _lit(
    value: Decimal | None,
    whole: Decimal | None,
    target: Decimal | None,
    carried: bool,
    indicator: Indicator,
    start: Decimal,
    of: Period,
    day: date,
) -> IndicatorCell:
    lit = judged(value, whole, target, carried, indicator, of, day, start)
    return IndicatorCell(value, whole, target, carried, lit)
