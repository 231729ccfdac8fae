"""How one figure is put into words: its value, its target, its traffic light."""

from __future__ import annotations

from decimal import Decimal

from bot.core.context import ReaderWords
from bot.core.text import Text
from bot.features.checkins.lights import LIGHTS, IndicatorCell, Light
from bot.features.checkins.model import Indicator
from bot.i18n import number, percent


def amount(ctx: ReaderWords, indicator: Indicator, value: Decimal) -> str:
    """Put a target in words: percent for a ratio, else with the unit of measure."""
    if indicator.kind == "ratio":
        return percent(value, ctx.locale)
    return f"{number(value, ctx.locale)} {indicator.unit}"


def told_line(ctx: ReaderWords, indicator: Indicator, cell: IndicatorCell) -> Text:
    """Put a figure of one village in words, with its traffic light if it has a target."""
    sign = "•" if cell.light == "untargeted" else f"{light_text(ctx, cell.light)}."
    reply = ctx.t("{label}: {value}", label=indicator.label, value=value_text(ctx, indicator, cell))
    return Text.verbatim(f"{sign} ") + reply


def value_text(ctx: ReaderWords, indicator: Indicator, cell: IndicatorCell) -> Text:
    value = short_value(ctx, indicator, cell)
    reply = ctx.t("chưa có số") if value is None else Text.verbatim(f"{value} {indicator.unit}")
    if cell.carried:
        reply += ctx.t(" (số kỳ trước)")
    if cell.target is not None:
        reply += Text.verbatim(", ") + ctx.t("chỉ tiêu {amount}", amount=amount(ctx, indicator, cell.target))
    return reply


def short_value(ctx: ReaderWords, indicator: Indicator, cell: IndicatorCell) -> str | None:
    if cell.value is None:
        return None
    value = number(cell.value, ctx.locale)
    if indicator.kind != "ratio" or cell.whole is None or cell.percent is None:
        return value
    return f"{value}/{number(cell.whole, ctx.locale)} ({percent(cell.percent, ctx.locale)})"


def light_text(ctx: ReaderWords, light: Light) -> str:
    sign, words = LIGHTS[light]
    return f"{sign} {ctx.word(words)}".lstrip()
