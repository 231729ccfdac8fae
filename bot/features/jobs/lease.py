"""The right of one runner to one job: held for a while, renewed as long as the work goes on.

The results of a job leave in a transaction that asks for the right again. So a runner that was away too long (a
machine that slept, a clock that was wrong) delivers nothing beside the one that took its job over.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from msgspec import Struct

from bot.storage.sql import asked

LASTS = timedelta(seconds=60)
RENEWED = LASTS / 3
"""The clocks of the processes may differ by the rest of it."""


class JobLost(Exception):
    """Another runner has the job by now: nothing of this run may be seen."""


class JobLease(Struct, frozen=True):
    """`token` is of this run of the job alone."""

    job: int
    token: str

    async def renew(self, until: datetime) -> bool:
        """Renew the lease; return False when it is lost. Raises StoreUnavailable."""
        found = await asked(
            "update jobs set lease_until = ? where id = ? and token = ? and state = 'leased' returning id",
            [until, self.job, self.token],
        )
        return bool(found)

    async def claim(self) -> None:
        """Hold the job until the end of the transaction of a result. Raises JobLost."""
        # A statement that writes, though nothing new: it holds the row until the commit.
        found = await asked(
            "update jobs set token = token where id = ? and token = ? and state = 'leased' returning id",
            [self.job, self.token],
        )
        if not found:
            raise JobLost


_WORKING: ContextVar[JobLease | None] = ContextVar("job lease", default=None)


@contextmanager
def working(lease: JobLease) -> Iterator[None]:
    """Mark the work done inside as the work of this lease."""
    before = _WORKING.set(lease)
    try:
        yield
    finally:
        _WORKING.reset(before)


async def fence() -> None:
    """Claim the job before a result leaves, in its transaction; raise JobLost if somebody else has it by now.

    Nothing happens outside the work of a job.
    """
    lease = _WORKING.get()
    if lease is not None:
        await lease.claim()
