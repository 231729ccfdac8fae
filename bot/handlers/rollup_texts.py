"""How sums and villages are put into words: a traffic light with its words, who is missing, what repeats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bot.core.context import Context
from bot.core.text import Text, upper_first
from bot.features.checkins.lights import LIGHTS, Cell, Light
from bot.features.checkins.model import Indicator
from bot.features.checkins.periods import Period, today
from bot.features.checkins.rollup import Table
from bot.features.checkins.stages import STAGES, App
from bot.features.units import Place
from bot.i18n import number, percent, short_date

from .checkin_desk import named
from .target_texts import amount

_WORST_FIRST: Sequence[Light] = ("slow", "behind", "on_track", "done", "untargeted", "missing")


def head(ctx: Context, place: Place, table: Table) -> Text:
    """`xã Yên Mô, tháng 11/2026, đến 24/11/2026`, who has reported and who has not."""
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
        names = ", ".join(one.full_name for one in table.missing)
        lines.append(ctx.t("Chưa báo cáo: {names}. Số chưa báo không tính là 0.", names=names))
    return Text.join("\n", lines)


def counted(ctx: Context, cells: Iterable[Cell]) -> Text:
    """`🟢 Đúng tiến độ 3 · 🔴 Chậm 1`."""
    lights = [cell.light for cell in cells]
    said = [f"{_sign(ctx, light)} {lights.count(light)}" for light in _WORST_FIRST if light in lights]
    return Text.verbatim(" · ".join(said))


def sum_lines(ctx: Context, table: Table, indicators: Sequence[Indicator]) -> list[Text]:
    """The sums of a commune, those that need help first; what has no target comes last, under one heading."""
    lines: list[Text] = []
    for light in _WORST_FIRST:
        alike = [one for one in indicators if table.sums[one.code].light == light]
        if light == "untargeted" and alike:
            lines.append(Text.verbatim(f"{_sign(ctx, light)}:"))
        lines += [sum_line(ctx, one, table, signed=light != "untargeted") for one in alike]
    return lines


def sum_line(ctx: Context, indicator: Indicator, table: Table, *, signed: bool = True) -> Text:
    """An indicator of a commune: light, sum, target, how many villages."""
    cell = table.sums[indicator.code]
    said = ctx.t(
        "{label}: {value}; {count}/{all} nơi",
        label=indicator.label,
        value=_value(ctx, indicator, cell),
        count=table.count(indicator.code),
        all=len(table.villages),
    )
    return Text.verbatim(f"{_sign(ctx, cell.light)}. " if signed else "• ") + said


def stage_lines(ctx: Context, app: App, table: Table) -> list[Text]:
    """An app, and for each stage what is counted and how much."""
    lines = [ctx.t("**{app}**", app=ctx.word(app.name))]
    for stage, label in STAGES.items():
        indicator = app.stages[stage]
        if indicator is None:
            code = app.shipped[stage]
            lines.append(ctx.t("• {stage}: chưa bật chỉ tiêu {code}", stage=ctx.word(label), code=code))
        else:
            value = _value(ctx, indicator, table.sums[indicator.code])
            lines.append(
                ctx.t("• {stage}: {value} – {label}", stage=ctx.word(label), value=value, label=indicator.label)
            )
    return lines


def cell_line(ctx: Context, indicator: Indicator, cell: Cell, *, again: bool) -> Text:
    """An indicator of one village."""
    said = ctx.t(
        "{light}. {label}: {value}",
        light=_sign(ctx, cell.light),
        label=indicator.label,
        value=_value(ctx, indicator, cell),
    )
    if again:
        said += Text.verbatim(". ") + ctx.t("Ba kỳ liền cùng một số, nên hỏi lại")
    return said


def told_line(ctx: Context, indicator: Indicator, cell: Cell) -> Text:
    """A figure for who told it; a light only where there is a target."""
    sign = "•" if cell.light == "untargeted" else f"{_sign(ctx, cell.light)}."
    said = ctx.t("{label}: {value}", label=indicator.label, value=_value(ctx, indicator, cell))
    return Text.verbatim(f"{sign} ") + said


def by_light(ctx: Context, indicator: Indicator, table: Table, again: Iterable[int]) -> list[Text]:
    """The villages of one indicator, those that need help first."""
    repeated = frozenset(again)
    groups: dict[Light, list[Text]] = defaultdict(list)
    for village in table.villages:
        cell = table.cell(indicator.code, village.id)
        value = _short(ctx, indicator, cell)
        said = Text.verbatim(village.full_name if value is None else f"{village.full_name} {value}")
        if cell.carried:
            said += ctx.t(" (số kỳ trước)")
        if village.id in repeated:
            said += ctx.t(" (ba kỳ liền cùng một số, nên hỏi lại)")
        groups[cell.light].append(said)
    return [
        Text.verbatim(f"{_sign(ctx, light)}: ") + Text.join(", ", groups[light])
        for light in _WORST_FIRST
        if light in groups
    ]


def trend_line(ctx: Context, indicator: Indicator, rows: Sequence[tuple[Period, Mapping[str, Cell]]]) -> Text:
    """The sums of the last periods, oldest first; a gap where nobody reported."""
    said = [
        ctx.t("{period}: {value}", period=named(ctx, of), value=_short(ctx, indicator, cells[indicator.code]) or "–")
        for of, cells in rows
    ]
    return Text.verbatim("📈 ") + Text.join("; ", said)


def _value(ctx: Context, indicator: Indicator, cell: Cell) -> Text:
    value = _short(ctx, indicator, cell)
    said = ctx.t("chưa có số") if value is None else Text.verbatim(f"{value} {indicator.unit}")
    if cell.carried:
        said += ctx.t(" (số kỳ trước)")
    if cell.target is not None:
        said += Text.verbatim(", ") + ctx.t("chỉ tiêu {amount}", amount=amount(ctx, indicator, cell.target))
    return said


def _short(ctx: Context, indicator: Indicator, cell: Cell) -> str | None:
    if cell.value is None:
        return None
    value = number(cell.value, ctx.locale)
    if indicator.kind != "ratio" or cell.whole is None or cell.percent is None:
        return value
    return f"{value}/{number(cell.whole, ctx.locale)} ({percent(cell.percent, ctx.locale)})"


def _sign(ctx: Context, light: Light) -> str:
    sign, words = LIGHTS[light]
    return f"{sign} {ctx.word(words)}"
