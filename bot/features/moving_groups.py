"""A village goes on in another of its groups, in one step: the old one is retired, and what waited there follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.core.messages import Message
from bot.core.text import Text
from bot.features import channels, units, ways
from bot.features.announcements import store
from bot.features.announcements.detours import Detours
from bot.features.audit import Audit, Detail
from bot.features.channels import Channel
from bot.features.outbox import detours
from bot.features.outbox.box import Outbox
from bot.features.outbox.hours import VIETNAM
from bot.features.second_way import ALONE, SecondWay
from bot.i18n import msg

_GONE = msg("Từ nay tin của xã cho {unit} đến nhóm “{group}” trên {platform}, không vào nhóm này nữa.")
_HERE = msg("Từ nay tin của xã cho {unit} đến nhóm này, thay nhóm “{group}” trên {platform}.")


@dataclass(frozen=True, slots=True)
class Plan:
    """What leaving a messenger means for a commune: `moves` are (group there, group instead), `stay` have no other."""

    moves: tuple[tuple[Channel, Channel], ...]
    stay: tuple[Channel, ...]


class GroupMoves:
    """All that changes something runs inside the caller's transaction."""

    def __init__(self, outbox: Outbox, audit: Audit) -> None:
        self._outbox = outbox
        self._audit = audit
        self._announcements = Detours(outbox)
        self._notices = SecondWay(outbox)

    async def to(self, group: Channel, by: int | None, now: datetime) -> Sequence[Channel] | None:
        """Its people are told in this group alone from now on; the groups that gave way, None when it is lost to us.

        What is on its way to an old group, or may have arrived there, stays there.
        """
        retired = await channels.take_over(group, now)
        for old in retired or ():
            await self._follow(old, group, now)
            await self._say(old, group, now)
        if retired:
            details: dict[str, Detail] = {"unit": group.unit_id, "retired": len(retired)}
            await self._audit.append(by, "group_moved", f"channel:{group.id}", now, details)
        return retired

    async def plan(self, commune_id: int, platform: str, now: datetime) -> Plan:
        """For each group on a messenger the cheapest living one of its people elsewhere."""
        moves: list[tuple[Channel, Channel]] = []
        stay: list[Channel] = []
        for group in await channels.of_commune(commune_id, now.astimezone(VIETNAM).date()):
            if group.platform != platform:
                continue
            others = [one for one in await channels.same_people(group) if one.platform != platform]
            alive = await ways.living(self._outbox, [ways.chat_of(one) for one in others], now)
            best = [
                one
                for same in ways.audiences(others, self._outbox.capabilities)
                for one in same
                if ways.chat_of(one) in alive
            ]
            if best:
                moves.append((group, best[0]))
            else:
                stay.append(group)
        return Plan(tuple(moves), tuple(stay))

    async def leave(self, commune_id: int, platform: str, by: int | None, now: datetime) -> Plan:
        """A messenger is blocked: all who have another living group go on there. What was done, and who stays."""
        plan = await self.plan(commune_id, platform, now)
        for _, group in plan.moves:
            await self.to(group, by, now)
        return plan

    async def come_back(self, commune_id: int, platform: str, by: int | None, now: datetime) -> Sequence[Channel]:
        """The messenger works again: its retired groups are channels again, beside the others."""
        found = await self.retired(commune_id, platform, now)
        back = [one for one in found if await channels.bring_back(one, now)]
        if back:
            details: dict[str, Detail] = {"groups": len(back)}
            await self._audit.append(by, "groups_brought_back", f"unit:{commune_id}", now, details)
        return back

    async def retired(self, commune_id: int, platform: str, now: datetime) -> Sequence[Channel]:
        """Groups there that gave way to one of another messenger."""
        everything = await channels.of_commune(commune_id, now.astimezone(VIETNAM).date(), active_only=False)
        return [one for one in everything if one.platform == platform and one.reason == channels.RETIRED]

    async def _follow(self, old: Channel, new: Channel, now: datetime) -> None:
        for announcement_id, package in await detours.waiting_in(old.platform, old.native_id):
            if not announcement_id:
                await self._notices.move(package, ways.chat_of(new), now)
                continue
            one = await store.get(announcement_id)
            targets = {to.package: to for to in await store.targets(announcement_id)}
            # A correction is for exactly those who have the first.
            if one is not None and package in targets and not one.audience.only:
                await self._announcements.move(one, targets[package], new, now)

    async def _say(self, old: Channel, new: Channel, now: datetime) -> None:
        """One message in each; in a group whose messenger is blocked it waits or fails, and goes nowhere else."""
        unit = await units.by_id(new.unit_id)
        name = "" if unit is None else unit.full_name
        for here, template, other in ((old, _GONE, new), (new, _HERE, old)):
            locale = here.locale or self._outbox.locale
            text = Text.of(
                self._outbox.translate(locale, template), unit=name, group=other.title, platform=called(other.platform)
            )
            if "group" in self._outbox.capabilities.get(here.platform, {}):
                key = f"{ALONE}moved:{old.id}:{new.id}:{here.id}:{now.timestamp():.0f}"
                await self._outbox.add(ways.chat_of(here), Message(text), key=key, now=now, locale=locale)


def called(platform: str) -> str:
    """A messenger's name as people read it."""
    return platform.replace("_", " ").capitalize()
