"""How far each indicator is on the way to its target, and one indicator by village and over time, as drawings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.features.calendar.periods import Period
from bot.features.checkins.lights import IndicatorCell, Light
from bot.features.checkins.model import Indicator
from bot.features.checkins.red_indicators import RedIndicator, RedIndicators
from bot.features.rights import Act
from bot.handlers.checkins.common import named
from bot.handlers.checkins.desk import chart
from bot.handlers.checkins.desk.ground import (
    CELL,
    NO_INDICATOR,
    SHADES,
    TABLE,
    FiguresGround,
    Seen,
    title,
    to,
)
from bot.handlers.checkins.desk.table import short_name
from bot.handlers.checkins.figure_wording import light_text, short_value, value_text
from bot.handlers.kit.pages import DeskPage
from bot.handlers.papers.reports import ShowCharts
from bot.i18n import msg, percent
from bot.office.desk.visit import Answer, No, Sheet, TodayLine, Visit

PROGRESS = f"{TABLE}/tien-do"
_POINTS, _BACK = 12, 6
_WORST_FIRST: Sequence[Light] = ("slow", "behind", "missing", "on_track", "done", "untargeted")


class ProgressPage:
    def __init__(self, ground: FiguresGround) -> None:
        self._ground = ground
        self._reds = RedIndicators(ground.sums.db)

    async def show(self, visit: Visit) -> Answer:
        seen = await self._ground.seen(visit)
        if isinstance(seen, No):
            return seen
        code = visit.query.get("chi-tieu", "")
        if code:
            return await self._one(visit, seen, code)
        table = await self._ground.aimed(visit, seen)
        aimed = [(one, table.sums[one.code]) for one in table.indicators if table.sums[one.code].target is not None]
        aimed.sort(key=lambda pair: _WORST_FIRST.index(pair[1].light))
        bars = [_bar(visit, one, cell, one.label, to(PROGRESS, ky=seen.of.name, chi_tieu=one.code))
                for one, cell in aimed]  # fmt: skip
        shows: Mapping[str, object] = {"bars": bars, "line": None, "label": "", **self._around(visit, seen)}
        return Sheet("targets/progress.html", title(visit, msg("Tiến độ chỉ tiêu {period}"), seen.of), shows)

    async def _one(self, visit: Visit, seen: Seen, code: str) -> Answer:
        """Show an indicator: each village, those that need help first, and the commune over the last periods."""
        indicator = seen.indicator(code)
        if indicator is None:
            return No(visit.t(NO_INDICATOR))
        needed = [one for one in (indicator, seen.indicator(indicator.denominator)) if one is not None]
        table = await self._ground.sums.table(visit.commune.id, seen.of, needed, seen.today)
        cells = [(place, table.cell(code, place.id)) for place in table.villages]
        cells.sort(key=lambda pair: _WORST_FIRST.index(pair[1].light))
        bars = [
            _bar(visit, indicator, cell, place.full_name, to(CELL, ky=seen.of.name, noi=place.code, chi_tieu=code))
            for place, cell in cells
        ]
        shows: Mapping[str, object] = {
            "bars": bars,
            "line": await self._line(visit, seen, indicator, needed),
            "label": value_text(visit, indicator, table.sums[code]),
            **self._around(visit, seen, code),
        }
        return Sheet("targets/progress.html", visit.t("{label}, {period}", label=indicator.label,
                     period=named(visit, seen.of)), shows)  # fmt: skip

    async def _line(
        self, visit: Visit, seen: Seen, indicator: Indicator, needed: Sequence[Indicator]
    ) -> chart.PeriodLine | None:
        found = await self._ground.sums.trend(visit.commune.id, self._spans(seen.of, _POINTS), needed)
        points = [_point(visit, of, indicator, cells[indicator.code]) for of, cells in found]
        first = next((at for at, one in enumerate(points) if one.value is not None), None)
        return None if first is None else chart.line(points[min(first, len(points) - 2) :])

    def _spans(self, of: Period, count: int) -> list[Period]:
        spans = [of]
        while len(spans) < count and (before := self._ground.around(spans[0])[0]) is not None:
            spans.insert(0, before)
        return spans

    def _around(self, visit: Visit, seen: Seen, code: str = "") -> Mapping[str, object]:
        before, after = self._ground.around(seen.of)
        known = after is not None and after.first <= seen.today
        return {
            "before": before and (named(visit, before), to(PROGRESS, ky=before.name, chi_tieu=code)),
            "after": after and known and (named(visit, after), to(PROGRESS, ky=after.name, chi_tieu=code)),
            "back": to(TABLE, ky=seen.of.name),
            "all": to(PROGRESS, ky=seen.of.name) if code else "",
        }

    async def today(self, visit: Visit) -> Sequence[TodayLine]:
        """Say which indicators of this month are red, and since which month."""
        seen = await self._ground.seen(visit)
        if isinstance(seen, No) or not seen.access.allowed:
            return []
        found = await self._reds.of(visit.commune.id, self._spans(seen.of, _BACK), seen.indicators, seen.today)
        return [self._red(visit, seen, one) for one in found]

    def _red(self, visit: Visit, seen: Seen, one: RedIndicator) -> TodayLine:
        label = one.indicator.label
        text = visit.t("{label}: chậm từ {period}", label=label, period=named(visit, one.since))
        more = value_text(visit, one.indicator, one.total)
        if one.slow:
            names = ", ".join(place.full_name for place in one.slow[:5])
            more += visit.t(". Chậm nhất ở: {names}", names=names)
        return TodayLine("bad", text, to(PROGRESS, ky=seen.of.name, chi_tieu=one.indicator.code), more)

    def page(self) -> DeskPage:
        about = msg("Vạch đứng là chỉ tiêu; thanh ngắn nhất cần giúp trước. Chữ bên cạnh nói đủ, không cần nhìn màu.")
        return DeskPage(PROGRESS, self.show, act=Act.EXPORT_REPORTS, about=about, reaches=(ShowCharts.code,))


def _bar(visit: Visit, indicator: Indicator, cell: IndicatorCell, label: str, link: str) -> chart.ShareBar:
    reached = cell.percent if indicator.kind == "ratio" else cell.value
    share = None if reached is None or not cell.target else reached * 100 / cell.target
    says = f"{value_text(visit, indicator, cell).plain} · {light_text(visit, cell.light)}"
    if share is not None:
        says = f"{percent(share, visit.locale)} · {says}"
    return chart.bar(label, None if share is None else float(share), says, SHADES[cell.light], link)


def _point(visit: Visit, of: Period, indicator: Indicator, cell: IndicatorCell) -> chart.PeriodPoint:
    known = cell.reported and cell.value is not None
    value = cell.percent if indicator.kind == "ratio" and cell.percent is not None else cell.value
    says = percent(value, visit.locale) if value is not None and cell.percent is not None else None
    return chart.PeriodPoint(
        short_name(of),
        float(value) if known and value is not None else None,
        says or short_value(visit, indicator, cell) or "",
    )
