"""The way of numbers to a broker and back, frame by frame on the line that the library keeps.

The library greets, declares, consumes, sends heartbeats and notices what breaks. Of each message it would make a dozen
objects and five tasks, so frames of messages on two of its channels pass by it: they are written and read here, as
AMQP 0-9-1 has them.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import aio_pika
import pamqp.frame
from aio_pika.abc import AbstractConnection
from aiormq.connection import TransportFactory
from pamqp.commands import Basic
from pamqp.header import ContentHeader
from yarl import URL

_METHOD, _HEADER, _BODY = 1, 2, 3
_END = b"\xce"
_HEARTBEAT = b"\x08\0\0\0\0\0\0" + _END
_FRAME = struct.Struct(">BHI")
_ACK = struct.Struct(">BHIHHQBB")
_PLAIN = struct.Struct(">BHIHHQHBB")
_SIZE_AND_FLAGS = struct.Struct(">4xQH")
_TAG = struct.Struct(">Q")
_CONFIRMED, _REFUSED, _DELIVERED, _RETURNED = ((60 << 16) + method for method in (80, 120, 60, 50))
_CLOSING = (20 << 16) + 40
_ONLY_ITS_MODE = 0x1000
"""The flags of a message that has no header, no type and no app."""
_KEPT_ALIVE_EACH = 1.0


@dataclass(slots=True)
class Delivered:
    """A message as it came, and for which consumer. `deaths`: so many consumers had it and are gone."""

    tag: int
    consumer: str
    body: bytes = b""
    kind: str = ""
    deaths: int = 0


class Wire(TransportFactory):
    """One line to a broker.

    `taken` is called with each message, and `confirmed` with the number of a published one that its queue has; with
    True also all before it are meant. `refused`: a message found no queue or was not taken.
    """

    def __init__(
        self,
        taken: Callable[[Delivered], None],
        confirmed: Callable[[int, bool], None],
        refused: Callable[[], None],
    ) -> None:
        self._taken, self._confirmed, self._refused = taken, confirmed, refused
        self._transport: asyncio.WriteTransport | None = None
        self._publishing = self._taking = -1
        self.published: int = 0
        """The number of the message that was published last."""
        self._written: list[bytes] = []
        self._coming: Delivered | None = None
        self._lacks = 0
        self._openings: dict[tuple[str, str], bytes] = {}

    async def connect(self, url: URL, within: float, heartbeat: int) -> AbstractConnection:
        connection = aio_pika.Connection(url.update_query(heartbeat=heartbeat))
        connection.kwargs["transport_factory"] = self
        await connection.connect(timeout=within)
        return connection

    async def create(self, url: URL, **options: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open the line, as the library asks for it."""
        loop = asyncio.get_running_loop()
        provider = options.pop("ssl_context_provider")
        secure = await provider.get_context() if url.scheme == "amqps" else None
        reader = asyncio.StreamReader(loop=loop)
        protocol = _Parting(reader, self._hears)
        host, port = url.host or "", url.port or 0  # the library has put in the port of the scheme
        transport, _ = await loop.create_connection(lambda: protocol, host, port, ssl=secure, **options)
        self._transport = transport
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    def uses(self, publishing: int, taking: int) -> None:
        """Name the channel that is published on, which has confirms selected, and the one that is consumed on."""
        self._publishing, self._taking = publishing, taking

    def end(self) -> None:
        """Bring and send nothing more: numbers of messages and of publications are this line's alone."""
        self._publishing = self._taking = -1

    def publish(self, queue: str, body: bytes, kind: str = "") -> int:
        """Send a message that outlives the broker, with the next `flush`; return its number on this line."""
        self.published += 1
        if self._is_open:
            self._write_message(queue, body, kind)
        return self.published

    def acknowledge(self, tags: Iterable[int]) -> None:
        if self._is_open:
            self._written += [_ACK.pack(_METHOD, self._taking, 13, 60, 80, tag, 0, 0xCE) for tag in tags]

    @property
    def _is_open(self) -> bool:
        # A closed channel is the library's to tell of; the broker would close the line of one that goes on with it.
        return self._publishing >= 0

    def _write_message(self, queue: str, body: bytes, kind: str) -> None:
        channel = self._publishing
        opening = self._openings.get((queue, kind))
        if opening is None:
            asks = Basic.Publish(exchange="", routing_key=queue, mandatory=True)
            opening = self._openings[queue, kind] = pamqp.frame.marshal(asks, channel)
        if kind:
            properties = Basic.Properties(delivery_mode=2, message_type=kind)
            header = pamqp.frame.marshal(ContentHeader(0, len(body), properties), channel)
        else:
            header = _PLAIN.pack(_HEADER, channel, 15, 60, 0, len(body), _ONLY_ITS_MODE, 2, 0xCE)
        self._written += (opening, header, _FRAME.pack(_BODY, channel, len(body)), body, _END)

    def flush(self) -> None:
        """Send all at once what was published and acknowledged."""
        written, self._written = self._written, []
        if written and self._is_open and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(written))

    def _hears(self, kind: int, channel: int, data: bytes) -> bool:
        """Take a frame's content if it is of a message; False leaves it to the library."""
        if channel not in (self._publishing, self._taking):
            return False
        if kind == _METHOD:
            return self._hears_of(int.from_bytes(data[:4]), data)
        if channel == self._publishing:
            return True  # the content of what found no queue; it may come in the middle of a message on the other one
        if kind == _HEADER:
            self._describe(data)
        elif kind == _BODY:
            if self._coming is not None:
                self._coming.body += data
            self._lacks -= len(data)
        else:
            return False
        if self._lacks <= 0 and self._coming is not None:
            coming, self._coming = self._coming, None
            asyncio.get_running_loop().call_soon(self._bring, coming)
        return True

    def _bring(self, message: Delivered) -> None:
        if self._taking >= 0:
            self._taken(message)

    def _hears_of(self, method: int, data: bytes) -> bool:
        if method == _CONFIRMED:
            self._confirmed(_TAG.unpack_from(data, 4)[0], bool(data[12] & 1))
        elif method == _DELIVERED:
            ends = 5 + data[4]
            self._coming = Delivered(_TAG.unpack_from(data, ends)[0], data[5:ends].decode())
        elif method in (_REFUSED, _RETURNED):
            self._refused()
        else:
            if method == _CLOSING:
                self.end()
            return False
        return True

    def _describe(self, data: bytes) -> None:
        self._lacks, flags = _SIZE_AND_FLAGS.unpack_from(data)
        if self._coming is None or flags == _ONLY_ITS_MODE:
            return
        _, _, header = pamqp.frame.unmarshal(_FRAME.pack(_HEADER, 0, len(data)) + data + _END)
        if isinstance(header, ContentHeader):
            self._coming.kind = header.properties.message_type or ""
            deaths = (header.properties.headers or {}).get("x-delivery-count")
            self._coming.deaths = deaths if isinstance(deaths, int) else 0


