"""A receipt village by village: the way that was used, why the next one, and a tap for what was done besides."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.router import Router
from bot.core.text import Text, upper_first
from bot.features.announcements.actions import OpenReceipt, ShowOtherChannels
from bot.features.announcements.other_channels import OF_VILLAGE, OTHER_CHANNELS
from bot.features.announcements.receipts import told, villages
from bot.features.announcements.receipts.actions import NoteTold, ShowVillage, ShowVillages
from bot.features.announcements.receipts.receipt import Receipt
from bot.features.announcements.receipts.villages import VillageReceipt
from bot.features.announcements.relays.actions import ShowVillageWays
from bot.features.audit import Audit
from bot.features.people import people
from bot.handlers.kit.speaker import in_private
from bot.i18n import msg

from .common import account
from .relay_wording import village_line, ways_words
from .unclear import allowed

_PAGE = 8
_ON = "✅ "
_HEAD = msg("**{label}** từng thôn, thôn chưa có tin đứng trước:")
_NO_VILLAGES = msg("{label} không gửi tới thôn nào.")
_ASK = msg("Thôn này còn được báo bằng cách nào nữa? Bác chọn, chọn lại là bỏ.")
_LEFT = msg("Còn cách: {ways}.")
_ALL = msg("Cả xã đưa thêm bằng…")
_WAYS = msg("Đổi thứ tự các cách của thôn")
_BACK = msg("Các thôn")


class VillageListConversation:
    def __init__(self, audit: Audit) -> None:
        self._audit = audit

    async def show(self, ctx: Context, action: ShowVillages) -> None:
        """List the villages, a page at a time; those that nobody has told come first."""
        found = await allowed(ctx, action.announcement) if in_private(ctx) else None
        if found is None:
            return
        one, listed = found.announcement, await villages.of(found)
        if not listed:
            ctx.reply(ctx.t(_NO_VILLAGES, label=one.label), [_receipt(ctx, one.id)])
            return
        page = action.page if 0 <= action.page * _PAGE < len(listed) else 0
        here = listed[page * _PAGE : (page + 1) * _PAGE]
        buttons = [Button.to(upper_first(each.village), ShowVillage(one.id, each.unit_id)) for each in here]
        if (page + 1) * _PAGE < len(listed):
            buttons.append(Button.to(ctx.word("Xem tiếp"), ShowVillages(one.id, page + 1)))
        buttons += [Button.to(ctx.word(_ALL), ShowOtherChannels(one.id)), _receipt(ctx, one.id)]
        lines = [ctx.t(_HEAD, label=one.label), *(village_line(ctx, each) for each in here)]
        ctx.replace(Text.join("\n", lines), buttons)

    async def open(self, ctx: Context, action: ShowVillage) -> None:
        found = await self._found(ctx, action.announcement, action.unit)
        if found is not None:
            self._offer(ctx, *found)

    async def note(self, ctx: Context, action: NoteTold) -> None:
        found = await self._found(ctx, action.announcement, action.unit)
        if found is None or action.way not in OF_VILLAGE:
            return
        who = await people.who(account(ctx), ctx.now)
        async with ctx.changes():
            if await told.put(action.announcement, action.unit, action.way, ctx.now, on=action.on):
                details: dict[str, str | int | bool] = {"way": action.way, "unit": action.unit, "on": action.on}
                about = f"announcement:{action.announcement}"
                await self._audit.append(who.person_id, "announcement.told", about, ctx.now, details)
            fresh = await self._found(ctx, action.announcement, action.unit)
            if fresh is not None:
                self._offer(ctx, *fresh)

    async def _found(self, ctx: Context, announcement_id: int, unit_id: int) -> tuple[Receipt, VillageReceipt] | None:
        """Return a village of a receipt for who may read it, in private; its number may be forged."""
        found = await allowed(ctx, announcement_id) if in_private(ctx) else None
        if found is None:
            return None
        one = next((each for each in await villages.of(found) if each.unit_id == unit_id), None)
        if one is None:
            await self.show(ctx, ShowVillages(announcement_id, 0))
            return None
        return found, one

    def _offer(self, ctx: Context, found: Receipt, one: VillageReceipt) -> None:
        lines = [village_line(ctx, one)]
        if not one.told and one.left:
            lines.append(ctx.t(_LEFT, ways=ways_words(ctx, one.left)))
        buttons = [
            Button.to(
                (_ON if way in one.also else "") + upper_first(ctx.word(OTHER_CHANNELS[way])),
                NoteTold(found.announcement.id, one.unit_id, way, way not in one.also),
            )
            for way in _offered(one)
        ]
        back = Button.to(ctx.word(_BACK), ShowVillages(found.announcement.id, 0))
        order = Button.to(ctx.word(_WAYS), ShowVillageWays(one.unit_id))
        offered = [*buttons, order, back, _receipt(ctx, found.announcement.id)]
        ctx.replace(Text.join("\n", [*lines, ctx.t(_ASK)]), offered)


def _offered(one: VillageReceipt) -> Sequence[str]:
    """Return the ways in the village's order; a village whose relay has pasted it is not asked that again."""
    pasted = one.relayed is not None and one.relayed.pasted is not None
    rest = [way for way in OF_VILLAGE if way not in one.left and not (way == "groups" and pasted)]
    return [*one.left, *rest]


def _receipt(ctx: Context, announcement_id: int) -> Button:
    return Button.to(ctx.word("Biên nhận"), OpenReceipt(announcement_id))


def build(conversation: VillageListConversation) -> Router:
    router = Router()
    router.action(ShowVillages)(conversation.show)
    router.action(ShowVillage)(conversation.open)
    router.action(NoteTold)(conversation.note)
    return router
