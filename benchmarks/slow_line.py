"""A poor mobile line between a browser and a server: a proxy that gives bytes the time they take on the air."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_SEGMENT = 1460
"""Bytes that TCP puts into one packet."""
_BACKLOG = 0.05
"""Seconds of the line that may be taken up ahead: what comes on other connections gets in between."""


@dataclass
class SlowLine:
    """`rate` is that of the way down in bytes/s, `round_trip` in seconds; all connections share the rate.

    Left out: the slow start of TCP, losses, and TLS, which takes one round trip more for each connection.
    """

    rate: float
    round_trip: float
    port: int = 0
    down: int = 0
    """Bytes that came down: headers, bodies and frames."""
    last: float = 0.0
    """When the last of them arrived, on the loop's clock."""
    _free: float = field(default=0.0, repr=False)

    async def quiet(self, seconds: float) -> None:
        """Return when nothing has come down for so long."""
        loop = asyncio.get_running_loop()
        while True:
            left = max(self.last, self._free) + seconds - loop.time()
            if left <= 0:
                return
            await asyncio.sleep(left)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server_port: int) -> None:
        """Carry one connection of the browser, whose handshake takes a round trip of its own."""
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", server_port)
        opened = asyncio.get_running_loop().time() + self.round_trip
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._up(reader, up_writer, opened))
                both.create_task(self._down(up_reader, writer))
        except* ConnectionError:
            pass
        finally:
            for end in (writer, up_writer):
                end.close()

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, opened: float) -> None:
        """A browser's requests are short: they have the delay only."""
        loop = asyncio.get_running_loop()
        while piece := await reader.read(_SEGMENT):
            await asyncio.sleep(max(loop.time(), opened) + self.round_trip / 2 - loop.time())
            writer.write(piece)
        with suppress(OSError):
            writer.write_eof()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while piece := await reader.read(_SEGMENT):
            self._free = max(loop.time(), self._free) + len(piece) / self.rate
            self.down += len(piece)
            loop.call_at(self._free + self.round_trip / 2, self._arrive, writer, piece)
            await asyncio.sleep(self._free - _BACKLOG - loop.time())
        await asyncio.sleep(self._free + self.round_trip / 2 - loop.time())
        with suppress(OSError):
            writer.write_eof()

    def _arrive(self, writer: asyncio.StreamWriter, piece: bytes) -> None:
        self.last = asyncio.get_running_loop().time()
        if not writer.is_closing():
            writer.write(piece)


@asynccontextmanager
async def slow_line(server_port: int, rate: float, round_trip: float) -> AsyncIterator[SlowLine]:
    """Yield a line to the server at this port of the machine; the browser asks at `port` instead."""
    line = SlowLine(rate, round_trip)
    carried: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(line.carry(reader, writer, server_port))
        carried.add(task)
        task.add_done_callback(carried.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        for task in tuple(carried):
            task.cancel()
        await asyncio.gather(*carried, return_exceptions=True)
