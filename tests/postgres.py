"""PostgreSQL for the tests of one process: one database, and one server process that knows its tables.

A new server process reads what it has to know of each table; that takes it longer than most tests take as a whole.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from unittest.mock import patch

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.storage import database

SERVER = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")


class KeptLoop(asyncio.SelectorEventLoop):
    """Outlives the tests that close it, for a connection lives no longer than its loop. Their tasks end before."""

    def close(self) -> None:
        self._asyncgens_shutdown_called = False
        self._executor_shutdown_called = False
        self._default_executor = None

    def end(self) -> None:
        super().close()


class KeptDatabase:
    """A database with the schema, handed from test to test on one loop; each finds its tables empty."""

    def __init__(self) -> None:
        self._name = f"langso_{uuid.uuid4().hex[:12]}"
        self._pool: asyncpg.Pool | None = None
        self._empty = ""

    async def create(self) -> None:
        await run_on_postgres(f'create database "{self._name}"')
        # What is durable is tested by killing processes; here a commit need not wait for the disk.
        await run_on_postgres(f'alter database "{self._name}" set synchronous_commit = off')
        async with database.created(url_of(self._name)) as client:
            tables = await client.execute_query_dict("select tablename from pg_tables where schemaname = 'public'")
        # A truncate waits for the disk, table by table; a delete of nothing does not.
        deletes = "".join(f'delete from "{row["tablename"]}";' for row in tables)
        self._empty = (
            f"set session_replication_role = replica; {deletes} set session_replication_role = origin;"
            " select setval(oid::regclass, 1, false) from pg_class where relkind = 'S'"
        )

    async def drop(self) -> None:
        if self._pool is not None:
            self._pool.terminate()
        await run_on_postgres(f'drop database "{self._name}" with (force)')

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[BaseDBAsyncClient]:
        async def lend(client: AsyncpgDBClient, **options: Any) -> asyncpg.Pool:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(None, **options)
            return self._pool

        async def keep() -> None:
            if self._pool is not None and self._pool.get_idle_size() < self._pool.get_size():
                await close()  # somebody still has a connection
                self._pool = None

        async with AsyncExitStack() as stack:
            with patch.object(AsyncpgDBClient, "create_pool", lend):
                client = await stack.enter_async_context(database.opened(url_of(self._name)))
            assert isinstance(client, AsyncpgDBClient)
            close, client._close = client._close, keep  # type: ignore[method-assign]
            await client.execute_script(self._empty)
            yield client


def url_of(name: str) -> str:
    return SERVER.rsplit("/", 1)[0] + f"/{name}"


async def run_on_postgres(statement: str) -> None:
    """A statement beside all tests, such as `create database`."""
    connection = await asyncpg.connect(SERVER)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
