"""The health of the bot, as an official may know it: messengers, their plans, silent groups."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from msgspec import Struct

from bot.core.lean.values import replace
from bot.core.platform import Platform, Usage
from bot.features import units
from bot.features.at_once import at_once
from bot.features.groups import channels
from bot.features.groups.channels import Channel
from bot.features.notices import delivery_channels
from bot.features.outbox import pauses, quota
from bot.features.outbox.homes import Homes, serves
from bot.features.outbox.pauses import PausedMessenger
from bot.features.units import Place

WARN_FROM = 0.8
"""The share of a plan from which on it is said to come to its end."""


class MessengerHealth(Struct, frozen=True):
    """`off` says why nobody listens there, "" when the bot does; `usage` is None where the vendor counts nothing.

    `refused`: the platform does not know the bot any more. `expected`: how many messages the month will have taken at
    its end, as quota.expected counts. `paused`: it takes nothing for now. `forgets`: what people say there while the
    bot is away is lost.
    """

    name: str
    off: str
    usage: Usage | None
    expected: int = 0
    refused: bool = False
    paused: PausedMessenger | None = None
    forgets: bool = False


class Health:
    """`off` is kept by whoever runs the platforms: the name of one that ended, and why.

    `planned` counts what waits for a platform until a moment. The platform `but` is no messenger. `homes` are the
    communes of bots that belong to one.
    """

    def __init__(
        self,
        platforms: Sequence[Platform],
        off: Mapping[str, str],
        planned: Callable[[str, datetime], Awaitable[int]],
        *,
        but: str = "",
        homes: Homes = MappingProxyType({}),
    ) -> None:
        self._all = platforms
        self._but = but
        self._homes = homes
        self._off = off
        self._planned = planned

    def _of(self, commune_ids: Collection[int]) -> list[Platform]:
        """Return the messengers of these communes as they are now."""
        return [
            one
            for one in self._all
            if one.name != self._but and any(serves(self._homes, one.name, unit_id) for unit_id in commune_ids)
        ]

    async def messengers(self, commune_ids: Collection[int], now: datetime) -> list[MessengerHealth]:
        shut, standing = await at_once(delivery_channels.refused(), pauses.standing(now))
        paused = {one.platform: one for one in standing}
        return [
            replace(
                await self._messenger(one, now),
                refused=one.name in shut,
                paused=paused.get(one.name),
                forgets=not all(caps.keeps for caps in one.capabilities.values()),
            )
            for one in self._of(commune_ids)
        ]

    async def _messenger(self, one: Platform, now: datetime) -> MessengerHealth:
        off, usage = self._off.get(one.name, ""), await one.usage()
        if usage is None:
            return MessengerHealth(one.name, off, None)
        planned = await self._planned(one.name, quota.next_month(now))
        return MessengerHealth(one.name, off, usage, quota.expected(usage.sent, planned, now, usage.since))

    async def groups(self, commune_id: int, on: date) -> list[Channel]:
        """Return the groups of a commune and its villages, without those that were given up."""
        found = await channels.of_commune(commune_id, on, active_only=False)
        return [one for one in found if one.active or one.reason != channels.RETIRED]

    async def unreached(self, commune_id: int, on: date) -> list[Place]:
        """Return the villages without a group that could be written to now."""
        shut = await delivery_channels.refused()
        alive = {one.name for one in self._of([commune_id]) if one.name not in self._off and one.name not in shut}
        villages = await units.villages(commune_id, on)
        groups = await channels.of_each([one.id for one in villages], on, purpose="village")
        return [one for one in villages if not any(group.platform in alive for group in groups[one.id])]


def is_near(used: int, limit: int | None) -> bool:
    """Tell whether the usage is near its limit; False without a limit."""
    return bool(limit) and used >= (limit or 0) * WARN_FROM
