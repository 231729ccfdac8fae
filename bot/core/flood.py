"""Too many events from one chat: the rest waits its turn, nothing is dropped."""

from __future__ import annotations

import types
from bisect import bisect_right
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass
from typing import TypeVar

from bot.core.lru import Latest
from bot.core.machine import clock

from .platform import Clock
from .sessions import Key

CALM_AFTER = 300.0
"""Seconds without a wait after which a new flood is announced again."""


DEAR = 0.25
"""Seconds of the processor that one event may take; each further such time counts as another event."""
_MOST_COUNTED = 10
T = TypeVar("T")


@dataclass(slots=True)
class Spent:
    """Processor time in seconds; `longest` is how long the loop was kept at most, `whole` from beginning to end."""

    seconds: float = 0.0
    longest: float = 0.0
    whole: float = 0.0


@types.coroutine
def measured(
    work: Coroutine[object, object, T], spent: Spent, first_waits: Callable[[], None] | None = None
) -> Generator[object, object, T]:
    """Await `work`, adding the processor time of its own steps to `spent`, and not of others while it waits.

    `first_waits` is called before it waits for the first time, if it ever does.

    Asking the system for processor time at each step would cost more than most steps do. Their own time is at most
    what passed during them, and at most what the thread used from beginning to end: the less of the two is taken.
    """
    given: object = None
    failed: BaseException | None = None
    own, start, used = 0.0, clock.elapsed(), clock.spent()
    try:
        while True:
            came = clock.elapsed()
            try:
                waits_for = work.send(given) if failed is None else work.throw(failed)
            except StopIteration as done:
                result: T = done.value
                return result
            finally:
                now = clock.elapsed()
                own += now - came
                spent.longest = max(spent.longest, now - came)
                spent.whole = now - start
            if first_waits is not None:
                first_waits()
                first_waits = None
            try:
                given, failed = (yield waits_for), None
            except BaseException as error:
                failed = error
    finally:
        spent.seconds += min(own, clock.spent() - used)


class Flood:
    """Counts handled events of each chat over a sliding minute; one that took long counts as several."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._handled_at: Latest[tuple[float, ...]] = Latest()
        self._waited_at: Latest[float] = Latest()

    def is_full(self, key: Key) -> bool:
        """Tell whether the chat has used up its events of this minute."""
        return len(self._in_the_last_minute(key, self._clock.monotonic())) >= self._per_minute

    def delay(self, key: Key, per_minute: int | None = None) -> tuple[float, bool]:
        """Return the seconds to wait before the next event of this chat, and whether this wait is the first of a flood.

        `per_minute` is the limit for this chat, if it differs from the usual one.
        """
        now, most = self._clock.monotonic(), per_minute or self._per_minute
        times = self._in_the_last_minute(key, now)
        if len(times) < most:
            return 0.0, False
        before = self._waited_at.get(key)
        self._waited_at.put(key, now)
        return times[-most] + 60.0 - now, before is None or now - before > CALM_AFTER

    def count(self, key: Key) -> None:
        now = self._clock.monotonic()
        self._handled_at.put(key, (*self._in_the_last_minute(key, now), now))

    def spend(self, key: Key, seconds: float) -> None:
        """Count an event that took `seconds` as several: it is counted once already."""
        for _ in range(min(int(seconds / DEAR), _MOST_COUNTED)):
            self.count(key)

    def _in_the_last_minute(self, key: Key, now: float) -> tuple[float, ...]:
        times = self._handled_at.get(key) or ()
        return times[bisect_right(times, now - 60.0) :]
