"""What the log says of requests: a stranger's nonsense in one line, our own faults in full."""

from __future__ import annotations

import asyncio
import gzip
import io
import logging
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
from aiohttp import web

from bot import logs
from bot.framework import web_app
from bot.settings import Settings
from tests.kit import StillClock, catalogues
from tests.ports import unused_port

PACKED = gzip.compress(b"{}" * 100)
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged, set up as the program does it; what other tests log is as before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    errors = io.StringIO()
    monkeypatch.setattr("sys.stderr", errors)
    logs.set_up(["a-secret-token"])
    yield errors
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("aiohttp.server").removeFilter(logs._strangers)


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server that reads what it gets, and whose page /broken is broken."""

    async def page(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    async def broken(request: web.Request) -> web.Response:
        raise ValueError("our own fault, which knows a-secret-token")

    app = web_app.application(Settings(), StillClock(), partial(catalogues().translate, "vi"))
    app.router.add_post("/", page)
    app.router.add_get("/broken", broken)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    number = unused_port()
    await web.TCPSite(runner, "127.0.0.1", number).start()
    yield number
    await runner.cleanup()


async def _sends(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/9.9x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost xin-chao\r\n\r\n",
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        POST + b"Content-Length: x\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_a_malformed_request_is_one_quiet_line_without_its_words(
    port: int, said: io.StringIO, request_: bytes
) -> None:
    assert b" 400 " in await _sends(port, request_)
    (line,) = said.getvalue().splitlines()
    assert " INFO aiohttp.server: a request was malformed and is refused: " in line
    assert "xin-chao" not in line


async def test_many_malformed_requests_are_one_line_a_minute_with_their_number(
    port: int, said: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red before: a line for each, as long as somebody sent them."""
    for _ in range(5):
        await _sends(port, b"GET / HTTP/9.9x\r\n\r\n")
    assert len(said.getvalue().splitlines()) == 1
    monkeypatch.setattr(logs._strangers, "_tell_at", 0.0)
    await _sends(port, b"GET / HTTP/9.9x\r\n\r\n")
    assert said.getvalue().splitlines()[1].endswith(" (4 more before)")


@pytest.mark.parametrize("body", [PACKED, PACKED[:-9], b"abcde"], ids=["whole", "cut off", "broken"])
async def test_a_packed_body_is_refused_and_at_most_one_quiet_line(port: int, said: io.StringIO, body: bytes) -> None:
    """Mechanism: packed bodies are not taken. A gzip that was cut off had 200, and its event was lost."""
    head = b"Connection: close\r\nContent-Length: %d\r\nContent-Encoding: gzip\r\n\r\n" % len(body)
    answer = await _sends(port, POST + head + body)
    assert b" 415 " in answer
    assert "không nhận nội dung đã nén" in answer.decode()
    lines = said.getvalue().splitlines()
    quiet = " INFO aiohttp.server: a request was malformed and is refused: RequestPayloadError"
    assert all(line.endswith(quiet) for line in lines)
    assert len(lines) <= 1


async def test_our_own_faults_are_told_in_full_without_secrets(port: int, said: io.StringIO) -> None:
    assert b" 500 " in await _sends(port, b"GET /broken HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert " ERROR aiohttp.server: Error handling request" in said.getvalue()
    assert "ValueError: our own fault, which knows [bí mật]" in said.getvalue()
