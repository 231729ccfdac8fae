"""The number of groups that a messenger's plan takes, and the messengers that still have room."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from bot.core.events import ChatKind
from bot.core.platform import Capabilities, Usage
from bot.storage.tables.places import Channel as Row


class Plans(Struct, frozen=True):
    """Arguments as in Outbox."""

    capabilities: Mapping[str, Mapping[ChatKind, Capabilities]]
    usage: Mapping[str, Callable[[], Awaitable[Usage | None]]]
    off: Mapping[str, str]

    async def full(self, platform: str, *, but: str = "") -> int | None:
        """Return the limit of groups if the plan is full; None if it takes another one.

        The group `but` is not counted.
        """
        usage = await self.usage[platform]() if platform in self.usage else None
        if usage is None or not usage.groups_limit:
            return None
        taken = await Row.filter(platform=platform, active=True).exclude(native_id=but).count()
        return usage.groups_limit if taken >= usage.groups_limit else None

    async def next_ones(self) -> Mapping[str, tuple[int, int]]:
        """Return the messengers whose plan has a limit and room: which group the next one is, and the limit."""
        found: dict[str, tuple[int, int]] = {}
        for name in self._with_groups():
            usage = await self.usage[name]() if name in self.usage else None
            if usage is None or not usage.groups_limit:
                continue
            taken = await Row.filter(platform=name, active=True).count()
            if usage.groups_limit > taken:
                found[name] = (taken + 1, usage.groups_limit)
        return found

    async def full_ones(self) -> Mapping[str, int]:
        """Return the messengers with groups whose plan is full, each with its limit."""
        found = {name: await self.full(name) for name in self._with_groups()}
        return {name: limit for name, limit in found.items() if limit is not None}

    async def with_room(self) -> list[str]:
        full = await self.full_ones()
        return [name for name in self._with_groups() if name not in full]

    def _with_groups(self) -> list[str]:
        return [name for name, kinds in self.capabilities.items() if "group" in kinds and name not in self.off]
