"""RabbitMQ for the tests: what an installation has left there is taken away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aio_pika

from tests.conftest import BROKER


async def delete_queues(space: str, partitions: int) -> None:
    """Delete the queues of an installation, as a broker that lost its disk has none."""
    async with await aio_pika.connect(BROKER) as connection:
        channel = await connection.channel()
        for number in range(partitions):
            for again in ("", ".1"):  # it may have been left for a new one
                await channel.queue_delete(f"langso.{space}.events.{partitions}.{number}{again}")
        await channel.exchange_delete(f"langso.{space}.news")


async def messages(space: str, partitions: int) -> int:
    """Return how many messages wait in the queues of an installation; those that a consumer has are not counted."""
    async with await aio_pika.connect(BROKER) as connection:
        channel = await connection.channel()
        found = 0
        for number in range(partitions):
            queue = await channel.declare_queue(f"langso.{space}.events.{partitions}.{number}", passive=True)
            found += queue.declaration_result.message_count or 0
        return found


class Line:
    """The way of one process to the broker, which can be cut: then the broker sees what it sees when a process dies."""

    def __init__(self) -> None:
        parts = urlsplit(BROKER)
        self._to = parts.hostname or "127.0.0.1", parts.port or 5672
        self._auth = f"{parts.username}:{parts.password}@" if parts.username else ""
        self._path = parts.path
        self._writers: list[asyncio.StreamWriter] = []
        self.is_open = True
        self.url = ""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[str]:
        """Lead to the broker from the address that is yielded."""
        server = await asyncio.start_server(self._lead, "127.0.0.1", 0)
        self.url = f"amqp://{self._auth}127.0.0.1:{server.sockets[0].getsockname()[1]}{self._path}"
        try:
            yield self.url
        finally:
            server.close()
            self.cut()

    def cut(self) -> None:
        self.is_open = False
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def _lead(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_open:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(*self._to)
        self._writers += [writer, back]
        await asyncio.gather(_pass(reader, back), _pass(there, writer))


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
