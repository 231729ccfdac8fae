"""A sink for adapter tests: it remembers what was noted, and can refuse."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.core.events import Event
from bot.core.platform import Platform


class Inbox:
    """`refusals` is how many of the next notes fail; `attempts` counts all of them."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.attempts = 0
        self.events: list[Event] = []
        self._change = asyncio.Condition()

    async def note(self, events: Sequence[Event]) -> None:
        async with self._change:
            self.attempts += 1
            if self.refusals:
                self.refusals -= 1
                raise OSError("the disk is full")
            self.events.extend(events)
            self._change.notify_all()

    async def holds(self, number: int) -> list[Event]:
        """The events, as soon as there are `number` of them (10 s at most)."""
        async with asyncio.timeout(10), self._change:
            await self._change.wait_for(lambda: len(self.events) >= number)
        return self.events


@asynccontextmanager
async def listening(platform: Platform, inbox: Inbox) -> AsyncIterator[asyncio.Task[None]]:
    """The platform listens into `inbox` inside the block and is closed after it."""
    task = asyncio.create_task(platform.listen(inbox.note))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await platform.close()
