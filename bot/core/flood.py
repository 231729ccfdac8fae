"""Too many events from one chat: the rest waits its turn, nothing is dropped."""

from __future__ import annotations

from bisect import bisect_right

from .latest import Latest
from .platform import Clock
from .sessions import Key

CALM_AFTER = 300.0
"""Seconds without a wait after which a new flood is announced again."""


class Flood:
    """Counts handled events of each chat over a sliding minute."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._handled_at: Latest[tuple[float, ...]] = Latest()
        self._waited_at: Latest[float] = Latest()

    def delay(self, key: Key) -> tuple[float, bool]:
        """(seconds to wait before the next event of this chat, whether this wait is the first of a flood)."""
        now = self._clock.monotonic()
        times = self._in_the_last_minute(key, now)
        if len(times) < self._per_minute:
            return 0.0, False
        before = self._waited_at.get(key)
        self._waited_at.put(key, now)
        return times[-self._per_minute] + 60.0 - now, before is None or now - before > CALM_AFTER

    def count(self, key: Key) -> None:
        now = self._clock.monotonic()
        self._handled_at.put(key, (*self._in_the_last_minute(key, now), now))

    def _in_the_last_minute(self, key: Key, now: float) -> tuple[float, ...]:
        times = self._handled_at.get(key) or ()
        return times[bisect_right(times, now - 60.0) :]
