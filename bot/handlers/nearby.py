"""The village that somebody asks about: that of the group, or in private one of the person's own commune."""

from __future__ import annotations

from bot.core.context import Context
from bot.features import channels, units
from bot.features.checkins.periods import today
from bot.features.checkins.scope import Scope
from bot.features.units import Place


async def village_asked(ctx: Context, code: str, found: Scope | None) -> Place | None:
    """`code` comes from anybody; in a group it does not count, so that each group hears of itself alone."""
    if ctx.private:
        return None if found is None else found.named(code)
    channel = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
    place = None if channel is None else await units.successor(channel.unit_id, today(ctx.now))
    return place if place is not None and place.level == "village" else None
