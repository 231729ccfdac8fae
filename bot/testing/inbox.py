"""A sink for adapter tests: it remembers what was noted, can refuse, and can take its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from bot.core.events import Event
from bot.core.platform import Platform

patience = 10.0
"""Seconds to wait for what has to happen."""


def set_patience(seconds: float) -> None:
    """Wait this long from now on."""
    global patience
    patience = seconds


class Inbox:
    """`refusals` is how many of the next notes fail; `attempts` counts all of them, `failed` those that did.

    A note waits while it is `busy`."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.attempts = 0
        self.failed = 0
        self.events: list[Event] = []
        self.listener: asyncio.Task[None] | None = None
        self.free = asyncio.Event()
        self.free.set()
        self._change = asyncio.Condition()

    async def note(self, events: Sequence[Event]) -> None:
        async with self._change:
            self.attempts += 1
            self._change.notify_all()
        await self.free.wait()
        async with self._change:
            if self.refusals:
                self.refusals -= 1
                self.failed += 1
                raise OSError("the disk is full")
            self.events.extend(events)
            self._change.notify_all()

    async def holds(self, number: int) -> list[Event]:
        """Return the events, as soon as there are `number` of them."""
        async with asyncio.timeout(patience), self._change:
            await self._change.wait_for(lambda: len(self.events) >= number)
        return self.events

    async def asked(self, times: int) -> None:
        """Return when something was to be noted so often."""
        async with asyncio.timeout(patience), self._change:
            await self._change.wait_for(lambda: self.attempts >= times)


@asynccontextmanager
async def listening(platform: Platform, inbox: Inbox) -> AsyncIterator[asyncio.Task[None]]:
    """Let the platform listen into `inbox` inside the block, and close it after it."""
    task = inbox.listener = asyncio.create_task(platform.listen(inbox.note))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await platform.close()
