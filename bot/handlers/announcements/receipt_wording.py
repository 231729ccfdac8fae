"""A receipt in words: how many groups have it, which have not and why, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.context import ReaderNow
from bot.core.messages import Button
from bot.core.text import Text
from bot.features.announcements.actions import OpenReceipt
from bot.features.announcements.letter import moment
from bot.features.announcements.model import STATES
from bot.features.announcements.oa.actions import ShowArticle, TellPosted
from bot.features.announcements.oa.broadcasts import OaBroadcast
from bot.features.announcements.other_channels import OTHER_CHANNELS
from bot.features.announcements.receipts.actions import (
    DecideRow,
    GoOn,
    NextUndecided,
    RemindSilent,
    RetryFailed,
    SendReceipt,
    ShowProofs,
    ShowVillages,
)
from bot.features.announcements.receipts.causes import STOPPED, cause
from bot.features.announcements.receipts.delivery import AudienceDelivery, PackagePart
from bot.features.announcements.receipts.incidents import Incident, incidents
from bot.features.announcements.receipts.receipt import Receipt
from bot.features.calendar.vietnam import VIETNAM
from bot.handlers.kit.pausing import pause_lines
from bot.i18n import msg, number, time_in_words

from .relay_wording import receipt_lines

GOES_ON = ("sending", "done")
"""States in which something of it may still be sent."""
_SHOWN = 10
_FEWER = 5
"""Of many groups that nobody will go through by name."""
POST_ON_OA, COUNT_ON_OA, COUNT_AGAIN = msg("Đăng trang OA"), msg("Ghi số người OA"), msg("Sửa số người OA")
_OA_WENT = msg("Trang OA: đã gửi tới {count} người quan tâm OA, đăng lúc {time}. Không tính là thôn đã có tin.")
_OA_POSTED = msg("Trang OA: đăng lúc {time}, chưa ghi số người nhận. Không tính là thôn đã có tin.")


async def shown(ctx: ReaderNow, found: Receipt) -> Text:
    one = found.announcement
    groups = len(found.deliveries)
    lines = [
        ctx.t("**{label}** “{title}” ({state})", label=one.label, title=one.heading, state=ctx.word(STATES[one.state]))
    ]
    if not found.meant:
        lines.append(ctx.t("Chưa gửi tới nhóm nào."))
        return Text.join("\n", lines)
    if groups:
        lines.append(ctx.t("Đã chuyển tới {sent}/{all} nhóm.", sent=len(found.groups("sent")), all=groups))
    if found.relayed:
        pasted = sum(each.pasted is not None for each in found.relayed)
        lines.append(ctx.t("Qua người đưa tin: đã dán {pasted}/{all} thôn.", pasted=pasted, all=len(found.relayed)))
    if confirming := found.standing.confirming:
        lines.append(ctx.t("Đã xác nhận: {count}/{all} thôn.", count=len(found.acknowledged), all=confirming))
    if one.has_audio:
        lines.append(ctx.t("Đã phát loa: {count} thôn.", count=len(found.played)))
    if diverted := [one.village for one in found.diverted if one.state == "sent"]:
        lines.append(
            ctx.t("Nhóm chính không nhận được nên đã gửi sang nhóm khác: {villages}.", villages=_few(ctx, diverted))
        )
    if found.other_channels:
        lines.append(ways_line(ctx, found.other_channels))
    if found.oa is not None:
        lines.append(oa_line(ctx, found.oa))
    lines += _reasons(ctx, found.waiting)
    lines += await pause_lines(ctx, {one.target.chat.platform for one in found.waiting})
    unclear = incidents(found)
    lines += [incident_line(ctx, each) for each in unclear]
    # Where another message of the group surely failed, the group stands there too.
    lines += _reasons(ctx, [one for one in found.trouble if one.state != "uncertain" or not one.undecided])
    lines += receipt_lines(ctx, found)
    if silent := [one.village for one in found.standing.silent]:
        lines.append(ctx.t("Chưa xác nhận: {villages}.", villages=_few(ctx, silent)))
    removed, unreached = (
        [name for name in names if name not in _told_otherwise(found)] for names in (found.removed, found.unreached)
    )
    if removed:
        villages = _few(ctx, removed, 5)
        lines.append(
            ctx.t(
                "• {villages}: nhóm đã đưa tôi ra nên không có tin. Nhờ quản trị viên thêm tôi lại, "
                "tôi sẽ hỏi bác gửi bù.",
                villages=villages,
            )
        )
    if unreached:
        villages = _few(ctx, unreached, 5)
        lines.append(ctx.t("• Chưa có nhóm: {villages}. Báo bằng loa và điện thoại.", villages=villages))
    return Text.join("\n", lines)


def _told_otherwise(found: Receipt) -> frozenset[str]:
    return frozenset(place.full_name for place in found.without if place.id in found.also)


def ways_line(ctx: ReaderNow, on: Sequence[str]) -> Text:
    """Name the other ways that were noted; empty if there are none."""
    return ctx.t("Đưa thêm bằng: {ways}", ways=", ".join(ctx.word(OTHER_CHANNELS[way]) for way in on)) if on else Text()


def oa_line(ctx: ReaderNow, posted: OaBroadcast) -> Text:
    """Say how many followers of the official account it went to: they are people, and no village."""
    time = moment(posted.at, ctx.locale)
    if posted.followers is None:
        return ctx.t(_OA_POSTED, time=time)
    return ctx.t(_OA_WENT, count=number(posted.followers, ctx.locale), time=time)


def _oa_offers(ctx: ReaderNow, found: Receipt) -> list[Button]:
    if found.oa is None:
        return [Button.to(ctx.word(POST_ON_OA), ShowArticle(found.announcement.id))] if found.for_oa else []
    label = COUNT_ON_OA if found.oa.followers is None else COUNT_AGAIN
    return [Button.to(ctx.word(label), TellPosted(found.announcement.id))]


def _reasons(ctx: ReaderNow, found: Sequence[AudienceDelivery]) -> list[Text]:
    """Give the reasons, with all groups of the same cause in one line."""
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


def incident_line(ctx: ReaderNow, one: Incident) -> Text:
    villages = one.villages
    return ctx.t(
        "• {what}, {count} nhóm chưa rõ đã có tin chưa: {villages}.",
        what=happened(ctx, one),
        count=len(villages),
        villages=_few(ctx, villages, _SHOWN if len(villages) <= _SHOWN else _FEWER),
    )


def happened(ctx: ReaderNow, one: Incident) -> str:
    """Put an incident in words: “Mất mạng 11:22–11:32”, with the day unless it is today."""
    began, ended = one.began.astimezone(VIETNAM), one.ended.astimezone(VIETNAM)
    day = "" if began.date() == ctx.now.astimezone(VIETNAM).date() else f"{began:%d/%m} "
    time = f"{day}{began:%H:%M}" + ("" if f"{began:%H:%M}" == f"{ended:%H:%M}" else f"–{ended:%H:%M}")
    reply = msg("Máy tắt giữa chừng {time}") if one.cut_off else msg("Mất mạng {time}")
    return ctx.word(reply).format(time=time)


def _few(ctx: ReaderNow, names: Sequence[str], most: int = _SHOWN) -> str:
    if len(names) <= most:
        return ", ".join(names)
    return ", ".join(names[:most]) + " " + ctx.word("và {count} nơi nữa").format(count=len(names) - most)


def offers(ctx: ReaderNow, found: Receipt) -> list[Button]:
    one = found.announcement
    undecided = sum(len(delivery.undecided) for delivery in found.standing.undecided)
    offers = [Button.to(ctx.word("Cập nhật"), OpenReceipt(one.id))] if found.meant else []
    if undecided:
        offers.insert(0, Button.to(ctx.word("Quyết định tin chưa rõ") + f" ({undecided})", NextUndecided(one.id)))
    if found.groups("failed"):
        offers.append(Button.to(ctx.word("Gửi lại nhóm bị lỗi"), RetryFailed(one.id)))
    if any(delivery.reason in STOPPED for delivery in found.groups("held")):
        offers.append(Button.to(ctx.word("Gửi tiếp"), GoOn(one.id)))
    if one.state in GOES_ON and found.standing.silent:
        offers.append(Button.to(ctx.word("Nhắc thôn chưa xác nhận"), RemindSilent(one.id)))
    if pictures := found.proofs:
        offers.append(Button.to(ctx.word("Xem ảnh nhóm") + f" ({pictures})", ShowProofs(one.id, 0)))
    if found.meant:
        offers.append(Button.to(ctx.word("Từng thôn"), ShowVillages(one.id, 0)))
        offers += _oa_offers(ctx, found)
        offers.append(Button.to(ctx.word("Tải Excel"), SendReceipt(one.id)))
    return offers


def decisions(ctx: ReaderNow, part: PackagePart) -> list[Button]:
    return [
        Button.to(ctx.word("Nhóm đã nhận"), DecideRow(part.id, "received")),
        Button.to(ctx.word("Gửi lại"), DecideRow(part.id, "resend")),
        Button.to(ctx.word("Bỏ"), DecideRow(part.id, "drop")),
    ]


def clock(ctx: ReaderNow, at: datetime) -> str:
    return time_in_words(at.astimezone(VIETNAM).time(), ctx.locale)
