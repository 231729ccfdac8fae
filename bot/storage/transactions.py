"""Transactions that can be cancelled while they begin.

Tortoise takes the connection, sends BEGIN and only then counts as entered: whoever is cancelled in between never gives
the connection back. On SQLite nothing could be written any more, on PostgreSQL the pool would run dry.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType

from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient, TransactionContext
from tortoise.transactions import in_transaction


def make_cancellable(client: BaseDBAsyncClient) -> None:
    """From now on every outermost transaction of `client`, which must be connected already, cleans up after itself."""
    plain = client._in_transaction  # noqa: SLF001 - the one place where Tortoise makes them

    def in_transaction() -> TransactionContext:
        return _Cancellable(plain())

    client._in_transaction = in_transaction  # type: ignore[method-assign]  # noqa: SLF001


@asynccontextmanager
async def writing() -> AsyncIterator[None]:
    """A transaction for a process beside the bot that reads before it writes.

    Its first statement writes, though nothing, and so waits for SQLite's write lock. A transaction that reads first
    fails at once with "database is locked" when the bot has written in between.
    """
    async with in_transaction("default") as connection:
        await connection.execute_query("update audit_head set count = count where id = 0")
        yield


class _Cancellable(TransactionContext):
    def __init__(self, plain: TransactionContext) -> None:
        self._plain = plain

    async def __aenter__(self) -> TransactionalDBClient:
        try:
            return await self._plain.__aenter__()
        except BaseException as error:
            # It has a token from the moment on that it holds the connection.
            if hasattr(self._plain, "token"):
                # A rollback of what never began may fail; the connection is given back all the same.
                with contextlib.suppress(Exception):
                    await self._plain.__aexit__(type(error), error, error.__traceback__)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._plain.__aexit__(kind, error, traceback)
