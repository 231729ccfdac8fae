"""Tortoise's SQLite client with a door of its own: statements outside transactions share their commits.

A question that an event asks again gets the answer that it got before; one that is asked outside of a transaction goes
over a connection that only reads.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from tortoise.backends.sqlite.client import SqliteClient
from tortoise.exceptions import IntegrityError, OperationalError

from .event_reads import current_reads, is_read, written
from .group_commit import Answer, GroupCommit
from .inside import in_thread
from .lite.kept_answers import KeptAnswers
from .lite.read_lanes import ReadLanes
from .lite.table_versions import TableVersions

_MEMORY = ":memory:"

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


class SharingClient(SqliteClient):
    """Each method returns the same as Tortoise's own."""

    def __init__(self, file_path: str, **options: Any) -> None:
        super().__init__(file_path, **options)
        self.door = GroupCommit(self)
        self._lanes = None if file_path == _MEMORY else ReadLanes(file_path)
        self._versions = TableVersions()
        self.kept = KeptAnswers(self._versions)

    async def create_connection(self, with_db: bool) -> None:
        before = self._connection
        await super().create_connection(with_db)
        if self._lanes is not None and self._connection is not None and self._connection is not before:
            found = await self._connection.execute_fetchall("select name from sqlite_master where type = 'table'")
            self._versions.watch(self._connection, [str(row["name"]) for row in found])

    async def close(self) -> None:
        if self._lanes is not None:
            await self._lanes.close()
        await super().close()

    async def in_connection(
        self,
        function: Callable[Concatenate[sqlite3.Connection, _Arguments], _Result],
        *arguments: _Arguments.args,
        **options: _Arguments.kwargs,
    ) -> _Result:
        """Call a function in the driver's thread with the connection that writes, on which no transaction is open.

        Raises OperationalError.
        """
        async with self.acquire_connection() as connection:
            try:
                return await in_thread(connection, function, *arguments, **options)
            except sqlite3.OperationalError as error:
                raise OperationalError(error) from error

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[dict[Any, Any]]]:
        answer = await self._answer(query, values)
        return answer.changed or len(answer.rows), cast("Sequence[dict[Any, Any]]", answer.rows)

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[Any, Any]]:
        return [dict(row) for row in (await self._answer(query, values)).rows]

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        with written():
            return (await self.door.one(query, values)).inserted

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        with written():
            await super().execute_many(query, values)

    async def execute_script(self, query: str) -> None:
        with written():
            await super().execute_script(query)

    async def _answer(self, query: str, values: list[Any] | None) -> Answer:
        reads = current_reads()
        if reads is not None and reads.keeps and self._lanes is not None and is_read(query):
            ask = partial(self._asked_and_kept, query, values)
            return await reads.answer("rows", query, values, ask, _rows, self._kept)
        ask = partial(self._asked if is_read(query) else self.door.one, query, values)
        return await (ask() if reads is None else reads.answer("rows", query, values, ask, _rows))

    def known(self, query: str, values: Sequence[object]) -> list[dict[str, object]] | None:
        """Return what `execute_query_dict` does if the event of this task need not ask for it, else None."""
        reads = current_reads()
        if reads is None or self._lanes is None or not is_read(query):
            return None
        answer = reads.known("rows", query, values, _rows, self._kept)
        return None if answer is None else [dict(row) for row in answer.rows]

    def _kept(self, query: str, values: tuple[object, ...]) -> Answer | None:
        """Return the answer to a question of an event, if one is kept and nobody has changed what it is of."""
        version = self._versions.version(query)
        return None if version is None else self.kept.find((query, values), version)

    async def _asked_and_kept(self, query: str, values: list[Any] | None) -> Answer:
        """Answer a question of an event, and keep the answer as long as nobody changes what it is of."""
        version = self._versions.version(query)
        answer = await self._asked(query, values)
        if version is not None:
            self.kept.keep((query, tuple(values or ())), version, answer)
        return answer

    async def _asked(self, query: str, values: list[Any] | None) -> Answer:
        if self._lanes is None or "\x00" in query:
            return await self.door.one(query, values)
        try:
            return await self._lanes.one(query, values)
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error


def _rows(answer: Answer) -> int:
    return len(answer.rows)


client_class = SharingClient
"""The name under which Tortoise looks for it."""
