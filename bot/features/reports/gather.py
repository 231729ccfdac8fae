"""From the database to a report: figures, targets, difficulties and letterhead of a unit in a period.

Nothing is made up here: what was not reported is None, an earlier figure that still stands is marked as carried.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256

from msgspec import Struct
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.lean.values import replace
from bot.core.text import upper_first
from bot.features import units
from bot.features.audit import Audit
from bot.features.calendar import periods, vietnam
from bot.features.calendar.periods import CutOff, Period
from bot.features.checkins import indicators, reported, rollup
from bot.features.checkins.indicator_history import History, alike, history
from bot.features.checkins.lights import IndicatorCell
from bot.features.checkins.model import Indicator
from bot.features.checkins.rollup import RollUpTable
from bot.features.commune.settings import Commune
from bot.features.difficulties import difficulties
from bot.features.difficulties.grades import GRADES
from bot.features.units import Place
from bot.i18n import short_date
from bot.storage.event_reads import remembered_once
from bot.storage.prepared import marks
from bot.storage.sql import asked, day_value

from . import figures, issuers, spans, wording
from .data import (
    Directive,
    Merger,
    Quality,
    ReportData,
    ReportedDifficulty,
    ReportedIndicator,
    ReportedPractice,
    ReportedUnit,
    ReportError,
    Team,
    TrendPoint,
    VillageFigures,
    VillageMethods,
)
from .issuers import SigningDetails

Covers = Callable[[str], bool]
"""Whether an indicator, by its code, belongs into the report."""
Practices = Callable[[Collection[int], Period], Awaitable[Sequence[ReportedPractice]]]
Directives = Callable[[int, Period], Awaitable[Sequence[Directive]]]
QualityOfPeriod = Callable[[Place, Period, datetime], Awaitable[Quality]]
Methods = Callable[[Mapping[int, str], Period], Awaitable[Sequence[VillageMethods]]]
"""Villages by id with their names."""

MEMBERS = "TC01"
CONTENT = "CL02"
"""How content people are: what is said of quality belongs with it."""
_TENTH = Decimal("0.1")


async def _no_practices(unit_ids: Collection[int], of: Period) -> Sequence[ReportedPractice]:
    return ()


async def _no_directives(unit_id: int, of: Period) -> Sequence[Directive]:
    return ()


async def _no_quality(commune: Place, of: Period, now: datetime) -> Quality:
    return Quality()


async def _no_methods(villages: Mapping[int, str], of: Period) -> Sequence[VillageMethods]:
    return ()


class Reports(Struct, frozen=True):
    """Everything that reports are drawn from.

    `settings` finds those of a commune by its code; `practices`, `directives`, `quality` and `methods` are those of
    a period.
    """

    db: BaseDBAsyncClient
    audit: Audit
    settings: Callable[[str], Commune | None]
    cut_off: CutOff = "calendar"
    practices: Practices = _no_practices
    directives: Directives = _no_directives
    quality: QualityOfPeriod = _no_quality
    methods: Methods = _no_methods

    async def gather(
        self,
        unit: Place,
        of: Period,
        now: datetime,
        *,
        given: SigningDetails = SigningDetails(),  # noqa: B008 - frozen
        covers: Covers = lambda code: True,
        sums_only: bool = False,
        trend: int = 0,
    ) -> ReportData:
        """Gather a report of a village or commune; `trend` says how many periods its lines go back.

        `sums_only` leaves out all that tells of a single village. Raises ReportError for a unit that has no report, or
        none of this period.
        """
        with remembered_once():
            return await self._gathered(unit, of, now, given, covers, sums_only, trend)

    async def _gathered(
        self,
        unit: Place,
        of: Period,
        now: datetime,
        given: SigningDetails,
        covers: Covers,
        sums_only: bool,
        trend: int,
    ) -> ReportData:
        today = vietnam.today(now)
        day = min(of.last, today)
        await _check(unit, of, today)
        commune = await units.commune_of(unit.id, day)
        if commune is None:
            raise ReportError(f"{upper_first(unit.full_name)} chưa thuộc xã, phường nào nên chưa lập báo cáo.")
        village = unit.level == "village"
        past = await history()
        counted = [one for one in past.counted_in(of) if covers(one.code)]
        compared = [of, spans.before(of, self.cut_off)]
        now_table, earlier = await rollup.tables(self.db, unit.id, compared, counted, today=today)
        rows = await self._noted_rows(unit, now_table, earlier, day, past)
        inside = [one.id for one in now_table.villages]
        settings, province = self.settings(commune.code) or Commune(), await units.parent_of(commune.id, day)
        head = await issuers.of_team(unit, commune, now) if village else issuers.of_commune(settings, commune, province)
        raised = () if sums_only else await self._difficulties([unit.id, *inside], of, now_table.villages, day)
        size = await units.size(unit.id, day)
        named = {one.id: _full_name(one, day) for one in now_table.villages}
        return ReportData(
            unit=ReportedUnit(unit.code, unit.kind, _name(unit, day)),
            kind="village" if village else "commune",
            commune=f"{commune.kind} {commune.name}",
            province="" if province is None else f"{province.kind} {province.name}",
            period=of,
            letterhead=issuers.signed(head, given, settings),
            until=day if day < of.last else None,
            rows=rows,
            households=None if size is None else size.households,
            adults=None if size is None else size.adults,
            team=Team(members=_members(rows)),
            villages=() if village or sums_only else await self._villages(now_table, of, day),
            missing=tuple(_full_name(one, day) for one in now_table.missing),
            expected=len(now_table.villages),
            difficulties=raised,
            practices=() if sums_only else tuple(await self.practices([unit.id, *inside], of)),
            methods=() if sums_only else tuple(await self.methods(named, of)),
            directives=tuple(await self.directives(unit.id, of)),
            quality=Quality() if village or not covers(CONTENT) else await self.quality(unit, of, now),
            trend=await self._trend(unit, of, counted, trend, past),
            merged=await _merger(unit),
            audit_head=(await self.audit.head()).shown,
            fictitious=await _is_invented([unit, *now_table.villages], of),
        )

    async def record(
        self, unit_id: int, of: Period, document: bytes, now: datetime, *, by: int | None, act: str = "report_drawn"
    ) -> None:
        """Note that a report was drawn, inside the caller's transaction."""
        await self.note(act, unit_id, f"p{of.name.lower()}", document, now, by=by)

    async def drawn_at_once(self, unit_id: int, of: Period, document: bytes, now: datetime, *, by: int | None) -> None:
        """Note a report that goes to the person's own machine, in a transaction of its own."""
        async with in_transaction("default"):
            await self.record(unit_id, of, document, now, by=by)

    async def note(self, act: str, unit_id: int, which: str, document: bytes, now: datetime, *, by: int | None) -> None:
        """Write into the audit log which document was drawn, a code and a hash; never what it says."""
        digest = f"sha256:{sha256(document).hexdigest()[:40]}"
        await self.audit.append(by, act, f"unit:{unit_id}", now, {"which": which, "hash": digest})

    async def _noted_rows(
        self, unit: Place, table: RollUpTable, earlier: RollUpTable, day: date, past: History
    ) -> tuple[ReportedIndicator, ...]:
        """Return the rows with the notes on changed indicators and, for a village, the last notes of its team."""
        rows = await self._rows(table, earlier, day, past)
        rows = _noted(rows, past.notes(spans.so_far(table.period, self.cut_off).first))
        if unit.level == "village":
            # In a commune's report, which goes further up, the words of a team do not stand.
            rows = _noted(rows, await reported.last_notes(unit.id, table.period))
        return rows

    async def _rows(
        self, table: RollUpTable, earlier: RollUpTable, day: date, past: History
    ) -> tuple[ReportedIndicator, ...]:
        """Return indicators with a figure or a target; if there are none, all of them, to be filled in by hand."""
        of = table.period
        same = _comparable(table.indicators, past.counted_in(earlier.period))
        so_far = await self._so_far(table, day)
        rows = []
        for one in table.indicators:
            cell = _sum(one, table)
            due = cell.target is not None or periods.can_hold(of, one.cadence)
            if one.sums and not due:
                continue
            was = earlier.sums[one.code] if one.code in same else IndicatorCell()
            row = _row(one, cell, was, so_far.get(one.code), _note(one, table))
            partly = bool(cell.reported and table.count(one.code) < len(table.villages))
            row = replace(row, due=due, partly=partly)
            if cell.value is not None or cell.target is not None or row.cumulative is not None:
                rows.append(row)
        return tuple(rows) or tuple(_row(one, IndicatorCell(), IndicatorCell(), None, "") for one in table.indicators)

    async def _so_far(self, table: RollUpTable, day: date) -> Mapping[str, Decimal | None]:
        """Return what each flow came to since the year began, by its code."""
        year = spans.so_far(table.period, self.cut_off)
        flows = [one for one in table.indicators if one.kind == "flow"]
        if year.first == table.period.first:
            return {one.code: table.sums[one.code].value for one in flows}
        return await rollup.totals(self.db, table.villages, year, flows, today=day)

    async def _villages(self, table: RollUpTable, of: Period, day: date) -> tuple[VillageFigures, ...]:
        by_code = {one.code: one for one in table.indicators}
        values: dict[int, dict[str, Decimal | None]] = {one.id: dict.fromkeys(by_code) for one in table.villages}
        for (code, unit_id), cell in table.cells.items():
            if cell.reported:
                values[unit_id][code] = _shown(by_code[code], cell)
        gone = await units.parts_of_each(list(values), day)
        found = []
        for village in table.villages:
            late = [one for one in gone[village.id] if one.valid_to and one.valid_to >= of.first]
            parts = ", ".join(f"{one.kind} {one.name}" for one in late)
            name = _full_name(village, day) + (f" ({wording.TOGETHER.format(parts=parts)})" if parts else "")
            found.append(VillageFigures(name, values[village.id]))
        return tuple(found)

    async def _difficulties(
        self, unit_ids: Collection[int], of: Period, villages: Sequence[Place], day: date
    ) -> tuple[ReportedDifficulty, ...]:
        names = {one.id: _full_name(one, day) for one in villages}
        return tuple(
            ReportedDifficulty(
                category=upper_first(difficulties.CATEGORIES.get(one.category, one.category)),
                text=one.text,
                village=names.get(one.unit_id, ""),
                state=difficulties.STATES[one.state],
                answer=one.response,
                open=one.open,
                grade=GRADES[one.grade],
                urgent=one.grade == "urgent",
            )
            for one in await difficulties.between(list(unit_ids), of.first, of.last)
        )

    async def _trend(
        self, unit: Place, of: Period, counted: Sequence[Indicator], count: int, past: History
    ) -> tuple[TrendPoint, ...]:
        if not count:
            return ()
        points = []
        for one, sums in await rollup.trend(self.db, unit.id, spans.past(of, count, self.cut_off), counted):
            same = _comparable(counted, past.counted_in(one))
            told = {each.code for each in counted if each.code in same and sums[each.code].reported}
            values = {each.code: _shown(each, sums[each.code]) if each.code in told else None for each in counted}
            points.append(TrendPoint(figures.period_short(one), values))
        return tuple(points)


