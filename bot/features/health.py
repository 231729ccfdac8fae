"""How the bot is doing, as an official may know it: messengers, their plans, silent groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from bot.core.platform import Platform, Usage
from bot.features import channels
from bot.features.channels import Channel

WARN_FROM = 0.8
"""The share of a plan from which on it is said to come to its end."""


@dataclass(frozen=True, slots=True)
class Messenger:
    """`off` says why nobody listens there, "" when the bot does; `usage` is None where the vendor counts nothing."""

    name: str
    off: str
    usage: Usage | None


class Health:
    """`off` is kept by whoever runs the platforms: the name of one that ended, and why."""

    def __init__(self, platforms: Sequence[Platform], off: Mapping[str, str]) -> None:
        self._platforms = platforms
        self._off = off

    async def messengers(self) -> list[Messenger]:
        return [Messenger(one.name, self._off.get(one.name, ""), await one.usage()) for one in self._platforms]

    async def silent_groups(self, commune_id: int, on: date) -> list[Channel]:
        """Groups of a commune and its villages that nothing can be sent to."""
        return [one for one in await channels.of_commune(commune_id, on, active_only=False) if not one.active]


def is_near(used: int, limit: int) -> bool:
    return used >= limit * WARN_FROM
