"""What one process at a time may do: a name in a small store, held for a while and renewed."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from .platform import Clock, KeyValue
from .sessions import StoreUnavailable

log = logging.getLogger(__name__)

LASTS = timedelta(seconds=30)

Work = Callable[[], Awaitable[None]]
ByTurns = Callable[[Work], Awaitable[None]]
"""Does work in one process at a time; returns, or raises, what the work did."""


class Lease:
    """The right to something, by the clocks of the processes: they may differ by less than half of what it lasts."""

    alone = False

    def __init__(self, values: KeyValue, name: str, lasts: timedelta | None = None) -> None:
        self._values = values
        self._key = name
        self._holder = uuid.uuid4().hex
        self.lasts = lasts or LASTS

    async def mine(self, now: datetime) -> bool:
        """Take or renew it; False while somebody else has it. Raises StoreUnavailable."""
        held = await self._values.get(self._key)
        holder, until = _parse(held)
        if holder == self._holder and until - now > self.lasts / 2:
            return True
        if holder != self._holder and now < until <= now + self.lasts * 2:
            return False
        # Further off than any holder would set it: a clock was set back since, and nobody holds it so long.
        return await self._values.swap(self._key, held, f"{self._holder} {(now + self.lasts).timestamp()}")

    async def give_up(self, now: datetime) -> None:
        """Leave it to the next one at once; raises StoreUnavailable."""
        held = await self._values.get(self._key)
        if _parse(held)[0] == self._holder:
            await self._values.swap(self._key, held, f"{self._holder} {now.timestamp()}")


async def at_once(work: Work) -> None:
    """By turns where there is only one process."""
    await work()


def by_turns(lease: Lease, clock: Clock) -> ByTurns:
    """Waits for the lease, renews it while the work goes on, and ends the work if somebody else has taken it."""
    every = lease.lasts.total_seconds() / 3

    async def waits_for_its_turn(work: Work) -> None:
        while True:
            while not await _mine(lease, clock, otherwise=False):
                await clock.sleep(every)
            if await _while_mine(lease, clock, work, every):
                return
            log.warning("another process took over: its work goes on there")

    return waits_for_its_turn


async def _while_mine(lease: Lease, clock: Clock, work: Work, every: float) -> bool:
    """True when the work came to its end, False when the lease was lost before."""
    task = asyncio.ensure_future(work())
    try:
        while not task.done():
            await asyncio.wait([task], timeout=every)
            # While the database is away nobody else can take it either.
            if not task.done() and not await _mine(lease, clock, otherwise=True):
                return False
        task.result()
        return True
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        try:
            await lease.give_up(clock.now())
        except StoreUnavailable as error:
            log.info("a lease ends by itself: %s", error)


async def _mine(lease: Lease, clock: Clock, *, otherwise: bool) -> bool:
    try:
        return await lease.mine(clock.now())
    except StoreUnavailable as error:
        log.warning("a lease could not be looked at: %s", error)
        return otherwise


def _parse(held: str | None) -> tuple[str, datetime]:
    if held is None:
        return "", datetime.fromtimestamp(0, UTC)
    holder, _, until = held.partition(" ")
    return holder, datetime.fromtimestamp(float(until), UTC)
