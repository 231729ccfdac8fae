"""Estimate how much of each messenger's monthly quota an announcement would use, before it is approved."""

from __future__ import annotations

from datetime import datetime

from bot.core.events import Chat
from bot.core.lean.values import replace
from bot.features import units
from bot.features.outbox.box import Outbox
from bot.features.outbox.quota import Need

from . import recalling
from .audience import ResolvedAudience
from .letter import letter
from .model import Announcement
from .relays.letter import RelayLetter


async def cost(one: Announcement, found: ResolvedAudience, outbox: Outbox, now: datetime) -> list[Need]:
    """Return the need of each messenger: the parts that it makes of the letter, for each of its groups."""
    commune = await units.by_id(one.commune_id)
    corrects = await recalling.named(one, outbox.translate, outbox.locale)
    needs: list[Need] = []
    for platform in sorted({channel.platform for channel in found.channels}):
        messages = letter(
            one,
            commune="" if commune is None else commune.full_name,
            corrects=corrects,
            translate=outbox.translate,
            locale=outbox.locale,
            hears_everything=outbox.capabilities[platform]["group"].hears_everything,
            target=1,
        )
        chats = [
            Chat(platform, channel.native_id, "group") for channel in found.channels if channel.platform == platform
        ]
        needs += await outbox.forecast(chats, messages, now=now)
    through_people = await _through_people(one, found, "" if commune is None else commune.full_name, outbox, now)
    both = {need.platform: need for need in needs}
    for need in through_people:
        groups = both.get(need.platform)
        both[need.platform] = (
            need
            if groups is None
            else replace(
                groups,
                calls=groups.calls + need.calls,
                counted=groups.counted + need.counted,
                unreachable=groups.unreachable + need.unreachable,
            )
        )
    return [both[platform] for platform in sorted(both)]


async def _through_people(
    one: Announcement, found: ResolvedAudience, commune: str, outbox: Outbox, now: datetime
) -> list[Need]:
    """Return what the first asks need; reminders and stand-ins come only where nobody answers."""
    chats = [relay.chat for each in found.relayed for relay in each.living[: 2 if one.urgent else 1]]
    if not chats:
        return []
    corrects = await recalling.named(one, outbox.translate, outbox.locale)
    letter_of = RelayLetter(
        one, commune, found.relayed[0].place.full_name, corrects, None, one.speaks_of, outbox.translate, outbox.locale
    )
    return await outbox.forecast(chats, letter_of.messages(0), now=now)
