"""Work on many rows, a few at a time: whoever waits for the database has it in between.

Each portion is a commit of its own, so a process that dies in between has done what it has done. A portion takes about
as long as PORTION says, and the pause after it as long as the portion took.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from tortoise.queryset import QuerySet
from tortoise.transactions import in_transaction

from bot.core.machine import clock

from .table import Table

PORTION = 0.02
"""Seconds."""
FEWEST, MOST = 10, 200
_FIRST = 50
_KEYS = 2_000
"""Keys read at once: the loop makes numbers of them meanwhile."""

Key = TypeVar("Key")
AnyTable = TypeVar("AnyTable", bound=Table)


async def in_portions(
    keys: Sequence[Key], work: Callable[[Sequence[Key]], Awaitable[int]], *, rest: bool = False
) -> int:
    """Do the work on all of these, portion by portion, and return the sum of what it returned.

    `rest`: more is to come, so there is a pause after the last portion as well.
    """
    done, at, size = 0, 0, _FIRST
    while at < len(keys):
        some = keys[at : at + size]
        began = clock.elapsed()
        async with in_transaction("default"):
            done += await work(some)
        took = clock.elapsed() - began
        at += len(some)
        size = min(MOST, max(FEWEST, int(size * PORTION / max(took, 0.001))), 2 * size)
        if rest or at < len(keys):
            await asyncio.sleep(took)
    return done


async def delete(rows: QuerySet[AnyTable]) -> int:
    """Delete rows that nothing else depends on, portion by portion; return how many there were."""
    key, deleted = rows.model.key_name(), 0

    async def these(some: Sequence[object]) -> int:
        return await rows.filter(**{f"{key}__in": some}).delete()

    while keys := await rows.order_by(key).limit(_KEYS).values_list(key, flat=True):
        gone = await in_portions(list(keys), these)
        deleted += gone
        if not gone or len(keys) < _KEYS:
            break
    return deleted
