"""Tortoise's client for PostgreSQL: a question that an event asks again gets the answer that it got before."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.exceptions import DBConnectionError

from .event_reads import current_reads, written
from .server.addresses import Machine
from .server.long_lists import folded

# Of each outage it would tell with a traceback, once a second for each server that it cannot reach; we say it once.
logging.getLogger("asyncpg.pool").setLevel(logging.ERROR)

_PORT = 5432
CONNECTS_WITHIN = 4.0
"""Seconds for one server: of several the next one may be the primary, and one whose machine is cut off says nothing."""
SILENT_MOST = 10
"""Seconds that a server's machine may acknowledge nothing: then the connection ends, and so does what waits for it."""

_NOT_NOW = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TargetServerAttributeNotMatched,
)


class FoldingConnection(asyncpg.Connection):  # type: ignore[misc]
    """The one door for statements with values, in transactions and outside: a long list goes through it as an array."""

    def __init__(self, protocol: object, transport: asyncio.Transport, *rest: Any) -> None:
        super().__init__(protocol, transport, *rest)
        _end_when_silent(transport.get_extra_info("socket"))

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        text, values = folded(query, args)
        with self._left_if_standby(), _noted_if_stopped():
            return cast("str", await super().execute(text, *values, **options))

    async def fetch(self, query: str, *args: Any, **options: Any) -> list[asyncpg.Record]:
        text, values = folded(query, args)
        with self._left_if_standby(), _noted_if_stopped():
            return cast("list[asyncpg.Record]", await super().fetch(text, *values, **options))

    @contextmanager
    def _left_if_standby(self) -> Iterator[None]:
        """Close the connection to a server that has become a standby: the next one goes to the new primary."""
        try:
            yield
        except asyncpg.ReadOnlySQLTransactionError:
            self.terminate()
            raise


@contextmanager
def _noted_if_stopped() -> Iterator[None]:
    """Note it when the event of this task is stopped here: then its time was the database's."""
    try:
        yield
    except asyncio.CancelledError:
        reads = current_reads()
        if reads is not None:
            reads.stopped = True
        raise


class RememberingClient(AsyncpgDBClient):
    """Each method returns the same as Tortoise's own."""

    connection_class = FoldingConnection

    def __init__(self, *, machines: Sequence[Machine] = (), **options: Any) -> None:
        super().__init__(**options)
        self._machines = machines

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        return await super().create_pool(**options, connect=self._connect)

    async def _connect(self, *args: Any, **options: Any) -> asyncpg.Connection:
        """Connect to one server after the other until one will do.

        Raises DBConnectionError: among an event's work, an OSError would pass for its own.
        """
        last: BaseException | None = None
        for one in self._machines or [Machine(options["host"], options["port"])]:
            at = {"host": one.host, "port": one.port or _PORT, "timeout": CONNECTS_WITHIN}
            try:
                # In a task of its own: the library's limit of time cancels the task that it is in, and reads of an
                # event that go side by side (bot.features.at_once) share that: nobody would know who was meant.
                return await asyncio.create_task(asyncpg.connect(*args, **{**options, **at}))
            except _NOT_NOW as error:
                last = error
        raise DBConnectionError(f"no server can be written to: {type(last).__name__}: {last}") from last

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


def _end_when_silent(line: socket.socket | None) -> None:
    """Let the system end a connection to a machine that is gone, which tells nobody; by itself it waits a quarter hour.

    It counts what is not acknowledged, and an idle line's own signs of life; a statement may rightly take longer.
    """
    if line is None or line.family not in (socket.AF_INET, socket.AF_INET6):
        return
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_USER_TIMEOUT", SILENT_MOST * 1000),
        ("TCP_KEEPIDLE", SILENT_MOST // 2),
        ("TCP_KEEPINTVL", SILENT_MOST // 4),
        ("TCP_KEEPCNT", 2),
    ):
        if hasattr(socket, name):  # not everywhere
            line.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _rows(answer: tuple[int, list[dict[Any, Any]]]) -> int:
    return len(answer[1])


client_class = RememberingClient
"""The name under which Tortoise looks for it."""
