"""What an announcement would use of the month of each messenger, before anybody approves it."""

from __future__ import annotations

from datetime import datetime

from bot.core.events import Chat
from bot.features import units
from bot.features.outbox.box import Outbox
from bot.features.outbox.quota import Need

from . import store
from .audience import Resolved
from .letter import letter
from .model import Announcement


async def cost(one: Announcement, found: Resolved, outbox: Outbox, now: datetime) -> list[Need]:
    """By messenger: the parts that each makes of the letter, for each of its groups."""
    commune = await units.by_id(one.commune_id)
    first = await store.get(one.corrects) if one.corrects else None
    needs: list[Need] = []
    for platform in sorted({channel.platform for channel in found.channels}):
        messages = letter(
            one,
            commune="" if commune is None else commune.full_name,
            corrects="" if first is None else first.label,
            translate=outbox.translate,
            locale=outbox.locale,
            hears_everything=outbox.capabilities[platform]["group"].hears_everything,
            target=1,
        )
        chats = [
            Chat(platform, channel.native_id, "group") for channel in found.channels if channel.platform == platform
        ]
        needs += await outbox.forecast(chats, messages, now=now)
    return needs