async def _check(unit: Place, of: Period, today: date) -> None:
    """Check that there is something to report about. Raises ReportError if not."""
    name = upper_first(unit.full_name)
    if unit.level == "province":
        raise ReportError(f"{name} không có báo cáo; chọn một xã, phường hoặc một thôn, tổ dân phố.")
    if of.first > today:
        day = short_date(of.first, "vi")
        raise ReportError(f"{upper_first(figures.period_title(of))} bắt đầu từ ngày {day}, chưa có gì để báo cáo.")
    if unit.valid_from > min(of.last, today):
        raise ReportError(f"{name} có từ ngày {short_date(unit.valid_from, 'vi')}, sau kỳ này.")
    if unit.valid_to is not None and unit.valid_to < of.first:
        into = await units.successor(unit.id)
        hint = f" Xem báo cáo của {into.full_name}." if into is not None and into.id != unit.id else ""
        raise ReportError(f"{name} chỉ có đến hết ngày {short_date(unit.valid_to, 'vi')}, trước kỳ này.{hint}")


def _comparable(counted: Sequence[Indicator], then: Sequence[Indicator]) -> frozenset[str]:
    """Return codes whose figures of an earlier period may stand beside those of this one."""
    known = {one.code: one for one in then}
    return frozenset(one.code for one in counted if alike(one, known.get(one.code, one)))


