"""Files that are kept for a while only: the QR picture of a code goes when the code expires."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.storage.commune import PassingFile

Remove = Callable[[str], Awaitable[None]]


async def keep(name: str, until: datetime) -> None:
    """The file `name` of the media store may go at that time.

    What a job makes is kept before the transaction that hands it out: when that fails the file still goes in time.
    """
    await PassingFile.bulk_create([PassingFile(name=name, until=until)], ignore_conflicts=True)


async def drop(name: str, now: datetime) -> None:
    """Nobody needs the file any more: it goes at the next sweep."""
    await PassingFile.filter(name=name).update(until=now)


async def sweep(now: datetime, remove: Remove) -> int:
    """Remove what has had its time; returns how many files. A file that is gone already is no fault."""
    rows = await PassingFile.filter(until__lte=now).order_by("until")
    for row in rows:
        await remove(row.name)
        await row.delete()
    return len(rows)
