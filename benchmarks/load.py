"""Telegram's end of the wire: a server that takes every call, and a client that brings updates to a webhook.

Plain asyncio protocols, so that one processor of this end can keep one of the measured end busy.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from time import perf_counter
from urllib.parse import urlsplit

from benchmarks.traffic import BOT, sent_answer

CHAT = re.compile(rb"chat_id\D{1,60}(\d+)")
_SECRET = re.compile(rb"secret_token\W{1,60}(\w+)")
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"transfer-encoding: *chunked", re.IGNORECASE)
SENDS = ("sendMessage", "sendDocument", "sendPhoto")
"""Methods that put a new message into a chat."""
_ME = json.dumps({"ok": True, "result": BOT}).encode()
_TRUE = b'{"ok":true,"result":true}'
PATIENCE = 30.0


class _Http(asyncio.Protocol):
    """Whole HTTP/1.1 messages, one after the other: with a Content-Length, or in chunks, as files are uploaded."""

    def __init__(self) -> None:
        self._received = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end]
            found = _body(head, self._received, end + 4)
            if found is None:
                return
            body, total = found
            self._received = self._received[total:]
            self.message(head, body)

    def message(self, head: bytes, body: bytes) -> None:
        raise NotImplementedError


def _body(head: bytes, received: bytes, begin: int) -> tuple[bytes, int] | None:
    """Return the body that begins there and where it ends; None while some of it is missing."""
    if _CHUNKED.search(head) is not None:
        return _joined(received, begin)
    length = _LENGTH.search(head)
    end = begin + (int(length[1]) if length is not None else 0)
    return (received[begin:end], end) if len(received) >= end else None


def _joined(received: bytes, at: int) -> tuple[bytes, int] | None:
    """Return the chunks that begin at `at` as one and where they end; None while one is missing."""
    chunks: list[bytes] = []
    while (line := received.find(b"\r\n", at)) >= 0:
        begin, size = line + 2, int(received[at:line], 16)
        at = begin + size + 2
        if at > len(received):
            break
        if size == 0:
            return b"".join(chunks), at
        chunks.append(received[begin : begin + size])
    return None


class Server(_Http):
    """One connection of the bot to Telegram."""

    def __init__(self, telegram: Telegram) -> None:
        super().__init__()
        self._telegram = telegram

    def message(self, head: bytes, body: bytes) -> None:
        assert self.transport is not None
        answer = self._telegram.called(head.split(b" ", 2)[1].rpartition(b"/")[2].decode(), body)
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer
        )


class Client(_Http):
    """One connection of Telegram to the webhook."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[asyncio.Future[int]] = deque()

    def post(self, head: bytes, body: bytes) -> asyncio.Future[int]:
        """The status of the answer."""
        assert self.transport is not None
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self.transport.write(head % len(body) + body)
        return future

    @property
    def closed(self) -> bool:
        assert self.transport is not None
        return self.transport.is_closing()

    def message(self, head: bytes, body: bytes) -> None:
        self._waiting.popleft().set_result(int(head.split(b" ", 2)[1]))

    def connection_lost(self, error: Exception | None) -> None:
        for future in self._waiting:
            future.set_exception(ConnectionResetError("the webhook hung up"))


class Telegram:
    """A server at `url`; `webhook` is the secret of the last setWebhook."""

    def __init__(self) -> None:
        self.url = ""
        self.hooked = asyncio.Event()
        self.secret = b""
        self._awaited: defaultdict[int, deque[tuple[Sequence[bytes], asyncio.Future[float]]]] = defaultdict(deque)
        self._last_id = 100

    def called(self, method: str, body: bytes) -> bytes:
        if method in SENDS or method == "editMessageText":
            found = CHAT.search(body)
            assert found is not None, body
            chat = int(found[1])
            if (awaited := self._awaited[chat]) and any(words in body for words in awaited[0][0]):
                awaited.popleft()[1].set_result(perf_counter())
            self._last_id += 1
            return sent_answer(chat, self._last_id).encode()
        if method == "setWebhook":
            found = _SECRET.search(body)
            self.secret = found[1] if found is not None else b""
            self.hooked.set()
        return _ME if method == "getMe" else _TRUE

    def expect(self, chat: int, words: str = "") -> asyncio.Future[float]:
        """When the next message to this chat, after those already expected, was taken: the next one with `words`."""
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        # As ours stand in JSON, and as the standard library writes them, which was ours once.
        self._awaited[chat].append(((words.encode(), json.dumps(words)[1:-1].encode()), future))
        return future


@asynccontextmanager
async def telegram(made: Telegram | None = None) -> AsyncIterator[Telegram]:
    made = made or Telegram()
    server = await asyncio.get_running_loop().create_server(lambda: Server(made), "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()


class Hook:
    """Brings updates to a webhook; as many connections as there are updates under way."""

    def __init__(self, server: Telegram, address: str, secret: bytes) -> None:
        parts = urlsplit(address)
        self._server = server
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._idle: list[Client] = []
        self._head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {secret.decode()}\r\nContent-Length: "
        ).encode() + b"%d\r\n\r\n"

    async def brings(self, chat: int, body: bytes, words: str = "") -> float:
        """Seconds on the clock at which the answer was with Telegram; of several messages the one with `words`."""
        answered = self._server.expect(chat, words)
        while self._idle and self._idle[-1].closed:  # the webhook hangs up on one that was idle for a minute
            self._idle.pop()
        client = self._idle.pop() if self._idle else await self._connected()
        status = await client.post(self._head, body)
        self._idle.append(client)
        if status != 200:
            raise RuntimeError(f"the webhook answered {status}")
        return await asyncio.wait_for(answered, PATIENCE)

    async def _connected(self) -> Client:
        _, client = await asyncio.get_running_loop().create_connection(Client, self._host, self._port)
        return client

    def close(self) -> None:
        for client in self._idle:
            assert client.transport is not None
            client.transport.close()


async def at_rate(per_second: float, count: int, say: Callable[[int], Awaitable[float]]) -> list[float]:
    """Begin `say(0)`, `say(1)` … at fixed times, answered or not; seconds from each one's time to its answer."""
    began = perf_counter()

    async def one(number: int) -> float:
        due = began + number / per_second
        return await say(number) - due

    tasks = []
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / per_second - perf_counter()))
        tasks.append(asyncio.create_task(one(number)))
    return list(await asyncio.gather(*tasks))
