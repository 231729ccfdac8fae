"""Work beside the conversation, which must not hold it up."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine


class Aside:
    """Tasks that end by themselves, or when they are let go."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self, grace: float = 0) -> None:
        """Let them end within so many seconds, then cancel those that have not, and wait until all have ended."""
        if self._tasks and grace:
            await asyncio.wait(self._tasks, timeout=grace)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
