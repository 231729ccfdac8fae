"""How many may talk at once: one visitor must not take everybody's room, nor all visitors that of the messengers."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.core.guard import Guard
from bot.core.platform import Clock
from bot.platforms._shared import open_files
from bot.platforms._shared.pace import Allowance, Known, Pace, taken

MOST = 4_000
"""Open sockets of this process; fewer where the system lets it open few files, for calls and the database need some."""
MOST_OF_ONE = 300
"""Of one address: a hall of two hundred phones, or a mobile network's customers, come from one."""
PEAK_OF_ONE, LASTING_OF_ONE = (0.2, 0.3), (8.0, 0.2)
"""Seconds of the processor that those may cost at once, and then in each second: a third of it, and in the long run a
fifth. More is read more slowly, however many new visitors say it."""
FRAMES_OF_VISITOR, LASTING_OF_VISITOR = (30.0, 2.0), (1.0, 0.05)
"""Frames, and seconds of the processor, of one visitor on all pages that they have open."""
KEPT_OF_ONE, KEPT_OF_VISITOR = 80_000_000, 15_000_000
"""Bytes that the database may grow by, in a day, for all of one address and for one visitor."""
_TELL_AGAIN = 60.0
_logger = logging.getLogger(__name__)


class Full(Exception):
    """There is no room for another socket now."""


@dataclass(slots=True)
class _Party:
    """Those of one address, or one visitor."""

    paces: tuple[Pace, ...]
    kept: Allowance
    frames: Pace | None = None
    sockets: int = 0


class Seat:
    """One socket's room, and what its address and its visitor may still cost."""

    def __init__(self, parties: tuple[_Party, ...], guard: Guard) -> None:
        self._parties = parties
        self.guard = guard

    async def step(self, cost: float) -> None:
        """Wait until `cost` may be spent."""
        for party in self._parties:
            if party.frames is not None:
                await party.frames.step()
            for pace in party.paces:
                await pace.step(cost)

    def owe(self, cost: float) -> None:
        for party in self._parties:
            for pace in party.paces:
                pace.owe(cost)

    def may_keep(self, size: int) -> bool:
        """Tell whether the database may grow by `size` for them, and count it if so."""
        return taken([party.kept for party in self._parties], size)


class Room:
    def __init__(self, clock: Clock, most: int | None = None) -> None:
        self._clock = clock
        self._most = min(MOST, (open_files.allowed() or 2 * MOST) // 2) if most is None else most
        self._addresses: Known[_Party] = Known(self._of_address)
        self._visitors: Known[_Party] = Known(self._of_visitor)
        self._sockets = 0
        self._tell_at = 0.0
        self.guard = Guard()

    @contextmanager
    def seat(self, address: str, visitor: str) -> Iterator[Seat]:
        """Reserve room for one socket; raise Full. `visitor` is "" where everybody is one and the same."""
        if self._sockets >= self._most:
            raise self._full("all addresses", self._most)
        party = self._addresses.of(address)
        if party.sockets >= MOST_OF_ONE:
            raise self._full("one address", MOST_OF_ONE)
        parties = (party, self._visitors.of(visitor)) if visitor else (party,)
        self._sockets += 1
        for one in parties:
            one.sockets += 1
        try:
            yield Seat(parties, self.guard)
        finally:
            self._sockets -= 1
            for one in parties:
                one.sockets -= 1

    def _of_address(self) -> _Party:
        paces = (Pace(self._clock, *PEAK_OF_ONE), Pace(self._clock, *LASTING_OF_ONE))
        return _Party(paces, Allowance(self._clock, KEPT_OF_ONE))

    def _of_visitor(self) -> _Party:
        frames = Pace(self._clock, *FRAMES_OF_VISITOR)
        return _Party((Pace(self._clock, *LASTING_OF_VISITOR),), Allowance(self._clock, KEPT_OF_VISITOR), frames)

    def _full(self, whose: str, most: int) -> Full:
        if (now := self._clock.monotonic()) >= self._tell_at:
            _logger.warning("web chat: %d open sockets of %s, more are refused", most, whose)
            self._tell_at = now + _TELL_AGAIN
        return Full()
