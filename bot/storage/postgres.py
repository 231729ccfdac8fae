"""Tortoise's client for PostgreSQL: a question that an event asks again gets the answer that it got before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient

from .event_reads import current_reads, written
from .server.addresses import Machine
from .server.long_lists import folded

_PORT = 5432


class FoldingConnection(asyncpg.Connection):  # type: ignore[misc]
    """The one door for statements with values, in transactions and outside: a long list goes through it as an array."""

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        text, values = folded(query, args)
        with self._left_if_standby():
            return cast("str", await super().execute(text, *values, **options))

    async def fetch(self, query: str, *args: Any, **options: Any) -> list[asyncpg.Record]:
        text, values = folded(query, args)
        with self._left_if_standby():
            return cast("list[asyncpg.Record]", await super().fetch(text, *values, **options))

    @contextmanager
    def _left_if_standby(self) -> Iterator[None]:
        """Close the connection to a server that has become a standby: the next one goes to the new primary."""
        try:
            yield
        except asyncpg.ReadOnlySQLTransactionError:
            self.terminate()
            raise


class RememberingClient(AsyncpgDBClient):
    """Each method returns the same as Tortoise's own."""

    connection_class = FoldingConnection

    def __init__(self, *, machines: Sequence[Machine] = (), **options: Any) -> None:
        super().__init__(**options)
        self._machines = machines

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        if self._machines:
            options["host"] = [one.host for one in self._machines]
            options["port"] = [one.port or _PORT for one in self._machines]
        return await super().create_pool(**options)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, list[dict[Any, Any]]]:
        ask = partial(super().execute_query, query, values)
        reads = current_reads()
        answer = await (ask() if reads is None else reads.answer("rows", query, values, ask, _rows))
        return cast("tuple[int, list[dict[Any, Any]]]", answer)

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[Any, Any]]:
        ask = partial(super().execute_query_dict, query, values)
        reads = current_reads()
        if reads is None:
            return cast("list[dict[Any, Any]]", await ask())
        return [dict(row) for row in await reads.answer("dicts", query, values, ask, len)]

    async def execute_insert(self, query: str, values: list[Any]) -> Any:
        with written():
            return await super().execute_insert(query, values)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        with written():
            await super().execute_many(query, values)

    async def execute_script(self, query: str) -> None:
        with written():
            await super().execute_script(query)


def _rows(answer: tuple[int, list[dict[Any, Any]]]) -> int:
    return len(answer[1])


client_class = RememberingClient
"""The name under which Tortoise looks for it."""
