"""The changes of one event on SQLite: a transaction that begins only when somebody needs an answer out of it.

What is merely written waits for the end. If nothing else came, all of it is one visit to the driver's thread, in a
commit shared with others; with BEGIN, COMMIT and each statement by itself it would be six, alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, cast

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError

from .group_commit import NotFound, Statement, commit, run
from .sqlite import SharingClient


class UnitOfWork(SqliteTransactionWrapper):
    """The connection of whoever works inside it. `claim` comes first in the transaction and must return a row."""

    def __init__(self, client: SharingClient, claim: Statement) -> None:
        super().__init__(client)
        self._client = client
        self._claim = claim
        self._written: list[Statement] = []
        self._last: Statement | None = None
        self._beginning = asyncio.Lock()
        self.begun = False

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Raises NotFound when the claim, or the statement that closes the unit, found nothing: then all is undone."""
        token = get_connections().set(self.connection_name, self)
        try:
            yield
            await self._end()
        except BaseException:
            if self.begun and not self._finalized:
                # Whatever ended the work: the connection is given back without its changes.
                with contextlib.suppress(Exception):
                    await self.rollback()
            raise
        finally:
            get_connections().reset(token)
            if self.begun:
                self._client._lock.release()  # noqa: SLF001 - the lock of the connection, as Tortoise's own transactions

    def write(self, statement: Statement) -> bool:
        """Write without looking at the answer. False when the transaction has begun: then it is to be executed."""
        if not self.begun:
            self._written.append(statement)
        return not self.begun

    def end_with(self, statement: Statement) -> None:
        """The last statement, which must return a row; in a unit that has not begun it stands for the claim."""
        self._last = statement

    async def begin(self) -> None:
        """Take the connection, then run the claim and what was written so far, in one visit."""
        async with self._beginning:
            if self.begun:
                return
            if self._last is not None:
                raise RuntimeError("the unit has ended")
            await self._client._lock.acquire()  # noqa: SLF001
            try:
                statements = [self._claim, *self._written]
                await self._connection._execute(_begin, self._connection._conn, statements)  # type: ignore[no-untyped-call]  # noqa: SLF001
            except BaseException as error:
                # A begin that was cancelled may have begun all the same.
                with contextlib.suppress(Exception):
                    await self._connection.rollback()
                self._client._lock.release()  # noqa: SLF001
                raise _translated(error) from error
            self.begun = True

    async def _end(self) -> None:
        if not self.begun and self._last is not None:
            await self._client.door.unit([*self._written, self._last], finds=True)
            return
        await self.begin()
        try:
            await self._connection._execute(_commit, self._connection._conn, self._last)  # type: ignore[no-untyped-call]  # noqa: SLF001
        except sqlite3.Error as error:
            raise _translated(error) from error
        self._finalized = True

    # What needs an answer begins the transaction.

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        await self.begin()
        return await super().execute_insert(query, values)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        await self.begin()
        await super().execute_many(query, values)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[dict[Any, Any]]]:
        await self.begin()
        return cast("tuple[int, Sequence[dict[Any, Any]]]", await super().execute_query(query, values))

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[Any, Any]]:
        await self.begin()
        return cast("list[dict[Any, Any]]", await super().execute_query_dict(query, values))

    async def execute_script(self, query: str) -> None:
        await self.begin()
        await super().execute_script(query)

    def _in_transaction(self) -> TransactionContext:
        return _Nested(self, super()._in_transaction())


class _Nested(TransactionContext):
    """A savepoint inside a unit, which it begins."""

    def __init__(self, unit: UnitOfWork, plain: TransactionContext) -> None:
        self._unit = unit
        self._plain = plain

    async def __aenter__(self) -> TransactionalDBClient:
        await self._unit.begin()
        return await self._plain.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._plain.__aexit__(kind, error, trace)


def _commit(connection: sqlite3.Connection, last: Statement | None) -> None:
    """In the driver's thread, as `_begin`."""
    if last is not None and not run(connection, last).rows:
        raise NotFound
    commit(connection)


def _begin(connection: sqlite3.Connection, statements: Sequence[Statement]) -> None:
    """In the driver's thread."""
    connection.execute("begin immediate")
    if not run(connection, statements[0]).rows:
        raise NotFound
    for statement in statements[1:]:
        run(connection, statement)


def _translated(error: BaseException) -> BaseException:
    if isinstance(error, sqlite3.OperationalError):
        return OperationalError(error)
    return IntegrityError(error) if isinstance(error, sqlite3.IntegrityError) else error
