"""Statements that wait for SQLite at the same time share one visit to the driver's thread, and one commit.

A visit costs more than a statement, and a commit that waits for the disk costs more than both. Each statement still
stands alone: one that fails changes nothing and fails nobody else, and whoever asked hears only after the commit.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.exceptions import IntegrityError, OperationalError

MOST = 500
"""Statements in one commit; the loop would stand still too long over the answers of more."""
_WRITES = ("insert", "update", "delete", "with", "replace")


@dataclass(frozen=True, slots=True)
class _Done:
    rows: list[sqlite3.Row]
    changed: int
    inserted: int | None


_Outcome = _Done | Exception


@dataclass(frozen=True, slots=True)
class _Statement:
    text: str
    values: Sequence[object]
    reads: bool
    outcome: asyncio.Future[_Done]


def share_commits(client: BaseDBAsyncClient) -> None:
    """From now on the statements of `client` outside transactions go through one `_Door`; not for PostgreSQL."""
    if not isinstance(client, SqliteClient):
        return
    door = _Door(client)
    client.execute_query = door.query  # type: ignore[method-assign]
    client.execute_query_dict = door.query_dict  # type: ignore[method-assign]
    client.execute_insert = door.insert  # type: ignore[method-assign]


class _Door:
    """Stands for three methods of Tortoise's SqliteClient and gives what they give."""

    def __init__(self, client: SqliteClient) -> None:
        self._client = client
        self._waiting: list[_Statement] = []
        self._running: asyncio.Task[None] | None = None

    async def query(self, query: str, values: list[object] | None = None) -> tuple[int, Sequence[dict[Any, Any]]]:
        done = await self._run(query, values)
        return done.changed or len(done.rows), cast("Sequence[dict[Any, Any]]", done.rows)

    async def query_dict(self, query: str, values: list[object] | None = None) -> list[dict[Any, Any]]:
        return [dict(row) for row in (await self._run(query, values)).rows]

    async def insert(self, query: str, values: list[object]) -> int | None:
        return (await self._run(query, values)).inserted

    async def _run(self, text: str, values: Sequence[object] | None) -> _Done:
        if "\x00" in text:
            text = text.replace("\x00", "'||CHAR(0)||'")  # as Tortoise does
        reads = text[:6].lower() == "select"
        statement = _Statement(text, values or (), reads, asyncio.get_running_loop().create_future())
        self._waiting.append(statement)
        if self._running is None:
            self._running = asyncio.create_task(self._empty())
        try:
            return await statement.outcome
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error

    async def _empty(self) -> None:
        try:
            while self._waiting:
                async with self._client.acquire_connection() as connection:
                    group = self._next()
                    try:
                        # aiosqlite's one way into its thread, without a public name.
                        outcomes = await connection._execute(_together, connection._conn, group)  # noqa: SLF001
                    except Exception as error:
                        outcomes = [error] * len(group)
                _tell(group, outcomes)
        finally:
            self._running = None

    def _next(self) -> list[_Statement]:
        """What comes next together; what is neither read nor written (a pragma) stays alone."""
        self._waiting = [statement for statement in self._waiting if not statement.outcome.cancelled()]
        count = 0
        while count < min(MOST, len(self._waiting)) and _may_share(self._waiting[count]):
            count += 1
        group, self._waiting = self._waiting[: max(1, count)], self._waiting[max(1, count) :]
        return group


def _may_share(statement: _Statement) -> bool:
    return statement.reads or statement.text.lstrip()[:7].lower().startswith(_WRITES)


def _tell(group: Sequence[_Statement], outcomes: Sequence[_Outcome]) -> None:
    for statement, outcome in zip(group, outcomes, strict=True):
        if statement.outcome.done():  # cancelled meanwhile
            continue
        if isinstance(outcome, Exception):
            statement.outcome.set_exception(outcome)
        else:
            statement.outcome.set_result(outcome)


def _together(connection: sqlite3.Connection, group: Sequence[_Statement]) -> list[_Outcome]:
    """In the driver's thread."""
    if len(group) == 1 or all(statement.reads for statement in group):
        return [_alone(connection, statement) for statement in group]
    try:
        # The lock for writing at once: a transaction that reads first fails when another process has written.
        connection.execute("begin immediate")
    except sqlite3.Error as error:
        return [_alone(connection, statement) if statement.reads else error for statement in group]
    outcomes: list[_Outcome] = []
    for statement in group:
        outcomes.append(_alone(connection, statement))
        if not connection.in_transaction:  # a full or broken disk ends the transaction as a whole
            return [outcomes[-1]] * len(group)
    try:
        connection.execute("commit")
    except sqlite3.Error as error:
        connection.rollback()
        return [error] * len(group)
    return outcomes


def _alone(connection: sqlite3.Connection, statement: _Statement) -> _Outcome:
    before = connection.total_changes
    try:
        cursor = connection.execute(statement.text, statement.values)
        return _Done(cursor.fetchall(), connection.total_changes - before, cursor.lastrowid)
    except Exception as error:
        return error
