"""Figures: villages × indicators of a period, and the commune's sums, as the desk shows them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct
from pydantic import Field

from bot.features.calendar import periods
from bot.features.calendar.periods import CutOff, Period
from bot.features.checkins.indicator_history import history
from bot.features.checkins.lights import IndicatorCell, Light
from bot.features.checkins.model import Indicator
from bot.features.checkins.rollup import RollUps, RollUpTable
from bot.features.reports.access import access
from bot.features.rights import Act
from bot.office.api.reading import Answer, ApiRead, Asked, Listed, NotAllowed, NotThere, Parameter, Shown

_ONLY_SUMS = "Figures of single villages are not for this role."
_PERIOD = Parameter(
    "period",
    "A week, month, quarter, half, nine months or year; without it the month of today.",
    "2026-10",
    r"20[0-9]{2}(-(W(0[1-9]|[1-4][0-9]|5[0-3])|0[1-9]|1[0-2]|Q[1-4]|H[12]|9M))?",
)
_INDICATOR = Parameter("indicator", "Only this one, by its code.", "CQ01", "[A-Z0-9]{2,8}")
_VILLAGE = Parameter("village", "Only this one, by its code.", "thon-7", "[a-z0-9]+(-[a-z0-9]+)*")
_LIGHT = "How far it is from its target: done, on_track, behind, slow, missing (not reported), untargeted."
_NO_PERIOD, _NO_INDICATOR = "There is no such period.", "No indicator with this code is counted in this period."


class ShownFigure(Shown):
    """An indicator in a village and a period; those with neither a value nor a target are left out."""

    village: str = Field(description="The code of the village.")
    indicator: str = Field(description="The code of the indicator.")
    period: str
    value: float | None = Field(description="Null: nothing was ever reported.")
    whole: float | None = Field(description="What the value is a share of, where it is one.")
    percent: float | None
    target: float | None
    light: Light = Field(description=_LIGHT)
    carried: bool = Field(description="Nothing was reported in the period; the value is an earlier one.")


class ShownTotal(Shown):
    """An indicator in the whole commune and a period: the sum of its villages, and of a ratio the sum of both."""

    indicator: str = Field(description="The code of the indicator.")
    period: str
    value: float | None
    whole: float | None
    percent: float | None
    target: float | None
    light: Light = Field(description=_LIGHT)
    carried: bool
    villages: int = Field(description="How many villages have reported it in the period.")


class _Meant(Struct, frozen=True):
    """The matter of a read: a period, and the indicators of it that the reader may see."""

    of: Period
    indicators: Sequence[Indicator]


class FigureReads:
    """`cut_off` is the commune's."""

    def __init__(self, sums: RollUps, cut_off: CutOff) -> None:
        self._sums = sums
        self._cut_off = cut_off

    async def figures(self, asked: Asked) -> Answer:
        meant = await self._meant(asked, each_village=True)
        if not isinstance(meant, _Meant):
            return meant
        table = await self._table(asked, meant)
        places = {one.code: one for one in table.villages}
        village = asked.value("village")
        if village and village not in places:
            return NotThere("There is no village with this code in this period.")
        keys = [
            (code, one.code)
            for code in sorted([village] if village else places)
            for one in sorted(meant.indicators, key=lambda one: one.code)
        ]
        found = [
            (key, cell)
            for key in keys
            if f"{key[0]}.{key[1]}" > asked.cursor and _told(cell := table.cell(key[1], places[key[0]].id))
        ]
        shown = [
            ShownFigure(
                village=place, indicator=code, period=meant.of.name, value=_number(cell.value),
                whole=_number(cell.whole), percent=_number(cell.percent), target=_number(cell.target),
                light=cell.light, carried=cell.carried,
            )
            for (place, code), cell in found[: asked.limit]
        ]  # fmt: skip
        last = found[asked.limit - 1][0] if len(found) > asked.limit else None
        return Listed(shown, "" if last is None else f"{last[0]}.{last[1]}")

    async def totals(self, asked: Asked) -> Answer:
        meant = await self._meant(asked, each_village=False)
        if not isinstance(meant, _Meant):
            return meant
        table = await self._table(asked, meant)
        codes = sorted(one.code for one in meant.indicators)
        found = [code for code in codes if code > asked.cursor and _told(table.sums[code])]
        some = found[: asked.limit]
        return Listed([_total(table, code) for code in some], some[-1] if len(found) > asked.limit else "")

    async def _meant(self, asked: Asked, *, each_village: bool) -> _Meant | NotThere | NotAllowed:
        name, code = asked.value("period"), asked.value("indicator")
        try:
            of = (
                periods.period(name, self._cut_off)
                if name
                else periods.at(periods.today(asked.now), "month", self._cut_off)
            )
        except periods.PeriodError:
            return NotThere(_NO_PERIOD)
        may = await access(asked.who, asked.commune, asked.now)
        if not may.allowed or (each_village and may.sums_only):
            return NotAllowed(may.why or _ONLY_SUMS)
        counted = [one for one in (await history()).counted_in(of) if may.covers(one.code)]
        wanted = [one for one in counted if not code or one.code == code]
        return NotThere(_NO_INDICATOR) if code and not wanted else _Meant(of, wanted)

    async def _table(self, asked: Asked, meant: _Meant) -> RollUpTable:
        """Return the table of the indicators, with those that they are a share of."""
        named = {one.code for one in meant.indicators}
        wholes = {one.denominator for one in meant.indicators} - named
        more = [one for one in (await history()).counted_in(meant.of) if one.code in wholes] if wholes else []
        return await self._sums.table(asked.commune.id, meant.of, [*meant.indicators, *more], periods.today(asked.now))

    def reads(self) -> list[ApiRead]:
        return [
            ApiRead("/figures", "figures", "The figures of a period, village by village.", "figures",
                    Act.EXPORT_REPORTS, ShownFigure, self.figures, parameters=(_PERIOD, _INDICATOR, _VILLAGE),
                    cursor=r"[a-z0-9-]{1,60}\.[A-Z0-9]{1,8}"),
            ApiRead("/totals", "totals", "The figures of a period in the whole commune.", "figures",
                    Act.EXPORT_REPORTS, ShownTotal, self.totals, parameters=(_PERIOD, _INDICATOR),
                    cursor="[A-Z0-9]{1,8}"),
        ]  # fmt: skip


def _told(cell: IndicatorCell) -> bool:
    return cell.value is not None or cell.target is not None


def _total(table: RollUpTable, code: str) -> ShownTotal:
    cell = table.sums[code]
    return ShownTotal(
        indicator=code, period=table.period.name, value=_number(cell.value), whole=_number(cell.whole),
        percent=_number(cell.percent), target=_number(cell.target), light=cell.light, carried=cell.carried,
        villages=table.count(code),
    )  # fmt: skip


def _number(value: Decimal | None) -> float | None:
    """Return a value as JSON has it; figures are whole thousandths, so nothing of them is lost."""
    return None if value is None else float(round(value, 3))
