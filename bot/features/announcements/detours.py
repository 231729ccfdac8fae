"""Fallbacks: if a group cannot be reached, its people are told in another group of theirs, else through a person, once.

The receipt says so. The rows of the first group stay what they are, so the frozen count is true at every moment; those
of the second are counted apart. A row whose outcome is unclear never leads to a second group.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.groups import channels
from bot.features.groups.channels import Channel
from bot.features.outbox import detours
from bot.features.outbox.box import Outbox
from bot.features.outbox.detours import Overtaken
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import Announcement as Row
from bot.storage.tables.announcements import RelayTarget as RelayRow
from bot.storage.tables.places import Channel as ChannelRow

from . import relay_people, store
from .audience import RelayedVillage
from .choosing import best_of
from .model import Announcement, AnnouncementTarget, announcement
from .moving import move
from .posting import Posting
from .relays.asking import ReadAt, RelayPosting, nowhere

_WATCHED = timedelta(days=4)
"""So long after its approval a failure may still come to light: a late answer, a retry."""


class Detours:
    def __init__(self, outbox: Outbox, read_at: ReadAt = nowhere) -> None:
        self._outbox = outbox
        self._read_at = read_at

    async def tick(self, now: datetime) -> None:
        """Send stuck packages to other groups. Idempotent: running it twice, or concurrently, sends nothing twice.

        While rows of an announcement wait for a person nothing goes elsewhere: perhaps the message itself is at fault.
        """
        rows = await Row.filter(state__in=("sending", "done"), approved_at__gt=now - _WATCHED).order_by("id")
        for one in map(announcement, rows):
            # A correction is for exactly those who have the first.
            if one.audience.fixed or (one.expires_at is not None and one.expires_at <= now):
                continue
            packages = set(await detours.stuck(one.id, now - _WATCHED))
            if packages and not any(stop.announcement for stop in await self._outbox.stops(one.id)):
                for to in await store.targets(one.id):
                    if to.package in packages:
                        await self._try(one, to, now)

    async def move(self, one: Announcement, to: AnnouncementTarget, group: Channel, now: datetime) -> bool:
        """Move the waiting rows of a group that is given up to another one, inside the caller's transaction.

        Return False if nothing of it waits, if it is being sent or unclear, or if the other group has it already.
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

    async def _try(self, one: Announcement, to: AnnouncementTarget, now: datetime) -> None:
        try:
            async with in_transaction("default"):
                group = await self._other(one, to, now)
                village = await self._relayed(one, to, now) if group is None else None
                if (group or village) is not None and await detours.take_off(to.package, now):
                    if group is not None:
                        await self._write(one, to, group, now)
                    elif village is not None:
                        posting = await RelayPosting.of(one, self._outbox, self._read_at)
                        await detours.note((await posting.to(village, now)).package, to.package, now)
                    if one.state == "done":
                        await move(one, "sending", now, ended_at=None)
        except Overtaken:
            return

    async def _other(self, one: Announcement, to: AnnouncementTarget, now: datetime) -> Channel | None:
        """Return the best group of the same people that has not been tried yet."""
        first = await ChannelRow.get(id=to.channel_id)
        tried = {known.channel_id for known in await store.targets(one.id)}
        found: Sequence[Channel] = await channels.of_unit(to.unit_id, today(now))
        others = [
            group
            for group in found
            if group.id not in tried and (group.unit_id, group.purpose) == (to.unit_id, first.purpose)
        ]
        return await best_of(one, others, self._outbox, now)

    async def _relayed(self, one: Announcement, to: AnnouncementTarget, now: datetime) -> RelayedVillage | None:
        """Return the village with its relays if its own group failed and somebody can paste it there; else None."""
        first = await ChannelRow.get(id=to.channel_id)
        place = await units.successor(to.unit_id)
        if first.purpose != "village" or place is None:
            return None
        if await RelayRow.exists(announcement_id=one.id, unit_id=place.id):
            return None
        relays = (await relay_people.of_each([place.id], self._outbox, now))[place.id]
        found = RelayedVillage(place, relays)
        return found if found.living else None

    async def _write(
        self, one: Announcement, instead_of: AnnouncementTarget, group: Channel, now: datetime
    ) -> AnnouncementTarget:
        posting = await Posting.of(one, self._outbox)
        made = await posting.to(group, now)
        await detours.note(made.package, instead_of.package, now)
        return made
