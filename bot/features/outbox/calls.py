"""The calls of one token that have no answer yet: how many there may be, and what their answers say of the line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from bot.core.lean.values import replace
from bot.core.line import MANY, TokenLine
from bot.core.platform import Clock

from .row import Leased, Outcome

FEWEST = 4
SPARE = 1.05
"""Not all calls take equally long."""


class Calls:
    """No more calls than the pace needs: each one that is open when the network breaks is one that people must decide.

    At `rate` calls a second of which each takes so long as they have lately, that many are open at a time; more would
    leave no sooner. A row waits for its room before it is said to be sent, so that a kill finds it untouched; and where
    one commit said so of many, they wait once more.
    """

    def __init__(self, line: TokenLine, clock: Clock, rate: float) -> None:
        self._line = line
        self._clock = clock
        self._rate = rate
        self._chosen: dict[int, float] = {}
        self._open: dict[int, float] = {}
        self._calling = 0
        self._urgent_waiting = 0
        self._changed = asyncio.Event()

    async def room_for(self, row: Leased) -> bool:
        """Return when the row may be sent, what is urgent first; False when the line came into doubt."""
        urgent = row.klass == "urgent"
        self._urgent_waiting += urgent
        try:
            while not self._line.in_doubt:
                if not self._full and (urgent or not self._urgent_waiting):
                    self._chosen[row.id] = self._clock.monotonic()
                    return True
                await self._changed.wait()
        finally:
            self._urgent_waiting -= urgent
            if urgent:
                self._tell()
        return False

    @property
    def _full(self) -> bool:
        since = self._line.reopened_at
        if since is not None:  # one message goes ahead of the others
            return any(began >= since for began in self._chosen.values())
        return len(self._open) >= self._most

    @property
    def _most(self) -> int:
        return max(FEWEST, round(self._rate * self._line.typical * SPARE))

    @asynccontextmanager
    async def one(self) -> AsyncIterator[bool]:
        """Wait for room for the call; yield False when the line came into doubt, and the call must not be made."""
        while self._calling >= self._most and not self._line.in_doubt:
            await self._changed.wait()
        self._calling += 1
        try:
            yield not self._line.in_doubt
        finally:
            self._calling -= 1
            self._tell()

    def begin(self, row: Leased) -> None:
        """Note the moment from which the row is being sent."""
        self._open[row.id] = self._clock.monotonic()

    def end(self, row: int) -> None:
        """Note that the row's call is over, or that there was none; a second time changes nothing."""
        self._open.pop(row, None)
        if self._chosen.pop(row, None) is not None:
            self._tell()

    async def watch(self, row: Leased, call: Awaitable[Outcome]) -> Outcome:
        """Make the call, and learn from it. The third in a row that is unclear is a stop.

        `one` ends right after it, and wakes those that wait for room: they learn of a doubt at once.
        """
        began = self._clock.monotonic()
        outcome = await call
        if outcome.to in ("sent", "failed"):
            self._line.took(self._clock.monotonic() - self._open.get(row.id, began))
            self._line.answered()
        elif outcome.to == "uncertain":
            self._line.unclear(began)
            if self._line.in_a_row >= MANY:
                return replace(outcome, stop="outage")
        return outcome

    def _tell(self) -> None:
        """Wake all that wait for a change, so that they look again."""
        self._changed.set()
        self._changed = asyncio.Event()
