"""Sending an announcement after all into a group that has taken the bot back."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.features import rights, units
from bot.features.announcements.actions import OpenReceipt
from bot.features.announcements.missed import MissedAnnouncements
from bot.features.announcements.receipts.actions import SendMissed
from bot.features.audit import Audit
from bot.features.groups import channels
from bot.features.groups.naming import name_of
from bot.features.rights import Act
from bot.i18n import msg

from .common import AnnouncementService, open_button

_VOID = msg("{label} nay không gửi thêm được nữa.")


class MissedAnnouncementConversation:
    def __init__(self, service: AnnouncementService, audit: Audit) -> None:
        self._service = service
        self._audit = audit
        self._missed = MissedAnnouncements(service.features.outbox)

    async def send(self, ctx: Context, action: SendMissed) -> None:
        found = await self._service.opened(ctx, action.announcement)
        group = await channels.get(action.channel)
        if found is None or group is None:
            return
        who, one = found
        decision = await rights.decide(who, Act.BROADCAST, one.commune_id, on=ctx.now)
        if not decision.allowed:
            ctx.reply(ctx.t(decision.why))
            return
        unit = await units.successor(group.unit_id)
        values = {"label": one.label, "group": await name_of(group, "" if unit is None else unit.full_name)}
        async with ctx.changes():
            if not await self._missed.may_still_go(one, ctx.now):
                ctx.reply(ctx.t(_VOID, label=one.label), [open_button(ctx, one)])
                return
            sent = await self._missed.send(one, group, ctx.now)
            if sent:
                subject, details = f"announcement:{one.id}", {"channel": group.id}
                await self._audit.append(who.person_id, "announcement.sent_late", subject, ctx.now, details)
            ctx.reply(
                ctx.t("Tôi gửi {label} vào nhóm “{group}” ngay.", **values)
                if sent
                else ctx.t("Nhóm “{group}” đã có {label} hoặc đang chờ nhận.", **values),
                [Button.to(ctx.word("Biên nhận"), OpenReceipt(one.id))],
            )


def build(conversation: MissedAnnouncementConversation) -> Router:
    router = Router()
    router.action(SendMissed)(conversation.send)
    return router
