"""SQLite in memory for one test: quicker to open and to ask than as it is in the bot, and with the same answers."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from unittest.mock import patch

import aiosqlite
import aiosqlite.core
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.storage import database

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
        client._connection._conn.deserialize(_tables[0])
        yield client


class _AtOnce:
    """The place of the driver's thread, without a thread: going there and back takes longer than most statements.

    Whoever asked hears in the next turn of the loop, so that others get on in between as they do in the bot.
    """

    def put_nowait(self, asked: tuple[asyncio.Future[Any] | None, Callable[[], object]]) -> None:
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
