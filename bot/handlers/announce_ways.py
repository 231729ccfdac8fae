"""Noting how an announcement is passed on outside of the bot: a tap for each way, at any time."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import rights
from bot.features.announcements import ways
from bot.features.announcements.actions import OpenAnnouncement, PutWay, ShowWays
from bot.features.announcements.model import Announcement
from bot.features.announcements.ways import WAYS
from bot.features.audit import Audit
from bot.features.people import Who
from bot.features.rights import Act

from .announce_desk import Desk
from .receipt_texts import ways_line

_ON = "✅ "


class WaysTalk:
    def __init__(self, desk: Desk, audit: Audit) -> None:
        self._desk = desk
        self._audit = audit

    async def show(self, ctx: Context, action: ShowWays) -> None:
        found = await self._opened(ctx, action.announcement)
        if found is not None:
            await self._offer(ctx, found[1])

    async def put(self, ctx: Context, action: PutWay) -> None:
        found = await self._opened(ctx, action.announcement)
        if found is None or action.way not in WAYS:
            return
        who, one = found
        async with ctx.changes():
            if await ways.put(one.id, action.way, on=action.on):
                details: dict[str, str | int | bool] = {"way": action.way, "on": action.on}
                await self._audit.append(who.person_id, "announcement.way", f"announcement:{one.id}", ctx.now, details)
            await self._offer(ctx, one)

    async def _opened(self, ctx: Context, announcement_id: int) -> tuple[Who, Announcement] | None:
        """For who writes announcements of this commune."""
        found = await self._desk.opened(ctx, announcement_id)
        if found is None:
            return None
        who, one = found
        if not (await rights.decide(who, Act.BROADCAST, one.commune_id, on=ctx.now)).allowed:
            ctx.reply(ctx.t("Việc ghi cách đưa tin là của người soạn thông báo của xã."))
            return None
        return found

    async def _offer(self, ctx: Context, one: Announcement) -> None:
        on = await ways.of(one.id)
        buttons = [
            Button.to((_ON if way in on else "") + upper_first(ctx.word(label)), PutWay(one.id, way, way not in on))
            for way, label in WAYS.items()
        ]
        lines = [
            ctx.t("Ngoài các nhóm nhận qua bot, {label} còn được đưa bằng cách nào?", label=one.label),
            ways_line(ctx, on) or ctx.t("Chưa ghi cách nào."),
        ]
        ctx.replace(Text.join("\n", lines), [*buttons, Button.to(ctx.word("Xong"), OpenAnnouncement(one.id))])


def build(talk: WaysTalk) -> Router:
    router = Router()
    router.action(ShowWays)(talk.show)
    router.action(PutWay)(talk.put)
    return router
