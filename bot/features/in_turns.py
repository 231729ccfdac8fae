"""Long work of the loop's own, a thousand things at a time: whoever else waits has the processor in between.

`bot.storage.portions` does the same with work on rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

AT_ONCE = 1_000
"""A few milliseconds of what is done with each."""

_Thing = TypeVar("_Thing")


async def in_turns(things: Sequence[_Thing]) -> AsyncIterator[Sequence[_Thing]]:
    """Yield all of these in their order, a portion at a time; others have their turn between two portions."""
    for at in range(0, len(things), AT_ONCE):
        if at:
            await asyncio.sleep(0)
        yield things[at : at + AT_ONCE]
