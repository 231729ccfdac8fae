"""Too many events from one chat: the rest waits its turn, nothing is dropped."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass, field

from .platform import Clock
from .sessions import Key

REMEMBERED_CHATS = 10_000
CALM_AFTER = 300.0
"""Seconds without a wait after which a new flood is announced again."""


@dataclass(slots=True)
class _Recent:
    times: list[float] = field(default_factory=list)
    waited_at: float = float("-inf")


class Flood:
    """Counts handled events of each chat over a sliding minute."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._chats: OrderedDict[Key, _Recent] = OrderedDict()

    def delay(self, key: Key) -> tuple[float, bool]:
        """(seconds to wait before the next event of this chat, whether this wait is the first of a flood)."""
        recent = self._recent(key)
        now = self._clock.monotonic()
        del recent.times[: bisect_right(recent.times, now - 60.0)]
        if len(recent.times) < self._per_minute:
            return 0.0, False
        first = now - recent.waited_at > CALM_AFTER
        recent.waited_at = now
        return recent.times[-self._per_minute] + 60.0 - now, first

    def count(self, key: Key) -> None:
        self._recent(key).times.append(self._clock.monotonic())

    def _recent(self, key: Key) -> _Recent:
        recent = self._chats.get(key)
        if recent is None:
            recent = self._chats[key] = _Recent()
            if len(self._chats) > REMEMBERED_CHATS:
                self._chats.popitem(last=False)
        self._chats.move_to_end(key)
        return recent
