"""Telling the villages which channels of the commune are the real ones, after the list has changed."""

from __future__ import annotations

from bot.core.actions import Action
from bot.core.context import Context
from bot.core.router import Router
from bot.features import rights
from bot.features.announcements import store
from bot.features.announcements.channel_list import TITLE, text_of
from bot.features.announcements.model import AnnouncementRefused
from bot.features.announcements.writing.draft import Drafts
from bot.features.people import people
from bot.features.rights import Act
from bot.handlers.announcements.common import open_button
from bot.handlers.kit.speaker import account_of, to_menu

from .history import Entrance


class TellOfChannels(Action, code="sn"):
    """Make a draft of an announcement out of the list as it is now."""

    unit: str


class ChannelNews:
    def __init__(self, entrance: Entrance, drafts: Drafts) -> None:
        self._entrance = entrance
        self._drafts = drafts

    async def draft(self, ctx: Context, action: TellOfChannels) -> None:
        found = await self._entrance(ctx, action.unit)
        if found is None:
            return
        place, commune = found
        who = await people.who(account_of(ctx), ctx.now)
        if not (await rights.decide(who, Act.BROADCAST, place.id, on=ctx.now)).allowed:
            ctx.reply(ctx.t("Việc soạn thông báo là của công chức và lãnh đạo xã."), to_menu(ctx))
            return
        text = text_of(commune.channels)
        same = [one for one in await store.open_ones(place.id) if (one.author_id, one.text) == (who.person_id, text)]
        if same:
            ctx.reply(ctx.t("Bản này đã soạn rồi: {label}.", label=same[0].label), [open_button(ctx, same[0])])
            return
        async with ctx.changes():
            made = await self._drafts.create(
                place.id, who, ctx.now, title=TITLE, text=text, source=f"Ủy ban nhân dân {place.full_name}"
            )
            if isinstance(made, AnnouncementRefused):
                ctx.reply(ctx.t(made.why, **made.values), to_menu(ctx))
            else:
                ctx.reply(
                    ctx.t("Đã soạn {label}. Bác xem lại, chọn nơi nhận rồi xin duyệt.", label=made.label),
                    [open_button(ctx, made), *to_menu(ctx)],
                )


def build(conversation: ChannelNews) -> Router:
    router = Router()
    router.action(TellOfChannels)(conversation.draft)
    return router
