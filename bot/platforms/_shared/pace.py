"""The pace at which one address or visitor is served, and the amount of something that it may have."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from bot.core.platform import Clock

_DAY = 24 * 3600.0
_REMEMBERED = 10_000


class Pace:
    """Slows down reading from a sender who floods us; nothing is lost. Several may step at once: each waits in turn."""

    def __init__(self, clock: Clock, burst: float, per_second: float) -> None:
        self._clock = clock
        self._burst = burst
        self._per_second = per_second
        self._left = float(burst)
        self._at = clock.monotonic()

    def owe(self, cost: float) -> None:
        """Count a cost that was spent already; the next step waits for it."""
        now = self._clock.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second) - cost
        self._at = now

    async def step(self, cost: float = 1.0) -> None:
        self.owe(cost)
        if self._left < 0:
            await self._clock.sleep(-self._left / self._per_second)


class Allowance:
    """A number of bytes that may be taken at once, and as many more in a day."""

    def __init__(self, clock: Clock, most: int) -> None:
        self._clock = clock
        self._most = most
        self._left = float(most)
        self._at = clock.monotonic()

    def has(self, size: int) -> bool:
        now = self._clock.monotonic()
        self._left = min(self._most, self._left + (now - self._at) * self._most / _DAY)
        self._at = now
        return self._left >= size

    def take(self, size: int) -> None:
        self._left -= size


def taken(allowances: Sequence[Allowance], size: int) -> bool:
    """Take `size` of all of them; of none if one of them has not as much left."""
    enough = all(one.has(size) for one in allowances)
    for one in allowances if enough else ():
        one.take(size)
    return enough


class Held(Protocol):
    sockets: int


H = TypeVar("H", bound=Held)


class Known(Generic[H]):
    """The use of each name, also of those that have just gone; of many that have gone the oldest are forgotten."""

    def __init__(self, make: Callable[[], H]) -> None:
        self._make = make
        self._known: OrderedDict[str, H] = OrderedDict()

    def of(self, name: str) -> H:
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._make()
            if len(self._known) > _REMEMBERED:
                gone = next((old for old, held in self._known.items() if not held.sockets), None)
                if gone is not None and gone != name:
                    del self._known[gone]
        self._known.move_to_end(name)
        return found
