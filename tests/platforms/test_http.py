"""Files from addresses that somebody else chose: only so much of them, and never from our own network."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import BaseTestServer, TestServer

from bot.core.platform import Rejected, Unreachable
from bot.platforms._shared.http import delay, download, download_from_anywhere, public_socket, same_origin

LIMIT = 100_000


class Shelf:
    """A server of files; `written` counts the bytes of the endless one, `visits` all requests."""

    def __init__(self) -> None:
        self.written = 0
        self.visits = 0

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.visits += 1
        match request.match_info["name"]:
            case "endless":
                return await self._endless(request)
            case "elsewhere":
                raise web.HTTPFound("/file/small")
            case "gone":
                raise web.HTTPNotFound
            case "busy":
                raise web.HTTPServiceUnavailable
        return web.Response(body=b"x" * LIMIT)

    async def _endless(self, request: web.Request) -> web.StreamResponse:
        """No length is told, and nothing but the client ends it."""
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            while True:
                await answer.write(b"x" * 10_000)
                self.written += 10_000
        except ConnectionError:
            return answer


@asynccontextmanager
async def shelf() -> AsyncIterator[tuple[Shelf, BaseTestServer, ClientSession]]:
    here, app = Shelf(), web.Application()
    app.router.add_get("/file/{name}", here.serve)
    async with TestServer(app) as server, ClientSession() as http:
        yield here, server, http


async def test_a_file_is_read_up_to_the_limit_and_not_a_megabyte_further() -> None:
    async with shelf() as (here, server, http):
        assert len(await download(http, str(server.make_url("/file/small")), LIMIT)) == LIMIT
        with pytest.raises(Rejected):
            await download(http, str(server.make_url("/file/small")), LIMIT - 1)
        with pytest.raises(Rejected):
            await download(http, str(server.make_url("/file/endless")), LIMIT)
        # What the sockets of both sides hold may be on its way.
        assert here.written < 16 * 1024 * 1024


@pytest.mark.parametrize(("name", "decision"), [("gone", Rejected), ("elsewhere", Rejected), ("busy", Unreachable)])
async def test_what_is_not_there_is_refused_and_what_is_down_may_come_later(
    name: str, decision: type[Exception]
) -> None:
    """An address that leads on is not followed: where to, nobody has looked at."""
    async with shelf() as (here, server, http):
        with pytest.raises(decision):
            await download(http, str(server.make_url(f"/file/{name}")), LIMIT)
        assert here.visits == 1


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::]", "10.0.0.1", "192.168.1.1", "169.254.169.254"],
)
async def test_an_address_of_our_own_network_is_never_called(host: str) -> None:
    async with shelf() as (here, server, _):
        for scheme in ("https", "http"):
            with pytest.raises(Rejected):
                await download_from_anywhere(f"{scheme}://{host}:{server.port}/file/small", LIMIT)
        assert here.visits == 0


async def test_a_name_is_judged_by_what_it_leads_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that anybody may register can lead to our own machine."""

    async def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    with pytest.raises(Rejected, match="not a public one"):
        await download_from_anywhere("https://anh.example/1.jpg", LIMIT)


@pytest.mark.parametrize("address", ["", "https://", "/1.jpg", "ftp://a.example/1", "file:///etc/passwd", "https:///x"])
async def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(Rejected):
        await download_from_anywhere(address, LIMIT)


def test_an_address_of_the_internet_gets_its_socket() -> None:
    for family, host in ((socket.AF_INET, "1.1.1.1"), (socket.AF_INET6, "2606:4700::1111")):
        public_socket((family, socket.SOCK_STREAM, 6, "", (host, 443))).close()


def test_the_same_host_on_another_port_is_another_origin() -> None:
    base = "https://api.example"
    assert same_origin("https://api.example/a/b", base)
    for other in ("http://api.example/a", "https://api.example:8443/a", "https://api.example.evil/a", "", "https://[x"):
        assert not same_origin(other, base)


def test_pauses_double_up_to_a_minute() -> None:
    assert [delay(failures) for failures in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]
