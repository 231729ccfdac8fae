"""All that the bot takes from inside the libraries' connections, where they give no public name.

Its uses of their models' insides stand in `bot.storage.table`. `tests/storage/test_inside.py` fails when a new
version of a library has changed something of either.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar, cast

import aiosqlite
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.context import get_current_context, require_context

_Arguments = ParamSpec("_Arguments")
_Answer = TypeVar("_Answer")


async def in_thread(
    connection: aiosqlite.Connection,
    function: Callable[Concatenate[sqlite3.Connection, _Arguments], _Answer],
    *arguments: _Arguments.args,
    **options: _Arguments.kwargs,
) -> _Answer:
    """Call a function with the connection in the driver's thread: one visit, whatever it does there."""
    answer = await connection._execute(function, connection._conn, *arguments, **options)  # type: ignore[no-untyped-call]  # noqa: SLF001
    return cast("_Answer", answer)


def watch_visits(
    connection: aiosqlite.Connection,
    watched: Callable[[sqlite3.Connection, Callable[..., object], tuple[object, ...]], Callable[..., object]],
) -> None:
    """Have every visit to this connection's thread made by what `watched` returns for its function and arguments."""
    door, inner = type(connection), connection._conn  # noqa: SLF001

    async def execute(function: Callable[..., object], *given: object, **named: object) -> object:
        visit = watched(inner, function, given)
        return await door._execute(connection, visit, *given, **named)  # type: ignore[no-untyped-call]  # noqa: SLF001

    connection._execute = execute  # type: ignore[method-assign, assignment]  # noqa: SLF001


def client_of_task(name: str) -> BaseDBAsyncClient:
    """Return what the library's own `connections.get` does, for nine calls less where nothing has to be made anew."""
    context = get_current_context()
    if context is not None and context._connections is not None:  # noqa: SLF001
        client = context._connections._storage_var.get().get(name)  # noqa: SLF001
        if client is not None and client._bound_loop is asyncio._get_running_loop():  # noqa: SLF001
            return client
    return require_context().connections.get(name)


def lock_of(client: SqliteClient) -> asyncio.Lock:
    """Return the lock of the connection, which the library's own transactions hold."""
    return client._lock  # noqa: SLF001


def wrap_transactions(client: BaseDBAsyncClient, wrap: Callable[[TransactionContext], TransactionContext]) -> None:
    """Have every outermost transaction of a connected client wrapped; they are made in one place."""
    plain = client._in_transaction  # noqa: SLF001

    def in_transaction() -> TransactionContext:
        return wrap(plain())

    client._in_transaction = in_transaction  # type: ignore[method-assign]  # noqa: SLF001
