"""The village that somebody asks about: that of the group, or in private one of the person's own commune."""

from __future__ import annotations

from bot.core.context import Context
from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.checkins.scope import FigureScope
from bot.features.groups import channels
from bot.features.units import Place


async def village_asked(ctx: Context, code: str, found: FigureScope | None) -> Place | None:
    """Return the village of `code`, which may be forged; in a group `code` is ignored for the group's own village."""
    if ctx.private:
        return None if found is None else found.named(code)
    channel = await channels.of_chat(ctx.chat.platform, ctx.chat.id)
    place = None if channel is None else await units.successor(channel.unit_id, today(ctx.now))
    return place if place is not None and place.level == "village" else None
