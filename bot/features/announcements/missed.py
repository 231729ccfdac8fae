"""Missed announcements: when a group that had removed the bot adds it again, its author may send them after all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from bot.core.messages import Button
from bot.core.text import Text
from bot.features import units
from bot.features.calendar.vietnam import local_day, today
from bot.features.groups import channels
from bot.features.groups.channels import Channel
from bot.features.groups.naming import name_for
from bot.features.outbox.box import Outbox
from bot.i18n import msg
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.tables.announcements import Announcement as Row
from bot.storage.tables.places import Channel as ChannelRow

from . import store
from .model import Announcement, announcement
from .moving import move
from .notices import tell
from .posting import Posting
from .receipts.actions import SendMissed
from .receipts.causes import removed
from .receipts.receipt import Receipt, receipt

_WATCHED = timedelta(days=4)
"""What is older is no news any more."""
_OFFER = msg("Tôi đã vào lại nhóm “{group}”, {unit}. Nhóm chưa có {label} “{title}”. Bác gửi bù không?")
_SEND = msg("Gửi bù")


class MissedAnnouncements:
    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def tick(self, now: datetime) -> None:
        """Offer missed announcements to their authors.

        Idempotent: a key of announcement and group makes it offer once.
        """
        rows = await Row.filter(state__in=("sending", "done"), approved_at__gt=now - _WATCHED).order_by("id")
        for one in map(announcement, rows):
            came_back = await self._came_back(one)
            if came_back and await self.may_still_go(one, now):
                found = await receipt(one.id, today(now))
                for group in came_back if found is not None else ():
                    if found is not None and await _lacks(found, group):
                        await self._offer(one, group, now)

    async def may_still_go(self, one: Announcement, now: datetime) -> bool:
        """Tell whether it may still be sent: it is not over, and no correction or recall has replaced it."""
        over = one.state not in ("sending", "done") or (one.expires_at is not None and one.expires_at <= now)
        return not over and not any(later.rows for later in await store.standing(one))

    async def send(self, one: Announcement, group: Channel, now: datetime) -> bool:
        """Send it to this group alone, inside the caller's transaction.

        Return False if the group has it or soon will.
        """
        # Two who press at the same moment: the second one waits here and then sees the first one's rows.
        await Row.filter(id=one.id).select_for_update().first()
        found = await receipt(one.id, today(now))
        if found is None or not group.active or not await _lacks(found, group):
            return False
        target = next((to for to in await store.targets(one.id) if to.channel_id == group.id), None)
        if target is not None:
            if not await self._outbox.retry(one.id, now, package=target.package):
                return False
        else:
            posting = await Posting.of(one, self._outbox)
            await posting.to(group, now)
            rows = await OutboxRow.filter(announcement=one.id, resend_of=0).count()
            await Row.filter(id=one.id).update(rows=rows, channels=one.channels + 1)
        if one.state == "done":
            await move(one, "sending", now, ended_at=None)
        self._outbox.wake()
        return True

    async def _came_back(self, one: Announcement) -> Sequence[Channel]:
        """Return the groups that were registered before it was approved and changed since then."""
        if one.approved_at is None:
            return []
        rows = ChannelRow.filter(active=True, registered_at__lt=one.approved_at, updated_at__gt=one.approved_at)
        found = [await channels.get(row.id) for row in await rows.order_by("id").only("id")]
        below = {place.id for place in await units.descendants(one.commune_id, local_day(one.approved_at))}
        return [group for group in found if group is not None and group.unit_id in below | {one.commune_id}]

    async def _offer(self, one: Announcement, group: Channel, now: datetime) -> None:
        unit = await units.successor(group.unit_id)
        name = "" if unit is None else unit.full_name
        text = Text.of(
            self._outbox.translate(self._outbox.locale, _OFFER),
            group=name_for(group.title, group.platform, name),
            unit=name,
            label=one.label,
            title=one.heading,
        )
        label = f"{self._outbox.translate(self._outbox.locale, _SEND)} {one.label}"
        async with in_transaction("default"):
            key = f"tb{one.id}-back:{group.id}"
            await tell(self._outbox, one.author_id, text, key, now, [Button.to(label, SendMissed(one.id, group.id))])


async def _lacks(found: Receipt, group: Channel) -> bool:
    """Tell whether the group's people were meant and missed it because the bot was not in the group."""
    one = found.announcement
    for delivery in found.deliveries:
        if delivery.target.channel_id == group.id:
            row = await ChannelRow.get(id=group.id)
            return removed(delivery) and delivery.at is not None and row.updated_at > delivery.at
    if one.audience.fixed:
        return group.id in one.audience.only
    unit = await units.successor(group.unit_id)
    return group.purpose == "village" and unit is not None and unit.full_name in (*found.unreached, *found.removed)