async def _merger(unit: Place) -> Merger | None:
    if unit.merged_into_id is None or unit.valid_to is None:
        return None
    into = await units.by_id(unit.merged_into_id)
    return None if into is None else Merger(into.full_name, unit.valid_to + timedelta(days=1))


async def _is_invented(places: Sequence[Place], of: Period) -> bool:
    if any(one.fictitious for one in places):
        return True
    ids = [one.id for one in places]
    found = await asked(
        "select 1 as found from figures where source = 'demo' and current"
        f" and unit_id in ({marks(len(ids))}) and ends_on >= ? and ends_on <= ? limit 1",
        [*ids, day_value(of.first), day_value(of.last)],
    )
    return bool(found)


def _row(
    one: Indicator, cell: IndicatorCell, earlier: IndicatorCell, so_far: Decimal | None, note: str
) -> ReportedIndicator:
    """Return the row of an indicator; `so_far` is what a flow came to since the year began."""
    value = _shown(one, cell)
    reported = value if cell.reported else None
    was = None if one.kind != "stock" and not earlier.reported else _shown(one, earlier)
    change = None if reported is None or was is None else reported - was
    in_period: Mapping[str, Decimal | None] = {"flow": reported, "stock": change, "ratio": None}
    ratio = one.kind == "ratio"
    if ratio and cell.value is not None and value is None:
        note = wording.NO_WHOLE.format(part=figures.amount(cell.value))
    return ReportedIndicator(
        code=one.code,
        label=one.label,
        unit_of_measure="%" if ratio else one.unit,
        area=one.code[:2],
        kind=one.kind,
        target=_tenth(cell.target),
        in_period=in_period[one.kind],
        cumulative=_tenth(so_far) if one.kind == "flow" else value,
        percent=_share(one, cell, value),
        change=change,
        part=cell.value if ratio else None,
        whole=cell.whole if ratio else None,
        note=wording.CARRIED if cell.carried else note,
        light=cell.light,
        carried=cell.carried,
        shipped=indicators.ships(one),
    )


