"""Jobs that are asked for on few days: what does them is imported when the first of a process runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from .queue import JobFunction


def late(make: Callable[[], JobFunction]) -> JobFunction:
    """Return the job that `make` imports and returns, in a thread: others are answered meanwhile."""
    made: list[JobFunction] = []

    async def run(body: Mapping[str, str], now: datetime) -> None:
        if not made:
            made.append(await asyncio.to_thread(make))
        await made[0](body, now)

    return run
