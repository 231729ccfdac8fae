"""The table of a period: villages down, indicators across, each cell with its light; and one cell with its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.features.calendar import periods
from bot.features.checkins import reported, targets
from bot.features.checkins.lights import LIGHTS, IndicatorCell
from bot.features.checkins.model import Indicator
from bot.features.checkins.reading import cells
from bot.features.checkins.reported import FigureVersion
from bot.features.rights import Act
from bot.features.units import Place
from bot.handlers.checkins.common import named
from bot.handlers.checkins.figure_wording import amount, light_text, short_value, value_text
from bot.handlers.kit.pages import DeskPage
from bot.i18n import msg
from bot.office.desk.visit import Answer, No, Sheet, Visit

from . import chart
from .ground import (
    CELL,
    ENTER,
    NO_INDICATOR,
    NO_PLACE,
    PASTE,
    RHYTHMS,
    SHADES,
    SIGNS,
    TABLE,
    FiguresGround,
    Seen,
    cell_address,
    legend,
    title,
    to,
)

_POINTS = 12
"""Periods of a village in a drawing."""


class ShownCell(Struct, frozen=True):
    """`says` is for who does not see it: light and words. `to` is "" where there is nothing behind it."""

    value: str
    sign: str
    shade: str
    says: str
    to: str
    carried: bool


class TablePage:
    def __init__(self, ground: FiguresGround) -> None:
        self._ground = ground

    async def show(self, visit: Visit) -> Answer:
        seen = await self._ground.seen(visit)
        if isinstance(seen, No):
            return seen
        table = await self._ground.table(visit, seen)
        everything = visit.query.get("xem") == "het"
        told = [one for one in table.indicators if everything or table.has_news(one.code)]
        writes = await self._ground.open_here(visit, seen, table.villages)
        before, after = self._ground.around(seen.of)
        rows = [
            (place, [_cell(visit, one, table.cell(one.code, place.id), seen, place) for one in told])
            for place in table.villages
        ]
        shows: Mapping[str, object] = {
            **self._heads(visit, seen, told, writes),
            "seen": seen,
            "rows": rows,
            "sums": [_cell(visit, one, table.sums[one.code], seen, None) for one in told],
            "rows_open": {unit_id for unit_id, _ in writes},
            "reported": len(table.reporting),
            "missing": table.missing,
            "more": len(table.indicators) - len(told),
            "everything": everything,
            "before": before and (named(visit, before), to(TABLE, ky=before.name)),
            "after": after and after.first <= seen.today and (named(visit, after), to(TABLE, ky=after.name)),
            "lengths": self._ground.lengths(visit, seen),
            "legend": legend(visit),
            "closed": not writes and seen.of.first <= seen.today and not await self._ground.takes(visit, seen.of),
        }
        return Sheet("checkins/table.html", title(visit, msg("Số liệu {period}"), seen.of), shows)

    def _heads(
        self, visit: Visit, seen: Seen, told: Sequence[Indicator], writes: frozenset[tuple[int, str]]
    ) -> Mapping[str, object]:
        codes = {code for _, code in writes}
        name = seen.of.name
        return {
            "heads": [
                (one, visit.word(RHYTHMS[one.cadence]), to(ENTER, ky=name, chi_tieu=one.code) * (one.code in codes))
                for one in told
            ],
            "enter": to(ENTER, ky=name) if writes else "",
            "paste": to(PASTE, ky=name) if writes else "",
            "row": lambda place: to(ENTER, ky=name, noi=place.code),
            "all": to(TABLE, ky=name, xem="het"),
            "progress": to(f"{TABLE}/tien-do", ky=name),
            "some": to(TABLE, ky=name),
        }

    def page(self) -> DeskPage:
        about = msg("Thôn nào báo gì trong kỳ; bấm một ô để xem ai báo lúc nào, chỉ tiêu và các kỳ trước.")
        return DeskPage(TABLE, self.show, act=Act.EXPORT_REPORTS, label=msg("Số liệu"), order=20, about=about)


class CellPage:
    """A figure: its versions with who told them, the target's versions, the village over the last periods."""

    def __init__(self, ground: FiguresGround) -> None:
        self._ground = ground

    async def show(self, visit: Visit) -> Answer:
        seen = await self._ground.seen(visit)
        if isinstance(seen, No):
            return seen
        indicator = seen.indicator(visit.query.get("chi-tieu", ""))
        if indicator is None:
            return No(visit.t(NO_INDICATOR))
        needed = [one for one in (indicator, seen.indicator(indicator.denominator)) if one is not None]
        table = await self._ground.sums.table(visit.commune.id, seen.of, needed, seen.today)
        place = next((one for one in table.villages if one.code == visit.query.get("noi", "")), None)
        if place is None or seen.access.sums_only:
            return No(visit.t(NO_PLACE))
        told = await reported.versions([place.id], [indicator.code], seen.of.name)
        writes = await self._ground.open_here(visit, seen, [place])
        cell = table.cell(indicator.code, place.id)
        shows: Mapping[str, object] = {
            "place": place,
            "indicator": indicator,
            "period": named(visit, seen.of),
            "says": value_text(visit, indicator, cell),
            "light": light_text(visit, cell.light),
            "shade": SHADES[cell.light],
            "versions": [_version(one, indicator) for one in told.get((indicator.code, place.id), ())][::-1],
            "note": (await reported.notes(place.id, [seen.of.name])).get((seen.of.name, indicator.code), ""),
            "targets": await self._targets(visit, place, indicator, seen),
            "chart": await self._chart(visit, place, indicator, seen),
            "edit": to(ENTER, ky=seen.of.name, noi=place.code) if (place.id, indicator.code) in writes else "",
            "back": to(TABLE, ky=seen.of.name),
        }
        return Sheet("checkins/cell.html", visit.t("{place}: {label}", place=place.full_name, label=indicator.label),
                     shows)  # fmt: skip

    async def _targets(
        self, visit: Visit, place: Place, indicator: Indicator, seen: Seen
    ) -> Sequence[tuple[str, targets.TargetVersion]]:
        versions = await targets.versions(place.id, indicator.code, seen.of.name)
        return [(amount(visit, indicator, one.value), one) for one in reversed(versions)]

    async def _chart(self, visit: Visit, place: Place, indicator: Indicator, seen: Seen) -> chart.PeriodLine | None:
        """Draw the village over the last periods of this length."""
        spans = [seen.of]
        while len(spans) < _POINTS and (before := self._ground.around(spans[0])[0]) is not None:
            spans.insert(0, before)
        found = await self._ground.sums.trend(place.id, spans, [indicator])
        points = [(of, cells_[indicator.code]) for of, cells_ in found]
        if not any(cell.reported for _, cell in points):
            return None
        shown = [
            chart.PeriodPoint(
                short_name(of),
                float(cell.value) if cell.reported and cell.value is not None else None,
                short_value(visit, indicator, cell) or "",
            )
            for of, cell in points
        ]
        first = next(at for at, one in enumerate(shown) if one.value is not None)
        return chart.line(shown[min(first, len(shown) - 2) :])

    def page(self) -> DeskPage:
        return DeskPage(CELL, self.show, act=Act.EXPORT_REPORTS)


def short_name(of: periods.Period) -> str:
    """Name a period below a line: `10/26`."""
    return f"{of.name[5:].lstrip('0') or ''}/{of.name[2:4]}".lstrip("/")


def _version(one: FigureVersion, indicator: Indicator) -> tuple[str, FigureVersion]:
    return cells.shown(one.value, one.out_of, indicator), one


def _cell(visit: Visit, indicator: Indicator, cell: IndicatorCell, seen: Seen, place: Place | None) -> ShownCell:
    value = short_value(visit, indicator, cell)
    words = visit.word(LIGHTS[cell.light][1])
    link = "" if place is None else cell_address(seen.of, place, indicator)
    return ShownCell(value or "", SIGNS[cell.light], SHADES[cell.light], words, link, cell.carried)
