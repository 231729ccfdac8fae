"""Plain SQL on either database: placeholders, times and errors."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from types import TracebackType
from typing import TypeVar, cast

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import DBConnectionError, OperationalError, TransactionManagementError
from tortoise.transactions import in_transaction

from bot.core.sessions import StoreUnavailable, VersionConflict

from .event_reads import written
from .group_commit import Statement
from .inside import client_of_task
from .sqlite import SharingClient
from .unit_of_work import UnitOfWork

Value = str | int | float | bool | datetime | date | None
Row = dict[str, object]
_Made = TypeVar("_Made")
_PASSING = ("locked", "busy", "disk is full", "database or disk", "readonly", "read-only", "disk i/o", "unable to open")


def current() -> BaseDBAsyncClient:
    """Return the transaction of this task, else the database."""
    return client_of_task("default")


async def asked(text: str, values: Sequence[Value] = ()) -> list[Row]:
    """Query as `Sql.rows` does, in the transaction of this task if it has one."""
    on = current()
    if isinstance(on, SharingClient) and (known := on.known(text, _plain(values))) is not None:
        return known
    return await Sql(on).rows(text, values, on)


async def must_find(text: str, values: Sequence[Value]) -> None:
    """Run a statement that returns the rows it changes in the changes of this task; without any they are undone.

    Then the event is handled anew, as one whose session another process has changed. It may run as late as with the
    commit, so it costs no visit of its own.
    """
    on = current()
    sql = Sql(on)
    if isinstance(on, UnitOfWork) and on.write(sql.statement(text, values, finds=True)):
        return
    if not await sql.rows(text, values, on):
        raise VersionConflict


def in_memory(kind: type[_Made], tables: Sequence[str]) -> _Made | None:
    """Return what events have made of these tables since they were last changed, at first a new one of this kind.

    None where nobody knows whether they were changed: on PostgreSQL, and in a transaction.
    """
    on = current()
    return on.kept.made(kind, tables) if isinstance(on, SharingClient) else None


def day_value(day: date) -> Value:
    """Return a day as this database compares it."""
    return day if Sql(current()).postgres else day.isoformat()


def holds(column: str) -> str:
    """Return the condition that a column holds the text of the next value, letter for letter."""
    return f"{'strpos' if Sql(current()).postgres else 'instr'}({column}, ?) > 0"


def begins(column: str, text: str) -> tuple[str, list[Value]]:
    """Return the condition, with its values, that a column begins with a text; on SQLite an index of it serves."""
    if Sql(current()).postgres:
        return f"starts_with({column}, ?)", [text]
    return f"{column} >= ? and {column} < ?", [text, text[:-1] + chr(ord(text[-1]) + 1)]


class Sql:
    """Runs statements written with `?`; `greatest` is the name of the two-argument maximum."""

    def __init__(self, db: BaseDBAsyncClient) -> None:
        self.db = db
        self.postgres = db.capabilities.dialect == "postgres"
        self.greatest = "greatest" if self.postgres else "max"

    async def rows(self, text: str, values: Sequence[Value] = (), on: BaseDBAsyncClient | None = None) -> list[Row]:
        """Run one statement; raises StoreUnavailable when the database cannot answer now."""
        try:
            return await (on or self.db).execute_query_dict(self._dialect(text), self._values(values))
        except Exception as error:
            _tell_passing(error)
            raise

    async def tuples(
        self, text: str, values: Sequence[Value] = (), on: BaseDBAsyncClient | None = None
    ) -> Sequence[Sequence[object]]:
        """Run a query as `rows` does and return the values alone, in their order: for answers of a thousand rows."""
        try:
            _, found = await (on or self.db).execute_query(self._dialect(text), self._values(values))
        except Exception as error:
            _tell_passing(error)
            raise
        # A row of either driver is read by position too, and iterates over its values.
        return cast("Sequence[Sequence[object]]", found)

    async def together(self, statements: Sequence[tuple[str, Sequence[Value]]]) -> None:
        """Run all of them or none, in one commit; nobody may have a transaction open."""
        with available(), written():
            if isinstance(self.db, SharingClient):
                await self.db.door.unit([self.statement(text, values) for text, values in statements])
                return
            async with in_transaction("default"):
                for text, values in statements:
                    await self.rows(text, values, current())

    async def write(self, text: str, values: Sequence[Value] = ()) -> None:
        """Run one statement in the open transaction, if there is one, and look at no answer.

        It may run as late as with the commit, which then fails in its place.
        """
        on = current()
        if not (isinstance(on, UnitOfWork) and on.write(self.statement(text, values))):
            await self.rows(text, values, on)

    def statement(self, text: str, values: Sequence[Value], *, finds: bool = False) -> Statement:
        return Statement(text, self._values(values), finds)

    def _dialect(self, text: str) -> str:
        return _numbered(text) if self.postgres else text

    def _values(self, values: Sequence[Value]) -> list[Value]:
        return list(values) if self.postgres else _plain(values)


def _plain(values: Sequence[Value]) -> list[Value]:
    """Return values as SQLite stores them."""
    return [v.astimezone(UTC).isoformat(" ") if isinstance(v, datetime) else v for v in values]


@lru_cache(maxsize=500)
def _numbered(text: str) -> str:
    first, *rest = text.split("?")
    return first + "".join(f"${n}{piece}" for n, piece in enumerate(rest, start=1))


def moment(value: object) -> datetime:
    """Convert a time read from the database to UTC."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo is UTC else found.astimezone(UTC)


def moment_or_none(value: object) -> datetime | None:
    return None if value is None else moment(value)


def whole(value: object) -> int:
    """Return a whole number read from the database."""
    return value if isinstance(value, int) else int(str(value))


def available(*, around_work: bool = False) -> _Available:
    """Turn errors that pass by themselves (full disk, lock, lost connection) into StoreUnavailable; bugs stay bugs.

    `around_work`: not only statements are within, so an OSError of its own (a file, a call, its time is up) stays one.
    """
    return _Available(around_work)


class _Available:
    def __init__(self, around_work: bool) -> None:
        self._around_work = around_work

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._around_work and isinstance(error, OSError) and not isinstance(error, DBConnectionError):
            return
        if error is not None:
            _tell_passing(error)


def _tell_passing(error: BaseException) -> None:
    """Raise StoreUnavailable from an error that passes by itself."""
    if _passes_by_itself(error):
        raise StoreUnavailable(str(error)) from error


_CLOSED = "no active connection"
"""What aiosqlite says, as a ValueError, to who asks a process that has closed its database on its way to its end."""
_PASSING_ERRORS = {
    "PostgresConnectionError",
    "InterfaceError",
    "InternalClientError",  # the line was cut in the middle of an answer
    "TargetServerAttributeNotMatched",  # of several servers none is the primary yet
    "OperatorInterventionError",
    "InsufficientResourcesError",  # a full disk, too many connections
    "TransactionRollbackError",  # a deadlock: one of the two was rolled back and may try again
}


def _passes_by_itself(error: BaseException) -> bool:
    # SQLite's own comes from a commit, which the ORM does not translate; the third when a transaction begins.
    if isinstance(error, OperationalError | sqlite3.OperationalError | TransactionManagementError):
        return any(word in str(error).lower() for word in _PASSING)
    if isinstance(error, DBConnectionError | OSError) or (isinstance(error, ValueError) and str(error) == _CLOSED):
        return True
    # asyncpg is imported only where PostgreSQL is used, so its errors are known by their class's home.
    names = {kind.__name__ for kind in type(error).__mro__} if type(error).__module__.startswith("asyncpg") else set()
    return not _PASSING_ERRORS.isdisjoint(names)