class _Parting(asyncio.StreamReaderProtocol):
    """Gives frames to `hears`, and to the library's reader those that it returns False for."""

    def __init__(self, reader: asyncio.StreamReader, hears: Callable[[int, int, bytes], bool]) -> None:
        super().__init__(reader)
        self._hears = hears
        self._rest = b""
        self._fed_at = 0.0

    def data_received(self, data: bytes) -> None:
        data, at, left = self._rest + data, 0, b""
        while len(data) - at >= _FRAME.size:
            kind, channel, size = _FRAME.unpack_from(data, at)
            begins, ends = at + _FRAME.size, at + _FRAME.size + size
            if len(data) <= ends:
                break
            if not channel or not self._hears(kind, channel, data[begins:ends]):
                left += data[at : ends + 1]
            at = ends + 1
        self._rest = data[at:]
        now = asyncio.get_running_loop().time()
        if at and not left and now - self._fed_at >= _KEPT_ALIVE_EACH:
            left = _HEARTBEAT  # the broker sends none while it has other things to say, and the library would miss them
        if left:
            self._fed_at = now
            super().data_received(left)

    def eof_received(self) -> bool | None:
        if self._rest:  # no frame at all, as from a server that speaks another version
            super().data_received(self._rest)
        return super().eof_received()
