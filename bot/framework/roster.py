"""The messengers of a process, which may join and leave while it works.

Each collection is one object for as long as the process lives: who was handed it at the start sees who has joined.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.core.events import ChatKind
from bot.core.pacing import Pacer
from bot.core.platform import Capabilities, Platform, Usage


@dataclass
class Roster:
    """`off`: those that ended by themselves, and why. `pacers` also keep those that have left: calls may be open."""

    running: list[Platform] = field(default_factory=list)
    by_name: dict[str, Platform] = field(default_factory=dict)
    capabilities: dict[str, Mapping[ChatKind, Capabilities]] = field(default_factory=dict)
    usage: dict[str, Callable[[], Awaitable[Usage | None]]] = field(default_factory=dict)
    pacers: dict[str, Pacer] = field(default_factory=dict)
    off: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, running: Sequence[Platform], pacers: Mapping[str, Pacer]) -> Roster:
        made = cls()
        for platform in running:
            made.join(platform, pacers[platform.name])
        return made

    def join(self, platform: Platform, pacer: Pacer) -> None:
        self.running.append(platform)
        self.by_name[platform.name] = platform
        self.capabilities[platform.name] = platform.capabilities
        self.usage[platform.name] = platform.usage
        self.pacers[platform.name] = pacer

    def leave(self, platform: Platform) -> None:
        """Take a messenger off: nothing is addressed to it, and no answer leaves through it any more."""
        self.running.remove(platform)
        for named in (self.by_name, self.capabilities, self.usage, self.off):
            named.pop(platform.name, None)
