"""Which village and which period each figure of a message counts for, and why some count for none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.context import Context, ReaderWords
from bot.core.lean.values import replace
from bot.core.text import Text
from bot.features.calendar import periods
from bot.features.calendar.periods import Cadence, Period
from bot.features.checkins import answers
from bot.features.checkins.answers import FigureLine
from bot.features.checkins.model import Figures, Indicator
from bot.features.checkins.reading import values
from bot.features.checkins.scope import FigureScope, may
from bot.features.units import Place
from bot.i18n import msg, short_date

from .common import CheckinService, named

_LONG_AGO = 200
"""Days since the end of a period that is meant only with its year: in November, “tháng 12” is rather a plan."""
_SUMMED: Mapping[Cadence, str] = {
    "week": msg("{label}: số {period} tôi tự cộng từ các tuần nên chưa ghi. Bác báo số từng tuần giúp tôi."),
    "month": msg("{label}: số {period} tôi tự cộng từ các tháng nên chưa ghi. Bác báo số từng tháng giúp tôi."),
    "quarter": msg("{label}: số {period} tôi tự cộng từ các quý nên chưa ghi. Bác báo số từng quý giúp tôi."),
    "half": msg("{label}: số {period} tôi tự cộng từ hai nửa năm nên chưa ghi. Bác báo số từng nửa năm giúp tôi."),
}

_AWAITED = msg(
    "bác nói ngày {day}, nhưng {period} còn chờ số nên tôi ghi vào kỳ ấy. Không phải thì bác gõ lại, thêm “tuần này” "
    "hoặc “tháng này”."
)
_OTHER_LENGTH = msg("bác nói {said}, chỉ tiêu này không báo theo kỳ ấy nên tôi ghi vào {period}.")


class LineReader:
    def __init__(self, service: CheckinService) -> None:
        self._service = service

    async def read(
        self,
        ctx: Context,
        found: FigureScope,
        figures: Figures,
        home: Place | None,
        indicators: Sequence[Indicator],
        *,
        amends: bool,
    ) -> tuple[list[FigureLine], list[Text]]:
        """Return the entries with their village and period, and the reasons why some are not taken."""
        by_code = {one.code: one for one in indicators}
        lines: list[FigureLine] = []
        refused: list[Text] = []
        moved: dict[str, tuple[Text, list[str]]] = {}
        for entry in figures.entries:
            place = found.named(entry.village) or home
            if place is None:
                continue
            allowed = await may(found.who, place.id, entry.indicator, ctx.now)
            indicator = by_code[entry.indicator]
            if not allowed.report:
                refused.append(not_yours(ctx, indicator, place, allowed.why))
                continue
            hint = self._hint(figures, indicator, ctx)
            of = await self._period(found, place, indicator, hint, ctx, amends=amends)
            if isinstance(of, Text):
                refused.append(of)
            else:
                meant = replace(entry, sign="=") if amends and entry.sign == "?" else entry
                lines.append(answers.line_of(meant, place.id, of))
                if (why := self._moved(ctx, hint, of)) is not None:
                    moved.setdefault(why.plain, (why, []))[1].append(indicator.label)
        notes = [
            Text.verbatim("⚠️ ") + Text.join(": ", [Text.verbatim("; ".join(dict.fromkeys(labels))), why])
            for why, labels in moved.values()
        ]
        return lines, [*dict.fromkeys(refused), *notes]

    def _hint(self, figures: Figures, indicator: Indicator, ctx: Context) -> str:
        """Return the period that was said; “tuần trước” for a monthly figure is that week, not a month."""
        if not figures.unit or figures.period not in ("this", "last") or figures.unit == indicator.cadence:
            return figures.period
        meant = periods.period_meant(figures.period, figures.unit, periods.today(ctx.now), self._service.cut_off)
        return figures.period if meant is None else periods.code_of(meant)

    def _moved(self, ctx: Context, hint: str, of: Period) -> Text | None:
        """Explain that a figure counts for another period than the one that was said; None if it does not."""
        today = periods.today(ctx.now)
        day = periods.day_meant(hint, today)
        if day is not None:
            if of.first <= day <= of.last:
                return None
            return ctx.t(_AWAITED, day=short_date(day, ctx.locale), period=named(ctx, of))
        if hint[:1] not in ("W", "M", "Q", "H", "Y", "9"):
            return None
        named_period = periods.looked_up(hint, today, self._service.cut_off)
        if named_period is None or named_period.name == of.name:
            return None
        return ctx.t(_OTHER_LENGTH, said=named(ctx, named_period), period=named(ctx, of))

    async def _period(
        self, found: FigureScope, place: Place, indicator: Indicator, hint: str, ctx: Context, *, amends: bool
    ) -> Period | Text:
        """Return the period meant: the one said, else the oldest still asked for, else the present one.

        Of a period longer than the indicator's it is the last part: that is the value of a stock. A flow is summed from
        its parts, so its sum is never reported, and the reason is returned.
        A correction (`amends`) is for the present period, else for the oldest still asked for.
        """
        today = periods.today(ctx.now)
        cadence = indicator.cadence
        of = periods.period_meant(hint, cadence, today, self._service.cut_off) if hint else None
        if hint[:1] == "D" and of == periods.at(today, cadence, self._service.cut_off):
            # The day of writing, perhaps: it says nothing against the period that is still asked for.
            of, hint = None, ""
        if of is None and hint.startswith("W"):
            week = periods.period_meant(hint, "week", today, self._service.cut_off)
            of = None if week is None else periods.at(min(week.last, today), cadence, self._service.cut_off)
        longer = periods.looked_up(hint, today, self._service.cut_off) if of is None and hint else None
        if longer is not None and longer.kind != cadence and periods.can_hold(longer, cadence):
            if indicator.sums:
                return Text.verbatim("⚠️ ") + ctx.t(_SUMMED[cadence], label=indicator.label, period=named(ctx, longer))
            of = periods.at(min(longer.last, today), cadence, self._service.cut_off)
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
            of = periods.at(today, cadence, self._service.cut_off)
            awaited = await self._service.rounds.awaited(found.commune.id, cadence)
            if awaited is not None and awaited.period.last < today:
                told = await values.of_period(place.id, awaited.period.name)
                known = amends and indicator.code in await values.of_period(place.id, of.name)
                if not told or (amends and indicator.code in told and not known):
                    of = awaited.period
        if not await self._service.rounds.takes(found.commune.id, cadence, of.name):
            return closed(ctx, indicator, of)
        return of


def closed(ctx: ReaderWords, indicator: Indicator, of: Period) -> Text:
    return Text.verbatim("⚠️ ") + ctx.t(
        "Kỳ {period} đã khóa sổ nên tôi không ghi {label}. Bác nhờ cán bộ xã mở lại kỳ, hoặc báo vào kỳ này.",
        period=named(ctx, of),
        label=indicator.label,
    )


def not_yours(ctx: ReaderWords, indicator: Indicator, place: Place, why: str) -> Text:
    return Text.verbatim("⚠️ ") + ctx.t(
        "{label} của {village}: {why}", label=indicator.label, village=place.full_name, why=ctx.t(why)
    )
