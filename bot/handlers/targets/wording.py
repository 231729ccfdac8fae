"""How targets are put into words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from bot.core.context import Context, ReaderWords
from bot.core.messages import Button
from bot.core.text import Text
from bot.features.calendar.periods import period
from bot.features.checkins.actions import ShareOut
from bot.features.checkins.assignments import AssignmentBody, Goal
from bot.features.checkins.model import FigureEntry, Indicator
from bot.features.checkins.reading.wishes import Way
from bot.features.checkins.targets import IndicatorTarget
from bot.features.units import Place
from bot.handlers.checkins.common import CheckinService, named
from bot.handlers.checkins.figure_wording import amount
from bot.i18n import msg

_LABELS: Mapping[Way, str] = {
    "each": msg("Mỗi nơi {value}"),
    "households": msg("Chia {value} theo số hộ"),
    "adults": msg("Chia {value} theo số người trưởng thành"),
}


def target_line(ctx: Context, indicator: Indicator, one: IndicatorTarget) -> Text:
    reply = ctx.t("• {label}: {amount}", label=indicator.label, amount=amount(ctx, indicator, one.value))
    if one.version > 1 and one.reason:
        reply += ctx.t(" (sửa lần {count}: {reason})", count=one.version - 1, reason=one.reason)
    return reply


def summed(ctx: ReaderWords, indicator: Indicator, goals: Sequence[IndicatorTarget]) -> Text:
    values = [one.value for one in goals]
    if min(values) == max(values):
        reply = ctx.t("mỗi nơi {amount}", amount=amount(ctx, indicator, values[0]))
    elif indicator.kind == "ratio":
        least, most = amount(ctx, indicator, min(values)), amount(ctx, indicator, max(values))
        reply = ctx.t("từ {least} đến {most}", least=least, most=most)
    else:
        reply = ctx.t("cộng {amount}", amount=amount(ctx, indicator, sum(values, Decimal(0))))
    return ctx.t("• {label}: {said}, {count} nơi", label=indicator.label, said=reply, count=len(goals))


def out_of_reach(ctx: Context, places: Sequence[Place]) -> Text:
    """Say how to reach the villages in which the message reached no one; empty if there are none."""
    if not places:
        return Text.verbatim("")
    names = ", ".join(one.full_name for one in places)
    return Text.verbatim("\n") + ctx.t(
        "Chưa có ai nhận được tin ở: {names}. Bác mời Tổ trưởng hoặc đăng ký nhóm của nơi ấy.", names=names
    )


async def preview(ctx: ReaderWords, service: CheckinService, body: AssignmentBody) -> Text:
    """Show the targets that would be set, villages with the same value together."""
    by_code = {one.code: one for one in await service.indicators()}
    grouped: dict[tuple[str, str], list[Goal]] = defaultdict(list)
    for goal in body.goals:
        grouped[goal.indicator, goal.period].append(goal)
    lines: list[Text] = []
    for (code, name), goals in grouped.items():
        indicator, of = by_code[code], named(ctx, period(name, service.cut_off))
        total = sum((one.value for one in goals), Decimal(0))
        if indicator.kind == "ratio" or len(goals) == 1:
            lines.append(ctx.t("**{label}**, {period}:", label=indicator.label, period=of))
        else:
            sum_text = amount(ctx, indicator, total)
            lines.append(ctx.t("**{label}**, {period}, cộng {said}:", label=indicator.label, period=of, said=sum_text))
        alike: dict[tuple[Decimal, Decimal | None], list[str]] = defaultdict(list)
        for goal in goals:
            alike[goal.value, goal.before].append((await service.place(goal.unit_id)).full_name)
        for (value, before), names in alike.items():
            lines.append(_preview_line(ctx, indicator, ", ".join(names), value, before))
    if body.reason:
        lines.append(ctx.t("Lý do sửa: {reason}", reason=body.reason))
    return Text.join("\n", lines)


def _preview_line(ctx: ReaderWords, indicator: Indicator, names: str, value: Decimal, before: Decimal | None) -> Text:
    now = amount(ctx, indicator, value)
    if before is None:
        return ctx.t("• {names}: {now}", names=names, now=now)
    return ctx.t("• {names}: {now} (trước là {before})", names=names, now=now, before=amount(ctx, indicator, before))


def ways(ctx: Context, shared: Sequence[FigureEntry]) -> list[Button]:
    value = ", ".join(f"{one.value:f}" for one in shared)
    return [Button.to(ctx.t(label, value=value).plain, ShareOut(way)) for way, label in _LABELS.items()]
