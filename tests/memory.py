"""SQLite in memory for one test: quicker to open and to ask than as it is in the bot, and with the same answers."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import aiosqlite
import aiosqlite.core
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.storage import database
from tests.ground import Rows, ground

_tables: list[bytes] = []
"""What a new database looks like; putting it there takes a tenth of making the tables."""


@asynccontextmanager
async def memory() -> AsyncIterator[BaseDBAsyncClient]:
    """An empty database with the schema of the models."""
    if not _tables:
        async with database.created(database.MEMORY) as client:
            connection: aiosqlite.Connection = client._connection
            _tables.append(await connection._execute(connection._conn.serialize))  # type: ignore[no-untyped-call]
    async with AsyncExitStack() as stack:
        with patch.object(aiosqlite.core, "Connection", _Connection):
            client = await stack.enter_async_context(database.opened(database.MEMORY))
        raw = client._connection._conn
        raw.deserialize(_tables[0])
        with ground(client, _Tables(raw, client._connection._tx)):
            yield client


@dataclass
class _Tables:
    """As `tests.ground` wants to have them."""

    connection: sqlite3.Connection
    way: _AtOnce
    kind = "sqlite"

    def asked(self) -> int:
        return self.way.asked

    async def rows(self) -> Rows:
        # A table is made after those that it refers to.
        names = self.connection.execute(
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by rowid"
        ).fetchall()
        all_rows = {str(name): self.connection.execute(f'select * from "{name}"').fetchall() for (name,) in names}
        return {name: tuple(tuple(row) for row in rows) for name, rows in all_rows.items() if rows}

    async def put(self, rows: Rows) -> None:
        for name, new in rows.items():
            values = [row for row in new if isinstance(row, tuple)]
            marks = ", ".join("?" * len(values[0]))
            self.connection.executemany(f'insert into "{name}" values ({marks})', values)


class _AtOnce:
    """The place of the driver's thread, without a thread: going there and back takes longer than most statements.

    Whoever asked hears in the next turn of the loop, so that others get on in between as they do in the bot.
    """

    def __init__(self) -> None:
        self.asked = 0

    def put_nowait(self, asked: tuple[asyncio.Future[Any] | None, Callable[[], object]]) -> None:
        self.asked += 1
        future, function = asked
        tell: Callable[[asyncio.Future[Any], Any], None] = aiosqlite.core.set_result
        try:
            outcome = function()
        except Exception as error:
            tell, outcome = aiosqlite.core.set_exception, error
        if future is not None:
            future.get_loop().call_soon(tell, future, outcome)


class _Connection(aiosqlite.Connection):
    def __init__(self, connector: Callable[[], sqlite3.Connection], iter_chunk_size: int) -> None:
        super().__init__(connector, iter_chunk_size)
        self._tx = _AtOnce()  # type: ignore[assignment]

    def __await__(self) -> Generator[Any, None, aiosqlite.Connection]:
        return self._connect().__await__()
