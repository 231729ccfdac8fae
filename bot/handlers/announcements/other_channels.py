"""Noting how an announcement is passed on outside of the bot: a tap for each way, at any time."""

from __future__ import annotations

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features import rights
from bot.features.announcements import other_channels
from bot.features.announcements.actions import OpenAnnouncement, SetOtherChannel, ShowOtherChannels
from bot.features.announcements.model import Announcement
from bot.features.announcements.oa import broadcasts
from bot.features.announcements.oa.actions import ShowArticle
from bot.features.announcements.other_channels import FOR_ALL, OTHER_CHANNELS
from bot.features.announcements.receipts.actions import ShowVillages
from bot.features.audit import Audit
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.i18n import msg

from . import oa_articles
from .common import AnnouncementService
from .receipt_wording import POST_ON_OA, ways_line

_ON = "✅ "
_AFTER_APPROVAL = msg("Tin duyệt xong, trên biên nhận có nút “Đăng trang OA”: tôi đưa bài sẵn để bác đăng.")
_NOT_FOR_ALL = msg("Tin chỉ cho vài thôn thì tôi không soạn bài OA: ai quan tâm OA cũng đọc được.")


class OtherChannelsConversation:
    def __init__(self, service: AnnouncementService, audit: Audit) -> None:
        self._service = service
        self._audit = audit

    async def show(self, ctx: Context, action: ShowOtherChannels) -> None:
        found = await self._opened(ctx, action.announcement)
        if found is not None:
            await self._offer(ctx, found[1])

    async def put(self, ctx: Context, action: SetOtherChannel) -> None:
        found = await self._opened(ctx, action.announcement)
        if found is None or action.way not in OTHER_CHANNELS:
            return
        who, one = found
        async with ctx.changes():
            if await other_channels.put(one.id, action.way, on=action.on):
                details: dict[str, str | int | bool] = {"way": action.way, "on": action.on}
                await self._audit.append(who.person_id, "announcement.way", f"announcement:{one.id}", ctx.now, details)
            await self._offer(ctx, one)

    async def _opened(self, ctx: Context, announcement_id: int) -> tuple[Who, Announcement] | None:
        """Return the announcement for somebody who writes those of this commune; refuse otherwise."""
        found = await self._service.opened(ctx, announcement_id)
        if found is None:
            return None
        who, one = found
        if not (await rights.decide(who, Act.BROADCAST, one.commune_id, on=ctx.now)).allowed:
            ctx.reply(ctx.t("Việc ghi cách đưa tin là của người soạn thông báo của xã."))
            return None
        return found

    async def _offer(self, ctx: Context, one: Announcement) -> None:
        on = await other_channels.of(one.id)
        buttons = [
            Button.to(
                (_ON if way in on else "") + upper_first(ctx.word(label)), SetOtherChannel(one.id, way, way not in on)
            )
            for way, label in OTHER_CHANNELS.items()
            if way in FOR_ALL or way in on
        ]
        if await broadcasts.wanted(one):
            buttons.append(Button.to(ctx.word(POST_ON_OA), ShowArticle(one.id)))
        done = ShowVillages(one.id, 0) if one.rows else OpenAnnouncement(one.id)
        lines = [
            ctx.t("Ngoài các nhóm nhận qua bot, {label} còn được đưa bằng cách nào?", label=one.label),
            ways_line(ctx, on) or ctx.t("Chưa ghi cách nào."),
        ]
        if broadcasts.WAY in on and not one.rows:
            lines.append(ctx.t(_AFTER_APPROVAL if one.audience.every or one.audience.fixed else _NOT_FOR_ALL))
        ctx.replace(Text.join("\n", lines), [*buttons, Button.to(ctx.word("Xong"), done)])


def build(service: AnnouncementService, audit: Audit) -> Router:
    """Return these ways, with the one for which the bot writes the words."""
    conversation = OtherChannelsConversation(service, audit)
    router = Router()
    router.include(oa_articles.build(oa_articles.OaArticleConversation(service, audit)))
    router.action(ShowOtherChannels)(conversation.show)
    router.action(SetOtherChannel)(conversation.put)
    return router
