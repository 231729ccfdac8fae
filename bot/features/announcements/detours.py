"""A group that cannot be told: its people are told in another group of theirs, once, and the receipt says so.

The rows of the first stay what they are, so the frozen count is true at every moment; those of the second are counted
apart. What nobody knows the fate of never leads to a second group.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from bot.features import channels
from bot.features.channels import Channel
from bot.features.outbox import detours
from bot.features.outbox.box import Outbox
from bot.features.outbox.detours import Overtaken
from bot.features.outbox.hours import VIETNAM
from bot.storage.announcements import Announcement as Row
from bot.storage.outbox import OutboxRow
from bot.storage.places import Channel as ChannelRow

from . import store
from .choosing import best_of
from .model import Announcement, Target, announcement
from .moving import move
from .posting import Posting

_WATCHED = timedelta(days=4)
"""So long after its approval a failure may still come to light: a late answer, a retry."""


class Detours:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def tick(self, now: datetime) -> None:
        """Whoever runs it twice, or at the same moment, tells nobody twice.

        While rows of an announcement wait for a person nothing goes elsewhere: perhaps the message itself is at fault.
        """
        rows = await Row.filter(state__in=("sending", "done"), approved_at__gt=now - _WATCHED).order_by("id")
        for one in map(announcement, rows):
            # A correction is for exactly those who have the first.
            if one.audience.only or (one.expires_at is not None and one.expires_at <= now):
                continue
            packages = set(await detours.stuck(one.id, now - _WATCHED))
            if packages and not any(stop.announcement for stop in await self._outbox.stops(one.id)):
                for to in await store.targets(one.id):
                    if to.package in packages:
                        await self._try(one, to, now)

    async def move(self, one: Announcement, to: Target, group: Channel, now: datetime) -> bool:
        """What waits for a group leaves in another one, for the first is given up; inside the caller's transaction.

        False when nothing of it waits, when it is on its way or unclear, or when the other one has it.
        """
        if group.id in {known.channel_id for known in await store.targets(one.id)}:
            return False
        before = await detours.take_off(to.package, now, waiting=True)
        if not before:
            return False
        made = await self._write(one, to, group, now)
        waits = [row for row in before if row.state == "held" and row.reason not in detours.STUCK]
        if waits:
            # It waits for the same hour or the same decision as the others of its announcement.
            await OutboxRow.filter(package=made.package).update(state="held", reason=waits[0].reason)
        return True

    async def _try(self, one: Announcement, to: Target, now: datetime) -> None:
        try:
            async with in_transaction("default"):
                group = await self._other(one, to, now)
                if group is not None and await detours.take_off(to.package, now):
                    await self._write(one, to, group, now)
                    if one.state == "done":
                        await move(one, "sending", now, ended_at=None)
        except Overtaken:
            return

    async def _other(self, one: Announcement, to: Target, now: datetime) -> Channel | None:
        """The best group of the same people that has not been tried."""
        first = await ChannelRow.get(id=to.channel_id)
        tried = {known.channel_id for known in await store.targets(one.id)}
        found: Sequence[Channel] = await channels.of_unit(to.unit_id, now.astimezone(VIETNAM).date())
        others = [
            group
            for group in found
            if group.id not in tried and (group.unit_id, group.purpose) == (to.unit_id, first.purpose)
        ]
        return await best_of(one, others, self._outbox, now)

    async def _write(self, one: Announcement, instead_of: Target, group: Channel, now: datetime) -> Target:
        posting = await Posting.of(one, self._outbox)
        made = await posting.to(group, now)
        await detours.note(made.package, instead_of.package, now)
        return made
