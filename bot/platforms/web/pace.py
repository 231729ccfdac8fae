"""How fast a socket, or all of one address, are read."""

from __future__ import annotations

from bot.core.platform import Clock


class Pace:
    """Who floods us is read more slowly; nothing is lost. Several may step at once: each waits behind the others."""

    def __init__(self, clock: Clock, burst: int, per_second: float) -> None:
        self._clock = clock
        self._burst = burst
        self._per_second = per_second
        self._left = float(burst)
        self._at = clock.monotonic()

    async def step(self) -> None:
        now = self._clock.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second) - 1
        self._at = now
        if self._left < 0:
            await self._clock.sleep(-self._left / self._per_second)
