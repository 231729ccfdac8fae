"""Stored files that no row names any more or ever did, so that nothing would let go of them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection
from datetime import datetime, timedelta

from tortoise import fields

from bot.features import passing
from bot.storage import models
from bot.storage.table import Table

OLD = timedelta(days=30)
"""A younger file is left alone: the row that names it may still be written."""
LAST = timedelta(days=30)
"""So much longer a stray stays: a database that was put back, or set up wrongly, finds its files again."""
_ID, _ID_LONG = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}"), 32
"""The beginning of a name, which is nobody else's."""
_PAGE = 200
"""Rows read at once: meanwhile nobody else gets an answer."""
_MOSTLY: tuple[type[Table], ...] = (
    models.PassingFile,
    models.Announcement,
    models.Recording,
    models.IssuedPaperFile,
    models.HelpMessage,
    models.Product,
)
"""Tables that name files; most days no other has to be read."""


async def let_go(names: Collection[str], now: datetime) -> None:
    """Of these files, all older than OLD, those that no row names go in time."""
    for name in await find(names):
        await passing.keep(name, now + LAST)


async def find(names: Collection[str]) -> Collection[str]:
    """Those of these files that no row of any table names, in whatever column and however deep in its text."""
    strays = {name[:_ID_LONG]: name for name in names}
    tables = [one for one in vars(models).values() if isinstance(one, type) and issubclass(one, Table)]
    for table in dict.fromkeys([*_MOSTLY, *tables]):
        if not strays:
            break
        async for text in _texts(table):
            for found in _ID.findall(text):
                strays.pop(found, None)
    return strays.values()


async def _texts(table: type[Table]) -> AsyncIterator[str]:
    """All texts of a table that have room for a name, a few rows at a time."""
    columns = [
        name
        for name, field in table._meta.fields_map.items()  # noqa: SLF001 - the library has no other list of them
        if isinstance(field, fields.TextField) or (isinstance(field, fields.CharField) and field.max_length >= _ID_LONG)
    ]
    key = table._meta.pk_attr  # noqa: SLF001
    page = table.all() if columns else None
    while page is not None:
        rows = await page.order_by(key).limit(_PAGE).values_list(*dict.fromkeys([key, *columns]))
        for row in rows:
            for value in row:
                if isinstance(value, str):
                    yield value
        page = table.filter(**{f"{key}__gt": rows[-1][0]}) if len(rows) == _PAGE else None
