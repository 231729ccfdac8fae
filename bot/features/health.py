"""How the bot is doing, as an official may know it: messengers, their plans, silent groups."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.core.platform import Platform, Usage
from bot.features import channels, units, ways
from bot.features.channels import Channel
from bot.features.outbox import quota
from bot.features.units import Place

WARN_FROM = 0.8
"""The share of a plan from which on it is said to come to its end."""


@dataclass(frozen=True, slots=True)
class Messenger:
    """`off` says why nobody listens there, "" when the bot does; `usage` is None where the vendor counts nothing.

    `refused`: the platform does not know the bot any more. `expected`: how many messages the month will have taken at
    its end, as quota.expected counts.
    """

    name: str
    off: str
    usage: Usage | None
    expected: int = 0
    refused: bool = False


class Health:
    """`off` is kept by whoever runs the platforms: the name of one that ended, and why.

    `planned` counts what waits for a platform until a moment.
    """

    def __init__(
        self,
        platforms: Sequence[Platform],
        off: Mapping[str, str],
        planned: Callable[[str, datetime], Awaitable[int]],
    ) -> None:
        self._platforms = platforms
        self._off = off
        self._planned = planned

    async def messengers(self, now: datetime) -> list[Messenger]:
        shut = await ways.refused()
        return [replace(await self._messenger(one, now), refused=one.name in shut) for one in self._platforms]

    async def _messenger(self, one: Platform, now: datetime) -> Messenger:
        off, usage = self._off.get(one.name, ""), await one.usage()
        if usage is None:
            return Messenger(one.name, off, None)
        planned = await self._planned(one.name, quota.next_month(now))
        return Messenger(one.name, off, usage, quota.expected(usage.sent, planned, now))

    async def groups(self, commune_id: int, on: date) -> list[Channel]:
        """Groups of a commune and its villages, but for those that were given up."""
        found = await channels.of_commune(commune_id, on, active_only=False)
        return [one for one in found if one.active or one.reason != channels.RETIRED]

    async def unreached(self, commune_id: int, on: date) -> list[Place]:
        """Villages without a group that could be written to now."""
        shut = await ways.refused()
        alive = {one.name for one in self._platforms if one.name not in self._off and one.name not in shut}
        villages = await units.villages(commune_id, on)
        groups = await channels.of_each([one.id for one in villages], on, purpose="village")
        return [one for one in villages if not any(group.platform in alive for group in groups[one.id])]


def is_near(used: int, limit: int | None) -> bool:
    """False where there is no limit."""
    return bool(limit) and used >= (limit or 0) * WARN_FROM
