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
from tortoise.connection import get_connections
from tortoise.transactions import in_transaction

from .event_reads import EventReads, WrittenOutside, current_reads
from .inside import wrap_transactions


def make_cancellable(client: BaseDBAsyncClient) -> None:
    """Make every outermost transaction of `client`, which must be connected already, clean up after itself."""
    wrap_transactions(client, _Cancellable)


@asynccontextmanager
async def writing() -> AsyncIterator[None]:
    """Open a transaction for a process beside the bot that reads before it writes.

    Its first statement is a write that changes nothing, and so waits for SQLite's write lock. A transaction that reads
    first fails at once with "database is locked" when the bot has written in between.
    """
    async with in_transaction("default") as connection:
        await connection.execute_query("update audit_head set count = count where id = 0")
        yield


@asynccontextmanager
async def inside_transaction() -> AsyncIterator[None]:
    """Go on in the transaction of this task, or open one."""
    if isinstance(get_connections().get("default"), TransactionalDBClient):
        yield
        return
    async with in_transaction("default"):
        yield


class _Cancellable(TransactionContext):
    def __init__(self, plain: TransactionContext) -> None:
        self._plain = plain
        self._reads: EventReads | None = None

    async def __aenter__(self) -> TransactionalDBClient:
        self._reads = current_reads()
        if self._reads is not None:
            if self._reads.strict:
                raise WrittenOutside
            self._reads.close()
        try:
            return await self._plain.__aenter__()
        except BaseException as error:
            # It has a token from the moment on that it holds the connection.
            if hasattr(self._plain, "token"):
                # A rollback of what never began may fail; the connection is given back all the same.
                with contextlib.suppress(Exception):
                    await self._plain.__aexit__(type(error), error, error.__traceback__)
            if self._reads is not None:
                self._reads.open()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            await self._plain.__aexit__(kind, error, traceback)
        finally:
            if self._reads is not None:
                self._reads.open()
