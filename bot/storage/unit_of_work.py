"""The changes of one event on SQLite: a transaction that begins only when the work needs a result out of it.

Pure writes wait for the end. If nothing else came, all of it is one visit to the driver's thread, in a commit shared
with others; with BEGIN, COMMIT and each statement by itself it would be six, alone.
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

from .event_reads import written
from .group_commit import Answer, Statement, commit, run, without_zeros
from .inside import in_thread, lock_of
from .sqlite import SharingClient


class UnitOfWork(SqliteTransactionWrapper):
    """The connection of whoever works inside it. `claim` comes first in a transaction, and `condition` after it.

    Without a transaction, what is written has a claim at its end.
    """

    def __init__(self, client: SharingClient, claim: Statement, condition: Statement | None = None) -> None:
        super().__init__(client)
        self._client = client
        self._claim = claim
        self._condition = [] if condition is None else [condition]
        self._written: list[Statement] = []
        self._last: Statement | None = None
        self._beginning = asyncio.Lock()
        self.begun = False

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Open the unit; raise NotFound when a statement that must find a row did not: then all is undone."""
        token = get_connections().set(self.connection_name, self)
        try:
            with written():
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
                lock_of(self._client).release()

    def write(self, statement: Statement) -> bool:
        """Write without looking at the answer. False when the transaction has begun: then it is to be executed."""
        if not self.begun:
            self._written.append(statement)
        return not self.begun

    def end_with(self, statement: Statement) -> None:
        """Set the last statement; in a unit that has not begun it stands for the claim."""
        self._last = statement

    async def begin(self) -> None:
        """Take the connection, then run the claim and what was written so far, in one visit."""
        await self._begin_with(None)

    async def _begin_with(self, first: Statement | None) -> Answer | None:
        """Take the connection, then run the claim, what was written so far and a `first` statement, in one visit.

        Returns the answer to `first`; None if the unit had begun, and then it was not run. If it fails, so does the
        beginning: the unit has not begun, and what was written still waits.
        """
        async with self._beginning:
            if self.begun:
                return None
            if self._last is not None:
                raise RuntimeError("the unit has ended")
            await lock_of(self._client).acquire()
            try:
                statements = [self._claim, *self._condition, *self._written]
                answer = await in_thread(self._connection, _begin, statements, first)
            except BaseException as error:
                # A begin that was cancelled may have begun all the same.
                with contextlib.suppress(Exception):
                    await self._connection.rollback()
                lock_of(self._client).release()
                raise _translated(error) from error
            self.begun = True
            return answer

    async def _end(self) -> None:
        if not self.begun and self._last is not None:
            await self._client.door.unit([*self._condition, *self._written, self._last])
            return
        await self.begin()
        try:
            await in_thread(self._connection, _commit, self._last)
        except sqlite3.Error as error:
            raise _translated(error) from error
        self._finalized = True

    # What needs an answer begins the transaction.

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        answer = await self._begin_with(Statement(query, values))
        return await super().execute_insert(query, values) if answer is None else answer.inserted

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        await self.begin()
        await super().execute_many(query, values)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[dict[Any, Any]]]:
        if (answer := await self._first(query, values)) is not None:
            return answer.changed or len(answer.rows), cast("Sequence[dict[Any, Any]]", answer.rows)
        return cast("tuple[int, Sequence[dict[Any, Any]]]", await super().execute_query(query, values))

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[Any, Any]]:
        if (answer := await self._first(query, values)) is not None:
            return [dict(row) for row in answer.rows]
        return cast("list[dict[Any, Any]]", await super().execute_query_dict(query, values))

    async def _first(self, query: str, values: list[Any] | None) -> Answer | None:
        """Begin with a question, if the unit has not begun, and return the answer."""
        if self.begun:
            return None
        return await self._begin_with(Statement(without_zeros(query), values or ()))

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
    """Run the last statement and commit; called in the driver's thread, as `_begin`."""
    if last is not None:
        run(connection, last)
    commit(connection)


def _begin(
    connection: sqlite3.Connection, statements: Sequence[Statement], first: Statement | None = None
) -> Answer | None:
    """Begin the transaction with its claim; called in the driver's thread."""
    connection.execute("begin immediate")
    for statement in statements:
        run(connection, statement)
    return None if first is None else run(connection, first)


def _translated(error: BaseException) -> BaseException:
    if isinstance(error, sqlite3.OperationalError):
        return OperationalError(error)
    return IntegrityError(error) if isinstance(error, sqlite3.IntegrityError) else error
