"""A receipt in words: how many groups have it, which have not and why, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features.announcements.causes import STOPPED, cause
from bot.features.announcements.model import STATES
from bot.features.announcements.receipt import Delivery, Part, Receipt
from bot.features.announcements.receipt_actions import (
    DecideRow,
    GoOn,
    NextUndecided,
    OpenReceipt,
    RetryFailed,
    SendReceipt,
)  # fmt: skip
from bot.features.announcements.ways import WAYS
from bot.features.outbox.hours import VIETNAM
from bot.i18n import spoken_time

_SHOWN = 10


def shown(ctx: Context, found: Receipt) -> Text:
    one = found.announcement
    groups = len(found.deliveries)
    lines = [
        ctx.t("**{label}** “{title}” ({state})", label=one.label, title=one.heading, state=ctx.word(STATES[one.state]))
    ]
    if not groups:
        lines.append(ctx.t("Chưa gửi tới nhóm nào."))
        return Text.join("\n", lines)
    lines.append(ctx.t("Đã chuyển tới {sent}/{all} nhóm.", sent=len(found.groups("sent")), all=groups))
    confirming = sum(one.confirms for one in found.deliveries)
    if confirming:
        lines.append(ctx.t("Đã xác nhận: {count}/{all} thôn.", count=len(found.acknowledged), all=confirming))
    if one.has_audio:
        lines.append(ctx.t("Đã phát loa: {count} thôn.", count=len(found.played)))
    if diverted := [one.village for one in found.diverted if one.state == "sent"]:
        lines.append(
            ctx.t("Nhóm chính không nhận được nên đã gửi sang nhóm khác: {villages}.", villages=_few(ctx, diverted))
        )
    if found.ways:
        lines.append(ways_line(ctx, found.ways))
    lines += _reasons(ctx, found.waiting)
    lines += _reasons(ctx, found.trouble)
    silent = [one.village for one in found.deliveries if one.silent]
    if silent:
        lines.append(ctx.t("Chưa xác nhận: {villages}.", villages=_few(ctx, silent)))
    if found.unreached:
        villages = _few(ctx, found.unreached, 5)
        lines.append(ctx.t("• Chưa có nhóm: {villages}. Báo bằng loa và điện thoại.", villages=villages))
    return Text.join("\n", lines)


def ways_line(ctx: Context, on: Sequence[str]) -> Text:
    """Empty when nothing was noted."""
    return ctx.t("Đưa thêm bằng: {ways}", ways=", ".join(ctx.word(WAYS[way]) for way in on)) if on else Text()


def _reasons(ctx: Context, found: Sequence[Delivery]) -> list[Text]:
    """Groups with the same cause stand in one line."""
    by_cause: dict[tuple[str, str], list[str]] = {}
    for one in found:
        why = cause(one)
        by_cause.setdefault((why.what, why.remedy), []).append(one.village)
    return [
        ctx.t(
            "• {villages}: {what}. {remedy}",
            villages=_few(ctx, villages),
            what=ctx.word(what),
            remedy=ctx.word(remedy) if remedy else "",
        ).strip()
        for (what, remedy), villages in by_cause.items()
    ]


def _few(ctx: Context, names: Sequence[str], most: int = _SHOWN) -> str:
    if len(names) <= most:
        return ", ".join(names)
    return ", ".join(names[:most]) + " " + ctx.word("và {count} nơi nữa").format(count=len(names) - most)


def offers(ctx: Context, found: Receipt) -> list[Button]:
    one = found.announcement
    undecided = sum(len(delivery.undecided) for delivery in found.deliveries)
    offers = [Button.to(ctx.word("Cập nhật"), OpenReceipt(one.id))] if found.deliveries else []
    if undecided:
        offers.insert(0, Button.to(ctx.word("Quyết định tin chưa rõ") + f" ({undecided})", NextUndecided(one.id)))
    if found.groups("failed"):
        offers.append(Button.to(ctx.word("Gửi lại nhóm bị lỗi"), RetryFailed(one.id)))
    if any(delivery.state == "held" and delivery.reason in STOPPED for delivery in found.deliveries):
        offers.append(Button.to(ctx.word("Gửi tiếp"), GoOn(one.id)))
    if found.deliveries:
        offers.append(Button.to(ctx.word("Tải Excel"), SendReceipt(one.id)))
    return offers


def decisions(ctx: Context, part: Part) -> list[Button]:
    return [
        Button.to(ctx.word("Nhóm đã nhận"), DecideRow(part.id, "received")),
        Button.to(ctx.word("Gửi lại"), DecideRow(part.id, "resend")),
        Button.to(ctx.word("Bỏ"), DecideRow(part.id, "drop")),
    ]


def clock(ctx: Context, at: datetime) -> str:
    return spoken_time(at.astimezone(VIETNAM).time(), ctx.locale)
