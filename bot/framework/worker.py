"""The one loop for work on a clock: jobs with a period, each in a task of its own, that wake early when told.

Due work is recorded in the database, so a job that was missed while nothing ran is done at the next start; a job whose
period is longer than a process may live (`remembered`) keeps the time of its last run there as well. If several
processes share the database, a job is done by the one that has its lease.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.core.lease import Lease
from bot.core.own_fault import OwnFault
from bot.core.platform import Clock, KeyValue
from bot.core.sessions import StoreUnavailable
from bot.storage.sql import available

log: logging.Logger = logging.getLogger(__name__)

WAKE_AGAIN = 0.25
"""Seconds. A wake may come before the commit that it tells of; so the job runs again so much later."""
FIRST_LOOK = 0.05
"""Seconds for which the first look of a job keeps the next one waiting; one that sends or fetches takes longer."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is safe to run at any time and twice. It returns in how many seconds it would like to run again.

    It runs at the start, then every `period` seconds, and sooner when it said so or when `woken` is set. `by_all`: each
    process does it, or it sees to its turn by itself.
    """

    name: str
    period: float
    work: Callable[[], Awaitable[float | None]]
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    remembered: bool = False
    by_all: bool = False


class Worker:
    """Runs jobs until cancelled. A job that fails runs again after its period and never stops another."""

    def __init__(
        self,
        jobs: Sequence[Job],
        clock: Clock,
        memory: KeyValue,
        lease_of: Callable[[str], Lease | None] = lambda name: None,
    ) -> None:
        self._jobs = tuple(jobs)
        self._clock = clock
        self._memory = memory
        self._leases = {job.name: lease_of(job.name) for job in jobs if not job.by_all}

    async def run(self) -> None:
        """Run them; each looks for the first time when the one before has, or has not ended for a while.

        All at once they would open more connections and threads than the hours after it need, and whoever writes in
        this moment would wait behind all of their questions.
        """
        async with asyncio.TaskGroup() as group:
            for job in self._jobs:
                looked = asyncio.Event()
                group.create_task(self._keep(job, looked))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(FIRST_LOOK):
                        await looked.wait()

    async def _keep(self, job: Job, looked: asyncio.Event) -> None:
        delay = await self._first_delay(job)
        if delay > 0:
            looked.set()
        while True:
            again = await self._wait(job, delay)
            wish = await self._do(job)
            looked.set()
            delay = job.period if wish is None else min(job.period, max(0.0, wish))
            if again:
                delay = min(delay, WAKE_AGAIN)

    async def _do(self, job: Job) -> float | None:
        job.woken.clear()
        try:
            if (lease := self._leases.get(job.name)) is not None:
                if not await lease.mine(self._clock.now()):
                    return lease.lasts.total_seconds() / 3
                if (early := await self._first_delay(job)) > 0:
                    return early  # another process has done it meanwhile
            with OwnFault(), available(around_work=True):
                wish = await job.work()
            if job.remembered:
                await self._remember(job)
        except StoreUnavailable as error:
            log.warning("job %s waits for the database: %s", job.name, error)
            return None
        except Exception:
            log.exception("job %s failed and runs again in %g s", job.name, job.period)
            return None
        return wish

    async def _wait(self, job: Job, delay: float) -> bool:
        """Wait for the time or the wake, whichever comes first; True when it was the wake."""
        if job.woken.is_set():
            return True
        if delay <= 0:
            return False
        waiters = [asyncio.create_task(self._pass(delay)), asyncio.create_task(job.woken.wait())]
        try:
            await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiter in waiters:
                waiter.cancel()
            await asyncio.gather(*waiters, return_exceptions=True)
        return job.woken.is_set()

    async def _pass(self, seconds: float) -> bool:
        await self._clock.sleep(seconds)
        return True

    async def _first_delay(self, job: Job) -> float:
        if not job.remembered:
            return 0.0
        try:
            last = await self._memory.get(_key(job))
        except StoreUnavailable as error:
            log.warning("job %s: when it last ran is not known: %s", job.name, error)
            return 0.0
        if last is None:
            return 0.0
        passed = (self._clock.now() - datetime.fromtimestamp(float(last), UTC)).total_seconds()
        # A clock that was set back must not put a job off for longer than its period.
        return min(job.period, max(0.0, job.period - passed))

    async def _remember(self, job: Job) -> None:
        old = await self._memory.get(_key(job))
        await self._memory.swap(_key(job), old, str(self._clock.now().timestamp()))


def _key(job: Job) -> str:
    return f"last run of {job.name}"
