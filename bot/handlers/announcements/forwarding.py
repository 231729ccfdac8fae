"""Hands out words to forward into the group of a village that takes no bot: one message with nothing else in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from bot.core.context import Context
from bot.core.router import Router
from bot.core.text import Text
from bot.features import units
from bot.features.forwarding.actions import TakeWords
from bot.features.outbox.box import Outbox
from bot.handlers.kit.forwarding import ForwardKind, WordsForGroup, own_villages
from bot.handlers.kit.speaker import in_private, to_menu
from bot.i18n import msg

ChatOf = Callable[[str], str | None]
"""The address at which the people of a village talk to the bot, by the village's code; None without one."""
_ASK_HERE = "Hỏi máy của xã: {address}"
_GONE = msg("Tin này không còn để chuyển nữa.")
_HOW = msg("Bác nhấn giữ tin trên, chọn Chuyển tiếp, rồi chọn nhóm của thôn.")


class ForwardConversation:
    """The hint below the words is left out where each message is one of a plan, unless it offers something.

    It has no other choices: the numbers below the message that offered the words are still to be answered.
    """

    def __init__(self, outbox: Outbox, kinds: Iterable[ForwardKind], chat_of: ChatOf) -> None:
        self._outbox = outbox
        self._kinds = kinds
        self._chat_of = chat_of

    async def take(self, ctx: Context, action: TakeWords) -> None:
        if not in_private(ctx):
            return
        found = await self._words(ctx, action)
        if found is None or all(place.id != found.unit_id for place in await own_villages(ctx)):
            ctx.reply(ctx.t(_GONE), to_menu(ctx))
            return
        await hand_out(ctx, found.text, found.unit_id, self._chat_of)
        if found.then or not await self._outbox.months.counts(ctx.chat):
            ctx.reply(ctx.t(_HOW), found.then)

    async def _words(self, ctx: Context, action: TakeWords) -> WordsForGroup | None:
        for kind in self._kinds:
            if kind.name == action.kind:
                return await kind.write(ctx, action.key)
        return None


async def hand_out(ctx: Context, text: Text, unit_id: int, chat_of: ChatOf) -> None:
    """Reply with words to forward: where there is one, the address for questions stands in the last line."""
    place = await units.by_id(unit_id)
    address = None if place is None else chat_of(place.code)
    ctx.reply(text if address is None else Text.join("\n", [text, Text.of(_ASK_HERE, address=address)]))


def build(conversation: ForwardConversation) -> Router:
    router = Router()
    router.action(TakeWords)(conversation.take)
    return router