def _noted(rows: Sequence[ReportedIndicator], notes: Mapping[str, str]) -> tuple[ReportedIndicator, ...]:
    """Add the notes (by code) to the rows."""
    joined = (
        replace(row, note="; ".join(filter(None, (row.note, notes.get(row.code, ""))))) if row.code in notes else row
        for row in rows
    )
    return tuple(joined)


def _sum(one: Indicator, table: RollUpTable) -> IndicatorCell:
    """Return the sum of the villages; of a ratio whose whole is unknown, at least the part that was counted."""
    found = table.sums[one.code]
    if one.kind != "ratio" or found.value is None or found.whole is not None:
        return found
    counted = (table.cell(one.code, village.id).value for village in table.villages)
    return found._replace(value=sum((value for value in counted if value is not None), Decimal(0)))


def _note(one: Indicator, table: RollUpTable) -> str:
    """Tell how many villages a sum is made of, if not all have reported."""
    count, carried, expected = table.count(one.code), table.carried(one.code), len(table.villages)
    if expected < 2 or not count or count == expected:
        return ""
    lines = [wording.PARTLY.format(count=count, expected=expected)]
    lines += [wording.PARTLY_CARRIED.format(count=carried)] if carried else []
    return "; ".join(lines)


def _shown(one: Indicator, cell: IndicatorCell) -> Decimal | None:
    """Return the figure as people read it: a ratio in percent, with at most one digit after the comma."""
    return _tenth(cell.percent if one.kind == "ratio" else cell.value)


def _share(one: Indicator, cell: IndicatorCell, value: Decimal | None) -> Decimal | None:
    """Return how much of the target is reached; None if less is better or the figure is an old one."""
    if value is None or cell.carried or not cell.target or one.direction == "down":
        return None
    return _tenth(value * 100 / cell.target)


def _tenth(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(_TENTH, ROUND_HALF_UP)


def _members(rows: Sequence[ReportedIndicator]) -> int | None:
    found = next((row.value for row in rows if row.code == MEMBERS), None)
    return None if found is None else int(found)


def _name(place: Place, day: date) -> str:
    return place.name_on(day) + (" (ví dụ)" if place.fictitious else "")


def _full_name(place: Place, day: date) -> str:
    return f"{place.kind} {_name(place, day)}"
