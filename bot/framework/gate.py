"""The gate of the web server: connections that come in, how long they may stay, and which one leaves when it is full.

A connection costs an open file, of which a process has a thousand or so. When others come, those that have asked for
nothing yet, or have had an answer, are closed, the longest idle first: they lose nothing, and a new request is served.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

from aiohttp import StreamReader, web
from aiohttp.typedefs import Handler

from bot.platforms._shared import open_files
from bot.platforms._shared.addresses import Network, client_of, parsed, party, passes_on
from bot.settings import Settings

HEADERS_WITHIN = 10.0
"""Seconds from the first byte, or from the connection, until all headers of a request are there."""
BODY_WITHIN = 130.0
"""Seconds for all of a request: a photo over a poor line has two minutes."""
IDLE = 75.0
"""Seconds between two requests on one connection."""
UNREAD = 60
"""Seconds until a connection that takes nothing of an answer is closed, counted by the system."""
WAITING_OF_ONE = 256
"""Connections of one address with nothing asked."""
MOST_OF_ONE = 600
"""Connections of one address: 300 pages with a chat, and what they load."""
WANTED_FILES = 65_536
KEPT_FILES = 256
"""Open files that are left to the database, to calls and to files of people."""
_QUEUE = 2048
_AT_A_SWEEP, _SWEEP_EVERY, _SWEEP_AGAIN = 20, 1.0, 0.02
AT_A_TIME = 32
_TELL_AGAIN = 60.0
_END = re.compile(rb"\n\r?\n")
_LONGEST_HEAD = 32 * 1024
"""More than aiohttp takes: it says what is wrong with that."""
_LATER = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_OUT_OF_FILES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_logger = logging.getLogger(__name__)


def open_more_files() -> None:
    """Raise the soft limit of open files to what the system lets this process have."""
    open_files.allow(WANTED_FILES)


def room_for_connections() -> int:
    """Return the number of connections that the limit of open files allows."""
    most = open_files.allowed() or WANTED_FILES
    return max(most // 2, most - KEPT_FILES)


class SeldomTold:
    """A warning that is written once a minute at most, however often it is given."""

    def __init__(self) -> None:
        self._tell_at = 0.0

    def warn(self, now: float, message: str, *values: object) -> None:
        if now >= self._tell_at:
            self._tell_at = now + _TELL_AGAIN
            _logger.warning(message, *values)


class Connection(asyncio.Protocol):
    """One connection; aiohttp has it, and spends something on it, from the end of its first headers.

    `peer` is who connected, "" for a proxy, and `whose` its last request was; `since` is when that or the waiting for
    another one began. `awaited`: headers are to come now. `body` is what a request brings.
    """

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.transport: asyncio.Transport | None = None
        self.peer = self.whose = ""
        self.since: float = 0.0
        self.awaited = True
        self.body: StreamReader | None = None
        self._inner: asyncio.Protocol | None = None
        self._first = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.gate.comes(self, self.transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.gate.leaves(self)
        if self._inner is not None:
            self._inner.connection_lost(error)

    def data_received(self, data: bytes) -> None:
        if self._inner is not None:
            if not self.awaited and self.body is None:
                self.gate.begins(self)
            self._inner.data_received(data)
            return
        self._first += data
        if self.transport is not None and (_END.search(self._first) or len(self._first) > _LONGEST_HEAD):
            self._inner = self.gate.hand_over()
            self._inner.connection_made(self.transport)
            self._inner.data_received(self._first)
            self._first = b""

    def eof_received(self) -> bool | None:
        return None if self._inner is None else self._inner.eof_received()

    def pause_writing(self) -> None:
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        if self._inner is not None:
            self._inner.resume_writing()

    @property
    def is_nobody(self) -> bool:
        """Tell whether it has never asked for anything."""
        return self._inner is None

    @property
    def is_sending(self) -> bool:
        """Tell whether more of its request is to come."""
        return self.body is not None and not self.body.is_eof()

    def drop(self) -> None:
        if self.transport is not None:
            self.transport.abort()


class Gate:
    """All connections of the process; `most` of them. `hand_over` makes aiohttp's protocol for one."""

    def __init__(self, hand_over: Callable[[], asyncio.Protocol], proxies: tuple[Network, ...], most: int) -> None:
        self.hand_over = hand_over
        self._proxies = proxies
        self._most = most
        self._most_of_one = min(MOST_OF_ONE, most // 2)
        self._loop = asyncio.get_running_loop()
        # The oldest first, for what waits is put in at the end whenever it begins to wait.
        self._waiting: dict[Connection, None] = {}
        self._asking: dict[Connection, None] = {}
        self._waiting_of: dict[str, dict[Connection, None]] = {}
        self._of: Counter[str] = Counter()
        self._full, self._no_files = SeldomTold(), SeldomTold()
        self._sweeping: asyncio.TimerHandle | None = None

    def __call__(self) -> asyncio.Protocol:
        return Connection(self)

    def __len__(self) -> int:
        return len(self._waiting) + len(self._asking)

    # What connections tell

    def comes(self, one: Connection, transport: asyncio.Transport) -> None:
        name = transport.get_extra_info("peername")
        peer = parsed(str(name[0])) if name else None
        one.peer = one.whose = "" if peer is None or passes_on(peer, self._proxies) else party(peer)
        _let_go_of_who_does_not_read(transport)
        if len(self) >= self._most:
            self._full.warn(
                self._loop.time(), "%d connections are open; the idle ones are closed for others", len(self)
            )
            if self._waiting:
                self._drop(next(iter(self._waiting)))
            else:
                transport.write(_LATER)
                transport.close()
        self._count(one, 1)
        self._wait(one, awaited=True)
        mine = self._waiting_of[one.peer]
        if one.peer and len(mine) > WAITING_OF_ONE:
            self._drop(next(iter(mine)))

    def begins(self, one: Connection) -> None:
        """Begin to wait for the headers of another request after an answer."""
        self._forget(one)
        self._wait(one, awaited=True)

    def asks(self, one: Connection, request: web.Request) -> bool:
        """Count a request whose headers are all there; return False if its address has too many connections."""
        self._forget(one)
        self._count(one, -1)
        one.whose, one.awaited, one.since = client_of(request, self._proxies), False, self._loop.time()
        one.body = request.content
        self._count(one, 1)
        self._asking[one] = None
        if not one.whose or self._of[one.whose] <= self._most_of_one:
            return True
        self._full.warn(
            self._loop.time(), "%d connections of one address are open; more are refused", self._of[one.whose]
        )
        return False

    def answered(self, one: Connection) -> None:
        """Let a connection wait once its handler is done; an answer may be under way, so only a full room closes it."""
        if one in self._asking:
            del self._asking[one]
            self._wait(one, awaited=False)

    def leaves(self, one: Connection) -> None:
        if one in self._waiting or one in self._asking:
            self._forget(one)
            self._asking.pop(one, None)
            self._count(one, -1)

    # How long they may stay

    def sweep(self) -> None:
        """Close connections that take too long, a few at a time: clearing up after each costs the loop something."""
        now = self._loop.time()
        late = [one for one in self._waiting if one.awaited and now - one.since > HEADERS_WITHIN]
        late += [one for one in self._asking if now - one.since > BODY_WITHIN and one.is_sending]
        for one in late[:_AT_A_SWEEP]:
            self._drop(one)
        again = _SWEEP_AGAIN if len(late) > _AT_A_SWEEP else _SWEEP_EVERY
        self._sweeping = self._loop.call_later(again, self.sweep) if len(self) else None

    def close(self) -> None:
        """Close the connections that aiohttp has not seen; it closes its own."""
        for one in [one for one in self._waiting if one.is_nobody]:
            self._drop(one)
        if self._sweeping is not None:
            self._sweeping.cancel()

    def quiet(self, loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        """Handle the loop's exceptions: it reports a hundred times a second that no file can be opened."""
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _OUT_OF_FILES and "socket.accept" in str(context["message"]):
            self._no_files.warn(loop.time(), "no connection can be accepted: %s", error.strerror)
        else:
            loop.default_exception_handler(context)

    def _count(self, one: Connection, more: int) -> None:
        self._of[one.whose] += more
        if not self._of[one.whose]:
            del self._of[one.whose]

    def _wait(self, one: Connection, *, awaited: bool) -> None:
        one.body, one.awaited, one.since = None, awaited, self._loop.time()
        self._waiting[one] = None
        self._waiting_of.setdefault(one.peer, {})[one] = None
        if self._sweeping is None:
            self._sweeping = self._loop.call_later(_SWEEP_EVERY, self.sweep)

    def _forget(self, one: Connection) -> None:
        if self._waiting.pop(one, 0) is None:
            mine = self._waiting_of[one.peer]
            del mine[one]
            if not mine:
                del self._waiting_of[one.peer]

    def _drop(self, one: Connection) -> None:
        self.leaves(one)
        one.drop()


def _let_go_of_who_does_not_read(transport: asyncio.Transport) -> None:
    made = transport.get_extra_info("socket")
    if made is not None and hasattr(socket, "TCP_USER_TIMEOUT") and made.family in (socket.AF_INET, socket.AF_INET6):
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD * 1000)


def _connection_of(request: web.Request) -> Connection | None:
    protocol = None if request.transport is None else request.transport.get_protocol()
    return protocol if isinstance(protocol, Connection) else None


@web.middleware
async def at_the_gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Tell the gate when the headers of a request are there and when it was handled."""
    one = _connection_of(request)
    if one is None:
        return await handler(request)
    try:
        if not one.gate.asks(one, request):
            refused = web.Response(status=503, headers={"Retry-After": "5"})
            refused.force_close()
            return refused
        return await handler(request)
    finally:
        one.gate.answered(one)


@asynccontextmanager
async def listening(runner: web.AppRunner, settings: Settings) -> AsyncIterator[str]:
    """Pass connections to the host and port of the settings on to `runner`, and yield the address; raise OSError.

    `runner` is cleaned up at the end, once nobody comes in any more.
    """
    loop = asyncio.get_running_loop()
    gate = Gate(cast("web.Server", runner.server), settings.proxies, room_for_connections())
    # So many are accepted at a time, and no more files than are kept free are open until the gate has seen them.
    server = await bound(loop.create_server(gate, settings.host, settings.port, backlog=AT_A_TIME))
    for one in server.sockets:
        with one.dup() as same:
            same.listen(_QUEUE)
    before = loop.get_exception_handler()
    loop.set_exception_handler(gate.quiet)
    try:
        host, port = server.sockets[0].getsockname()[:2]
        yield f"http://{host}:{port}"
    finally:
        server.close()
        loop.set_exception_handler(before)
        gate.close()
        await runner.cleanup()


async def bound(opening: Awaitable[asyncio.Server]) -> asyncio.Server:
    """Raise OSError that always says why: Python has several errors for an address not of this machine."""
    try:
        return await opening
    except OSError as error:
        if error.errno is None or isinstance(error, socket.gaierror):
            raise OSError(errno.EADDRNOTAVAIL, str(error)) from error
        raise
