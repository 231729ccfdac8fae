"""How sums and villages are put into words: a traffic light with its words, who is missing, what repeats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bot.core.context import Context
from bot.core.text import Text, upper_first
from bot.features.calendar.periods import Period
from bot.features.calendar.vietnam import today
from bot.features.checkins.lights import IndicatorCell, Light
from bot.features.checkins.model import Indicator
from bot.features.checkins.reading.stages import STAGES, App
from bot.features.checkins.rollup import RollUpTable
from bot.features.units import Place
from bot.handlers.checkins.common import named
from bot.handlers.checkins.figure_wording import light_text, short_value, told_line, value_text
from bot.i18n import short_date

_WORST_FIRST: Sequence[Light] = ("slow", "behind", "on_track", "done", "untargeted", "missing")


def head(ctx: Context, place: Place, table: RollUpTable) -> Text:
    """Put the head in words: `xã Yên Mô, tháng 11/2026, đến 24/11/2026`, and which villages have reported."""
    until = short_date(min(table.period.last, today(ctx.now)), ctx.locale)
    lines = [
        ctx.t(
            "**{place}, {period}**, đến {day}",
            place=upper_first(place.full_name),
            period=named(ctx, table.period),
            day=until,
        ),
        ctx.t("{done}/{all} đơn vị đã báo cáo.", done=len(table.reporting), all=len(table.villages)),
    ]
    if table.missing:
        names = ", ".join([one.full_name for one in table.missing])
        lines.append(ctx.t("Chưa báo cáo: {names}. Số chưa báo không tính là 0.", names=names))
    return Text.join("\n", lines)


def counted(ctx: Context, cells: Iterable[IndicatorCell]) -> Text:
    """Count the lights, `🟢 Đúng tiến độ 3 · 🔴 Chậm 1`; those without a target are counted by their heading."""
    lights = [cell.light for cell in cells if cell.light != "untargeted"]
    counts = [f"{light_text(ctx, light)} {lights.count(light)}" for light in _WORST_FIRST if light in lights]
    return Text.verbatim(" · ".join(counts))


def sum_lines(ctx: Context, table: RollUpTable, indicators: Sequence[Indicator]) -> list[Text]:
    """List the sums of a commune, those that need help first, those without a target last under one heading."""
    lines: list[Text] = []
    for light in _WORST_FIRST:
        alike = [one for one in indicators if table.sums[one.code].light == light]
        if light == "untargeted" and alike:
            lines.append(Text.verbatim(f"{light_text(ctx, light)} ({len(alike)}):"))
        lines += [sum_line(ctx, one, table, signed=light != "untargeted") for one in alike]
    return lines


def sum_line(ctx: Context, indicator: Indicator, table: RollUpTable, *, signed: bool = True) -> Text:
    """Put an indicator of a commune in words: light, sum, target, number of villages."""
    cell = table.sums[indicator.code]
    reply = ctx.t(
        "{label}: {value}; {count}/{all} nơi",
        label=indicator.label,
        value=value_text(ctx, indicator, cell),
        count=table.count(indicator.code),
        all=len(table.villages),
    )
    return Text.verbatim(f"{light_text(ctx, cell.light)}. " if signed else "• ") + reply


def stage_lines(ctx: Context, app: App, table: RollUpTable) -> list[Text]:
    """List an app and, for each stage, the indicator that counts it with its value."""
    lines = [ctx.t("**{app}**", app=ctx.word(app.name))]
    for stage, label in STAGES.items():
        indicator = app.stages[stage]
        if indicator is None:
            code = app.shipped[stage]
            lines.append(ctx.t("• {stage}: chưa bật chỉ tiêu {code}", stage=ctx.word(label), code=code))
        else:
            value = value_text(ctx, indicator, table.sums[indicator.code])
            lines.append(
                ctx.t("• {stage}: {value} – {label}", stage=ctx.word(label), value=value, label=indicator.label)
            )
    return lines


def cell_line(ctx: Context, indicator: Indicator, cell: IndicatorCell, *, again: bool) -> Text:
    """Put an indicator of one village in words."""
    reply = told_line(ctx, indicator, cell)
    if again:
        reply += Text.verbatim(". ") + ctx.t("Ba kỳ liền cùng một số, nên hỏi lại")
    return reply


def by_light(ctx: Context, indicator: Indicator, table: RollUpTable, again: Iterable[int]) -> list[Text]:
    """List the villages of one indicator, those that need help first."""
    repeated = frozenset(again)
    groups: dict[Light, list[Text]] = defaultdict(list)
    for village in table.villages:
        cell = table.cell(indicator.code, village.id)
        value = short_value(ctx, indicator, cell)
        reply = Text.verbatim(village.full_name if value is None else f"{village.full_name} {value}")
        if cell.carried:
            reply += ctx.t(" (số kỳ trước)")
        if village.id in repeated:
            reply += ctx.t(" (ba kỳ liền cùng một số, nên hỏi lại)")
        groups[cell.light].append(reply)
    return [
        Text.verbatim(f"{light_text(ctx, light)}: ") + Text.join(", ", groups[light])
        for light in _WORST_FIRST
        if light in groups
    ]


def trend_line(ctx: Context, indicator: Indicator, rows: Sequence[tuple[Period, Mapping[str, IndicatorCell]]]) -> Text:
    """List the sums of the last periods, oldest first; with a gap for a period without reports."""
    values = [
        ctx.t(
            "{period}: {value}", period=named(ctx, of), value=short_value(ctx, indicator, cells[indicator.code]) or "–"
        )
        for of, cells in rows
    ]
    return Text.verbatim("📈 ") + Text.join("; ", values)
