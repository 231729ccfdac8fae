"""Files that are kept for a while only: the QR picture of a code goes when the code expires."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from bot.storage.tables.commune import PassingFile

Remove = Callable[[str], Awaitable[None]]
Needed = Callable[[str], Awaitable[bool]]
"""Whether something still names the file, so that it has to stay."""

ORPHAN = timedelta(days=1)
"""So long a stored file waits for the transaction that takes it over; a kill in between leaves it no longer."""
AGAIN = timedelta(days=30)
"""A file that was still needed is looked at again after so long."""


async def keep(name: str, until: datetime) -> None:
    """Let the file `name` of the media store go at that time.

    A job's file is kept before the transaction that hands it out: when that fails the file still goes in time.
    """
    await PassingFile.bulk_create([PassingFile(name=name, until=until)], ignore_conflicts=True)


async def settle(name: str) -> None:
    """Keep the file for good: a row names it now, in whose transaction this is called."""
    await PassingFile.filter(name=name).delete()


async def extend(name: str, until: datetime) -> None:
    """Keep the file longer: a row names it now, in whose transaction this is called."""
    await PassingFile.filter(name=name).update(until=until)


async def drop(name: str, now: datetime) -> None:
    """Let a file go that is not needed any more, at the next sweep."""
    await PassingFile.filter(name=name).update(until=now)


async def kept(names: Sequence[str], now: datetime) -> frozenset[str]:
    """Return those of `names` whose time is not over."""
    rows = await PassingFile.filter(name__in=names, until__gt=now).values_list("name", flat=True)
    return frozenset(map(str, rows))


async def sweep(now: datetime, remove: Remove, needed: Needed) -> int:
    """Remove what has had its time and is not needed; returns how many files. One that is gone already is no fault."""
    removed = 0
    for row in await PassingFile.filter(until__lte=now).order_by("until"):
        if await needed(row.name):
            await PassingFile.filter(name=row.name).update(until=now + AGAIN)
            continue
        await remove(row.name)
        await row.delete()
        removed += 1
    return removed
