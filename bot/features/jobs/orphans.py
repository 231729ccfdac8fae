"""Stored files that no row names any more or ever did, so that nothing would let go of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta

from bot.core.lean import patterns
from bot.features.jobs import temporary_files
from bot.storage import apps
from bot.storage.table import Table

OLD = timedelta(days=30)
"""A younger file is left alone: the row that names it may still be written."""
LAST = timedelta(days=30)
"""So much longer a stray stays: a database that was put back, or set up wrongly, finds its files again."""
_ID, _ID_LONG = patterns.compile(r"(?<![0-9a-f])[0-9a-f]{32}"), 32
"""The beginning of a name, which is nobody else's."""
_PAGE = 200
"""Rows read at once: meanwhile nobody else gets an answer."""


async def let_go(names: Collection[str], now: datetime) -> None:
    """Let orphan files among these, all older than OLD, go in time."""
    for name in await find(names):
        await temporary_files.keep(name, now + LAST)


async def find(names: Collection[str]) -> Collection[str]:
    """Return those of these files that no row of any table names, in any column and however deep in its text."""
    orphans = {name[:_ID_LONG]: name for name in names}
    # Most days no table has to be read but those whose purpose it is to name files.
    for table in sorted(apps.tables(), key=lambda one: not one.names_files):
        if not orphans:
            break
        async for text in _texts(table):
            for found in _ID.findall(text):
                orphans.pop(found, None)
    return orphans.values()


async def _texts(table: type[Table]) -> AsyncIterator[str]:
    """Yield all texts of a table that have room for a name, a few rows at a time."""
    columns, key = table.text_columns(_ID_LONG), table.key_name()
    page = table.all() if columns else None
    while page is not None:
        rows = await page.order_by(key).limit(_PAGE).values_list(*dict.fromkeys([key, *columns]))
        for row in rows:
            for value in row:
                if isinstance(value, str):
                    yield value
        page = table.filter(**{f"{key}__gt": rows[-1][0]}) if len(rows) == _PAGE else None
