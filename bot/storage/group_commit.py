"""Statements that wait for SQLite at the same time share one visit to the driver's thread, and one commit.

A visit costs more than a statement, and a commit that waits for the disk costs more than both. A caller gets its answer
only after the commit; a statement that fails changes nothing and fails no other caller's.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import Struct
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.exceptions import IntegrityError, OperationalError

from .inside import in_thread

MOST = 500
"""Statements in one commit; the loop would stand still too long over the answers of more."""
_WRITES = ("insert", "update", "delete", "with", "replace")


class NotFound(Exception):
    """A statement of a unit that must find a row had no answer, so all of the unit was undone."""


@dataclass(frozen=True, slots=True)
class Statement:
    """`finds`: it must return a row, or else nothing of its unit is done."""

    text: str
    values: Sequence[object] = ()
    finds: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    rows: list[sqlite3.Row]
    changed: int
    inserted: int | None


_Outcome = Answer | Exception


class Waiting(Struct, frozen=True):
    """One statement, or (`unit`) several of which all are done or none."""

    statements: Sequence[Statement]
    outcome: asyncio.Future[Answer]
    reads: bool = False
    unit: bool = False

    @property
    def shares(self) -> bool:
        """Tell whether it may run in a shared transaction. A pragma would silently do nothing there."""
        return self.unit or self.reads or self.statements[0].text.lstrip()[:7].lower().startswith(_WRITES)


class GroupCommit:
    """The door to one connection for everything but open transactions."""

    def __init__(self, client: SqliteClient) -> None:
        self._client = client
        self._waiting: list[Waiting] = []
        self._running: asyncio.Task[None] | None = None

    async def one(self, text: str, values: Sequence[object] | None) -> Answer:
        text = without_zeros(text)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        reads = text[:6].lower() == "select"
        return await self._told(Waiting([Statement(text, values or ())], future, reads))

    async def unit(self, statements: Sequence[Statement]) -> None:
        """Run all of `statements` or none; raise NotFound when one that must find a row does not."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        await self._told(Waiting(statements, future, unit=True))

    async def _told(self, waiting: Waiting) -> Answer:
        self._waiting.append(waiting)
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        try:
            return await waiting.outcome
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error

    async def _run(self) -> None:
        try:
            if self._waiting[0].reads:
                await asyncio.sleep(0)  # for those that are asked at once with the first
            while self._waiting:
                group: list[Waiting] = []
                try:
                    async with self._client.acquire_connection() as connection:
                        group = self._next()
                        outcomes = await in_thread(connection, _together, group)
                except Exception as error:
                    group = group or self._next()
                    outcomes = [error] * len(group)
                _tell(group, outcomes)
        finally:
            self._running = None

    def _next(self) -> list[Waiting]:
        """Take the statement that has waited longest and those that may go with it: a slow query delays no commit."""
        if len(self._waiting) == 1 and not self._waiting[0].outcome.cancelled():  # as of one event alone
            group, self._waiting = self._waiting, []
            return group
        waiting = [one for one in self._waiting if not one.outcome.cancelled()]
        group = [one for one in waiting if one.shares and one.reads == waiting[0].reads][:MOST]
        if waiting and not waiting[0].shares:
            group = waiting[:1]
        taken = set(map(id, group))
        self._waiting = [one for one in waiting if id(one) not in taken]
        return group


def _tell(group: Sequence[Waiting], outcomes: Sequence[_Outcome]) -> None:
    for waiting, outcome in zip(group, outcomes, strict=True):
        if waiting.outcome.done():  # cancelled meanwhile
            continue
        if isinstance(outcome, Exception):
            waiting.outcome.set_exception(outcome)
        else:
            waiting.outcome.set_result(outcome)


def without_zeros(text: str) -> str:
    """Return a statement as Tortoise gives it to SQLite."""
    return text.replace("\x00", "'||CHAR(0)||'") if "\x00" in text else text


# In the driver's thread


def _together(connection: sqlite3.Connection, group: Sequence[Waiting]) -> list[_Outcome]:
    if (len(group) == 1 and not group[0].unit) or all(waiting.reads for waiting in group):
        return [_done(connection, waiting) for waiting in group]
    try:
        # The lock for writing at once: a transaction that reads first fails when another process has written.
        connection.execute("begin immediate")
    except sqlite3.Error as error:
        return [error] * len(group)
    outcomes: list[_Outcome] = []
    for waiting in group:
        outcomes.append(_done(connection, waiting))
        if not connection.in_transaction:  # a full or broken disk ends the transaction as a whole
            return [outcomes[-1]] * len(group)
    try:
        commit(connection)
    except sqlite3.Error as error:
        connection.rollback()
        return [error] * len(group)
    return outcomes


def _done(connection: sqlite3.Connection, waiting: Waiting) -> _Outcome:
    try:
        return _all(connection, waiting) if waiting.unit else run(connection, waiting.statements[0])
    except Exception as error:
        return error


def _all(connection: sqlite3.Connection, waiting: Waiting) -> Answer:
    connection.execute("savepoint unit")
    try:
        for statement in waiting.statements:
            answer = run(connection, statement)
    except Exception:
        if connection.in_transaction:
            connection.execute("rollback to unit")
            connection.execute("release unit")
        raise
    connection.execute("release unit")
    return answer


def commit(connection: sqlite3.Connection) -> None:
    connection.execute("commit")


def run(connection: sqlite3.Connection, statement: Statement) -> Answer:
    before = connection.total_changes
    cursor = connection.execute(statement.text, statement.values)
    answer = Answer(cursor.fetchall(), connection.total_changes - before, cursor.lastrowid)
    if statement.finds and not answer.rows:
        raise NotFound
    return answer
