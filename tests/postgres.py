"""PostgreSQL for the tests of one process: one database, and one server process that knows its tables.

A new server process reads what it has to know of each table; that takes it longer than most tests take as a whole.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.storage import database
from bot.storage.postgres import FoldingConnection
from bot.storage.schema import HISTORY
from tests.ground import Rows, ground

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
        self._keys: dict[str, str] = {}

    async def create(self) -> None:
        await run_on_postgres(f'create database "{self._name}"')
        # What is durable is tested by killing processes; here a commit need not wait for the disk.
        await run_on_postgres(f'alter database "{self._name}" set synchronous_commit = off')
        async with database.created(url_of(self._name)) as client:
            tables = await client.execute_query_dict(_TABLES)
            names = [str(row["name"]) for row in tables]
            await client.execute_script(_all_rows(names) + ";" + _nothing_left(names))
        self._keys = {str(row["name"]): str(row["key"]) for row in tables if row["key"] is not None}

    async def drop(self) -> None:
        if self._pool is not None:
            self._pool.terminate()
        await run_on_postgres(f'drop database "{self._name}" with (force)')

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[BaseDBAsyncClient]:
        async def lend(client: AsyncpgDBClient, **options: Any) -> asyncpg.Pool:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(None, **{**options, "connection_class": _Counted})
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
            await client.execute_script(_EMPTY)
            with ground(client, _Tables(client, self._keys)):
                yield client


class _Counted(FoldingConnection):
    asked = 0
    """How often any of them was asked for something."""

    async def execute(self, *args: Any, **options: Any) -> Any:
        _Counted.asked += 1
        return await super().execute(*args, **options)

    async def _execute(self, *args: Any, **options: Any) -> Any:
        _Counted.asked += 1
        return await super()._execute(*args, **options)

    async def executemany(self, *args: Any, **options: Any) -> Any:
        _Counted.asked += 1
        return await super().executemany(*args, **options)


_TABLES = (
    "select c.relname as name, a.attname as key from pg_class c"
    " left join pg_attribute a on a.attrelid = c.oid and pg_get_serial_sequence(c.oid::regclass::text, a.attname) is"
    " not null where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace order by c.oid"
)
"""In the order in which they were made: a table comes after those that it refers to. `key` is numbered by itself."""


def _all_rows(tables: Sequence[str]) -> str:
    """A function for all rows of all tables: its plans are made once."""
    each = "".join(f"return query select '{name}', row_to_json(r)::text from \"{name}\" r;" for name in tables)
    return (
        f"create function all_rows() returns table (name text, of_it text) language plpgsql as $$ begin {each} end $$"
    )


def _nothing_left(tables: Sequence[str]) -> str:
    """A function that empties all tables, those that refer to others first; most are empty, which costs a look.

    A truncate waits for the disk, table by table. Switching off the rules of references instead would throw away all
    plans of the server process, these and those of the bot.
    """
    each = "".join(f'if exists (select from "{name}") then delete from "{name}"; end if;' for name in reversed(tables))
    return f"create function nothing_left() returns void language plpgsql as $$ begin {each} end $$"


_EMPTY = "select nothing_left(); select setval(oid::regclass, 1, false) from pg_class where relkind = 'S'"


@dataclass
class _Tables:
    """As `tests.ground` wants to have them: a row is JSON."""

    client: BaseDBAsyncClient
    keys: Mapping[str, str]
    kind = "postgres"

    def asked(self) -> int:
        return _Counted.asked

    async def rows(self) -> Rows:
        found: dict[str, tuple[object, ...]] = {}
        for row in await self.client.execute_query_dict("select name, of_it from all_rows()"):
            found[row["name"]] = (*found.get(row["name"], ()), row["of_it"])
        return found

    async def put(self, rows: Rows) -> None:
        await self.client.execute_script("".join(self._insert(name, new) for name, new in rows.items()))

    def _insert(self, name: str, rows: Sequence[object]) -> str:
        records = ", ".join(str(row) for row in rows)
        text = f'insert into "{name}" select * from json_populate_recordset(null::"{name}", $rows$[{records}]$rows$);'
        if (key := self.keys.get(name)) is not None:
            text += f"""select setval(pg_get_serial_sequence('"{name}"', '{key}'), max("{key}")) from "{name}";"""
        return text


async def begin(url: str) -> None:
    """As `migrate` leaves a new database: its steps take seconds, and are tested in test_migrations.py."""
    async with database.created(url) as client:
        rows = ", ".join(f"('{step.app}', '{step.name}', now())" for step in sorted(database._known_steps()))
        await client.execute_script(
            f"create table {HISTORY} (id serial primary key, app varchar(255) not null, name varchar(255) not null,"
            f" applied_at timestamptz not null); insert into {HISTORY} (app, name, applied_at) values {rows}"
        )


def url_of(name: str) -> str:
    return SERVER.rsplit("/", 1)[0] + f"/{name}"


async def run_on_postgres(statement: str) -> None:
    """A statement beside all tests, such as `create database`."""
    connection = await asyncpg.connect(SERVER)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
