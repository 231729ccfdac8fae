"""The one way of all senders of a process to the database: they may be hundreds, and conversations use it too."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.batches import Batches
from bot.core.platform import Clock

from .row import Leased, Outcome
from .rows import Rows

LEASE = timedelta(seconds=120)
"""Longer than any call to a messenger lasts. The rows of a process that died are free once another has its turn."""
APART = 0.025
"""Seconds between commits of intents, and of outcomes: at full speed each has ten rows or so."""


class Bulkhead:
    """Two connections write at most, and one reads, however many accounts have something to send.

    A pool of connections serves whoever comes first: a reply would wait behind a statement of each account. Rows of
    different accounts share their commits.

    Example: `if await bulkhead.intend(row): ...; await bulkhead.record(outcome)`.
    """

    def __init__(self, rows: Rows, clock: Clock) -> None:
        self.reading: asyncio.Semaphore = asyncio.Semaphore(1)
        """To be held while a sender looks at its rows or takes some up."""
        self._rows = rows
        self._clock = clock
        self._intents: Batches[Leased, bool] = Batches(self._intend, clock=clock, apart=APART)
        self._outcomes: Batches[Outcome, bool] = Batches(self._record, clock=clock, apart=APART)

    def until(self, now: datetime) -> datetime:
        """Return when that is free again which is taken up now."""
        return now + LEASE

    async def intend(self, row: Leased) -> bool:
        """Commit that a row is about to be sent; return whether it is still ours. Raises StoreUnavailable."""
        return await self._intents.add(row)

    async def record(self, outcome: Outcome) -> bool:
        """Commit what became of a row; False if it has another holder by now. Raises StoreUnavailable."""
        return await self._outcomes.add(outcome)

    async def _intend(self, rows: Sequence[Leased]) -> Sequence[bool]:
        now = self._clock.now()
        ours = await self._rows.intend(rows, now, self.until(now))
        return [row.hold in ours for row in rows]

    async def _record(self, outcomes: Sequence[Outcome]) -> Sequence[bool]:
        written = await self._rows.record(outcomes, self._clock.now())
        return [outcome.row.hold in written for outcome in outcomes]
