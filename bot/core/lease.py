"""Leases: rights that one process at a time has, each a name in a small store, held for a while and renewed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from bot.core.machine import chance

from .platform import Clock, KeyValue
from .sessions import StoreUnavailable

log = logging.getLogger(__name__)

LASTS = timedelta(seconds=10)
"""So long nobody does the work of a process that died."""

Work = Callable[[], Awaitable[None]]
ByTurns = Callable[[Work], Awaitable[None]]
"""Does work in one process at a time; returns, or raises, what the work did."""


class Lease:
    """The right to something, by the clocks of the processes: they may differ by less than half of what it lasts."""

    def __init__(self, values: KeyValue, name: str, lasts: timedelta | None = None) -> None:
        self._values = values
        self._key = name
        self._holder = chance.unique()
        self.lasts = lasts or LASTS
        self._came = False
        self.sure_until: datetime = datetime.fromtimestamp(0, UTC)
        """So long the last answer of `mine` holds, unless its holder gives it up before."""

    def came(self) -> bool:
        """Tell whether we got the lease from another holder, or as its first one, since this was last asked."""
        came, self._came = self._came, False
        return came

    async def mine(self, now: datetime) -> bool:
        """Take or renew it; False while somebody else has it. Raises StoreUnavailable."""
        held = await self._values.get(self._key)
        holder, until = _parse(held)
        if holder == self._holder and until - now > self.lasts / 2:
            self.sure_until = until - self.lasts / 2
            return True
        if holder != self._holder and now < until <= now + self.lasts * 2:
            self.sure_until = until
            return False
        # Further off than any holder would set it: a clock was set back since, and nobody holds it so long.
        mine = await self._values.swap(self._key, held, f"{self._holder} {(now + self.lasts).timestamp()}")
        self._came |= mine and holder != self._holder
        self.sure_until = now + self.lasts / 2 if mine else now
        return mine

    async def give_up(self, now: datetime) -> None:
        """Leave it to the next one at once; raises StoreUnavailable."""
        held = await self._values.get(self._key)
        if _parse(held)[0] == self._holder:
            await self._values.swap(self._key, held, f"{self._holder} {now.timestamp()}")


async def at_once(work: Work) -> None:
    """Do the work without a lease, for an installation with only one process."""
    await work()


def by_turns(lease: Lease, clock: Clock) -> ByTurns:
    """Return a runner that waits for the lease, renews it during the work, and ends the work when the lease is lost."""
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
    """Do the work under the lease: True when the work came to its end, False when the lease was lost before."""
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
