"""The words with which the phone asks about deciding on an announcement."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.text import Text
from bot.features.announcements.actions import Approve, GiveBack, GoUrgent
from bot.features.announcements.model import Announcement, AnnouncementRefused
from bot.features.announcements.writing.draft import NEWER
from bot.handlers.announcements.common import AnnouncementService
from bot.handlers.kit.by_phone import Asked, ByPhone, by_phone, one_line
from bot.i18n import number


class AnnouncementByPhone:
    def __init__(self, service: AnnouncementService) -> None:
        self._service = service

    async def approve(self, ctx: Context, action: Approve) -> Asked | None:
        one = await self._shown(ctx, action.announcement, action.version)
        if one is None:
            return None
        act = ctx.t("Duyệt thông báo {name}, gửi tới {reached}", name=_name(ctx, one), reached=await self._to(ctx, one))
        return Asked(act, f"{ctx.word('Duyệt')} {one.label}")

    async def give_back(self, ctx: Context, action: GiveBack) -> Asked | None:
        one = await self._shown(ctx, action.announcement, action.version)
        if one is None:
            return None
        if action.final:
            act = ctx.t("Từ chối hẳn thông báo {name}", name=_name(ctx, one))
            return Asked(act, f"{ctx.word('Từ chối')} {one.label}")
        act = ctx.t("Trả thông báo {name} lại cho người soạn", name=_name(ctx, one))
        return Asked(act, f"{ctx.word('Trả lại')} {one.label}")

    async def urgent(self, ctx: Context, action: GoUrgent) -> Asked | None:
        one = await self._shown(ctx, action.announcement, action.version)
        if one is None:
            return None
        act = ctx.t(
            "Gửi khẩn thông báo {name} tới {reached}, không chờ duyệt",
            name=_name(ctx, one),
            reached=await self._to(ctx, one),
        )
        return Asked(act, f"{ctx.word('Gửi khẩn')} {one.label}")

    async def _shown(self, ctx: Context, announcement_id: int, version: int) -> Announcement | None:
        found = await self._service.opened(ctx, announcement_id)
        if found is None:
            return None
        one = found[1]
        if one.version != version:
            await self._service.refused(ctx, AnnouncementRefused(NEWER), one.id)
            return None
        return one

    async def _to(self, ctx: Context, one: Announcement) -> Text:
        found = await self._service.features.approval.resolve(one, ctx.now)
        return ctx.t(
            "{villages} thôn ({groups} nhóm, {relays} thôn qua người đưa tin)",
            villages=number(len(found.villages) - len(found.unreached), ctx.locale),
            groups=number(len(found.channels), ctx.locale),
            relays=number(len(found.relayed), ctx.locale),
        )

    def kinds(self) -> Sequence[ByPhone]:
        return [by_phone(Approve, self.approve), by_phone(GiveBack, self.give_back), by_phone(GoUrgent, self.urgent)]


def _name(ctx: Context, one: Announcement) -> Text:
    return ctx.t("**{label}** “{title}”", label=one.label, title=one_line(one.heading))
