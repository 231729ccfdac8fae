"""Move a village to another of its groups, in one step: the old one is retired, and its waiting messages follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from bot.core.messages import Message
from bot.core.text import Text
from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.detours import Detours
from bot.features.audit import Audit, Detail
from bot.features.calendar.vietnam import today
from bot.features.groups import channels
from bot.features.groups.channels import Channel
from bot.features.groups.naming import called, name_of
from bot.features.notices import delivery_channels
from bot.features.notices.fallback import ALONE, NoticeFallback
from bot.features.outbox import detours
from bot.features.outbox.box import Outbox
from bot.i18n import msg

_GONE = msg("Từ nay tin của xã cho {unit} đến nhóm “{group}” trên {platform}, không vào nhóm này nữa.")
_HERE = msg("Từ nay tin của xã cho {unit} đến nhóm này, thay nhóm “{group}” trên {platform}.")


class GroupMovePlan(Struct, frozen=True):
    """The effect of leaving a messenger: `moves` are pairs (group there, group instead), `stay` have no other group."""

    moves: tuple[tuple[Channel, Channel], ...]
    stay: tuple[Channel, ...]


class GroupMoves:
    """Moves groups. All methods that change something run inside the caller's transaction."""

    def __init__(self, outbox: Outbox, audit: Audit) -> None:
        self._outbox = outbox
        self._audit = audit
        self._announcements = Detours(outbox)
        self._notices = NoticeFallback(outbox)

    async def to(self, group: Channel, by: int | None, now: datetime) -> Sequence[Channel] | None:
        """Tell its people in this group alone from now on; return the retired groups, None if this group is lost.

        Messages that are being sent to an old group, or may have arrived there, stay there. A group on a messenger that
        does not run is lost, too: what follows into it could not even be written down.
        """
        if "group" not in self._outbox.capabilities.get(group.platform, {}):
            return None
        retired = await channels.take_over(group, now)
        for old in retired or ():
            await self._follow(old, group, now)
            await self._say(old, group, now)
        if retired:
            details: dict[str, Detail] = {"unit": group.unit_id, "retired": len(retired)}
            await self._audit.append(by, "group_moved", f"channel:{group.id}", now, details)
        return retired

    async def plan(self, commune_id: int, platform: str, now: datetime) -> GroupMovePlan:
        """Find for each group on a messenger the cheapest live group of its people elsewhere."""
        moves: list[tuple[Channel, Channel]] = []
        stay: list[Channel] = []
        for group in await channels.of_commune(commune_id, today(now)):
            if group.platform != platform:
                continue
            others = [one for one in await channels.same_people(group) if one.platform != platform]
            alive = await delivery_channels.living(
                self._outbox, [delivery_channels.chat_of(one) for one in others], now
            )
            best = [
                one
                for same in delivery_channels.audiences(others, self._outbox.capabilities)
                for one in same
                if delivery_channels.chat_of(one) in alive
            ]
            if best:
                moves.append((group, best[0]))
            else:
                stay.append(group)
        return GroupMovePlan(tuple(moves), tuple(stay))

    async def leave(self, commune_id: int, platform: str, by: int | None, now: datetime) -> GroupMovePlan:
        """Leave a blocked messenger: move all people who have another live group; return what was done."""
        plan = await self.plan(commune_id, platform, now)
        for _, group in plan.moves:
            await self.to(group, by, now)
        return plan

    async def come_back(self, commune_id: int, platform: str, by: int | None, now: datetime) -> Sequence[Channel]:
        """Return to a messenger that works again: its retired groups become channels again, beside the others."""
        found = await self.retired(commune_id, platform, now)
        back = [one for one in found if await channels.bring_back(one, now)]
        if back:
            details: dict[str, Detail] = {"groups": len(back)}
            await self._audit.append(by, "groups_brought_back", f"unit:{commune_id}", now, details)
        return back

    async def retired(self, commune_id: int, platform: str, now: datetime) -> Sequence[Channel]:
        """Return the groups there that gave way to one of another messenger."""
        everything = await channels.of_commune(commune_id, today(now), active_only=False)
        return [one for one in everything if one.platform == platform and one.reason == channels.RETIRED]

    async def _follow(self, old: Channel, new: Channel, now: datetime) -> None:
        for announcement_id, package in await detours.waiting_in(old.platform, old.native_id):
            if not announcement_id:
                await self._notices.move(package, delivery_channels.chat_of(new), now)
                continue
            one = await store.get(announcement_id)
            targets = {to.package: to for to in await store.targets(announcement_id)}
            # A correction is for exactly those who have the first.
            if one is not None and package in targets and not one.audience.fixed:
                await self._announcements.move(one, targets[package], new, now)

    async def _say(self, old: Channel, new: Channel, now: datetime) -> None:
        """Say so in both groups.

        If a group's messenger is blocked its message waits or fails, and goes nowhere else.
        """
        unit = await units.by_id(new.unit_id)
        name = "" if unit is None else unit.full_name
        for here, template, other in ((old, _GONE, new), (new, _HERE, old)):
            locale = here.locale or self._outbox.locale
            text = Text.of(
                self._outbox.translate(locale, template),
                unit=name,
                group=await name_of(other, name),
                platform=called(other.platform),
            )
            if "group" in self._outbox.capabilities.get(here.platform, {}):
                key = f"{ALONE}moved:{old.id}:{new.id}:{here.id}:{now.timestamp():.0f}"
                await self._outbox.add(delivery_channels.chat_of(here), Message(text), key=key, now=now, locale=locale)
