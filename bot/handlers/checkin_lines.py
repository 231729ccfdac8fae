"""Which village and which period each figure of a message counts for, and why some count for none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.core.context import Context
from bot.core.text import Text
from bot.features.checkins import answers, periods, values
from bot.features.checkins.answers import Line
from bot.features.checkins.model import Cadence, Figures, Indicator
from bot.features.checkins.periods import Period
from bot.features.checkins.scope import Scope, may
from bot.features.units import Place
from bot.i18n import msg

from .checkin_desk import Desk, named

_LONG_AGO = 200
"""Days since the end of a period that is meant only with its year: in November, “tháng 12” is rather a plan."""
_SUMMED: Mapping[Cadence, str] = {
    "week": msg("{label}: số {period} tôi tự cộng từ các tuần nên chưa ghi. Bác báo số từng tuần giúp tôi."),
    "month": msg("{label}: số {period} tôi tự cộng từ các tháng nên chưa ghi. Bác báo số từng tháng giúp tôi."),
    "quarter": msg("{label}: số {period} tôi tự cộng từ các quý nên chưa ghi. Bác báo số từng quý giúp tôi."),
    "half": msg("{label}: số {period} tôi tự cộng từ hai nửa năm nên chưa ghi. Bác báo số từng nửa năm giúp tôi."),
}


class LineReader:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def read(
        self,
        ctx: Context,
        found: Scope,
        figures: Figures,
        home: Place | None,
        indicators: Sequence[Indicator],
        *,
        amends: bool,
    ) -> tuple[list[Line], list[Text]]:
        """The entries with their village and period, and why some are not taken."""
        by_code = {one.code: one for one in indicators}
        lines: list[Line] = []
        refused: list[Text] = []
        for entry in figures.entries:
            place = found.named(entry.village) or home
            if place is None:
                continue
            allowed = await may(found.who, place.id, entry.indicator, ctx.now)
            indicator = by_code[entry.indicator]
            if not allowed.report:
                refused.append(_not_yours(ctx, indicator, place, allowed.why))
                continue
            of = await self._period(found, place, indicator, figures.period, ctx, amends=amends)
            if isinstance(of, Text):
                refused.append(of)
            else:
                said = replace(entry, sign="=") if amends and entry.sign == "?" else entry
                lines.append(answers.line_of(said, place.id, of))
        return lines, list(dict.fromkeys(refused))

    async def _period(
        self, found: Scope, place: Place, indicator: Indicator, hint: str, ctx: Context, *, amends: bool
    ) -> Period | Text:
        """The period meant: the one said, else the oldest that is still asked for, else the present one.

        Of a longer one than the indicator's it is the last part: that is what a stock comes to. A flow is summed of
        its parts, so nobody tells the sum.
        What is put right is that of the present period, else of the oldest that is still asked for.
        """
        today = periods.today(ctx.now)
        cadence = indicator.cadence
        of = periods.said(hint, cadence, today, self._desk.cut_off) if hint else None
        if hint[:1] == "D" and of == periods.at(today, cadence, self._desk.cut_off):
            # The day of writing, perhaps: it says nothing against the period that is still asked for.
            of, hint = None, ""
        if of is None and hint.startswith("W"):
            week = periods.said(hint, "week", today, self._desk.cut_off)
            of = None if week is None else periods.at(min(week.last, today), cadence, self._desk.cut_off)
        longer = periods.looked_up(hint, today, self._desk.cut_off) if of is None and hint else None
        if longer is not None and longer.kind != cadence and periods.can_hold(longer, cadence):
            if indicator.sums:
                return Text.verbatim("⚠️ ") + ctx.t(_SUMMED[cadence], label=indicator.label, period=named(ctx, longer))
            of = periods.at(min(longer.last, today), cadence, self._desk.cut_off)
        if of is None and hint not in ("", "this"):
            return Text.verbatim("⚠️ ") + ctx.t(
                "{label} không báo theo kỳ bác nêu nên tôi chưa tính. Bác gõ lại, ghi rõ tuần, tháng hoặc quý.",
                label=indicator.label,
            )
        if of is not None and hint[0] in "WMQH" and "/" not in hint and (today - of.last).days > _LONG_AGO:
            return Text.verbatim("⚠️ ") + ctx.t(
                "Kỳ {period} đã qua lâu nên tôi chưa ghi {label}. Nếu đúng kỳ ấy, gõ cả năm, ví dụ “tháng 12/2025”.",
                period=named(ctx, of),
                label=indicator.label,
            )
        if of is None:
            of = periods.at(today, cadence, self._desk.cut_off)
            awaited = await self._desk.rounds.awaited(found.commune.id, cadence)
            if awaited is not None and awaited.period.last < today:
                told = await values.of_period(place.id, awaited.period.name)
                known = amends and indicator.code in await values.of_period(place.id, of.name)
                if not told or (amends and indicator.code in told and not known):
                    of = awaited.period
        status = await self._desk.rounds.status(found.commune.id, cadence, of.name)
        if status is not None and not status.open:
            return Text.verbatim("⚠️ ") + ctx.t(
                "Kỳ {period} đã khóa sổ nên tôi không ghi {label}. Bác nhờ cán bộ xã mở lại kỳ, hoặc báo vào kỳ này.",
                period=named(ctx, of),
                label=indicator.label,
            )
        return of


def _not_yours(ctx: Context, indicator: Indicator, place: Place, why: str) -> Text:
    return Text.verbatim("⚠️ ") + ctx.t(
        "{label} của {village}: {why}", label=indicator.label, village=place.full_name, why=ctx.t(why)
    )
