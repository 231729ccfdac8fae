"""The door of the web server: who stands in it with nothing asked does not keep anybody out."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network

import pytest
from aiohttp import web

from bot.framework import gate, web_app
from bot.framework.gate import Gate, listening, open_more_files, room_for_connections
from bot.settings import Settings
from tests.kit import StillClock

END = b"\r\n"
HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


class Wire(asyncio.Transport):
    """A connection's other side."""

    def __init__(self, peer: str) -> None:
        super().__init__({"peername": (peer, 1)})
        self.written = b""
        self.aborted = self.closed = False

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.closed = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)


@dataclass
class Inner(asyncio.Protocol):
    """Stands where aiohttp does."""

    received: list[bytes] = field(default_factory=list)

    def data_received(self, data: bytes) -> None:
        self.received.append(data)


class Door:
    """A gate with `most` places, and who came through it; time is its own."""

    def __init__(self, most: int) -> None:
        self.inner: list[Inner] = []
        self.gate = Gate(self._hand_over, (ip_network("10.0.0.5"),), most)
        self.now = 0.0

    def _hand_over(self) -> asyncio.Protocol:
        self.inner.append(Inner())
        return self.inner[-1]

    def comes(self, peer: str = "1.1.1.1") -> tuple[asyncio.Protocol, Wire]:
        one, wire = self.gate(), Wire(peer)
        one.connection_made(wire)
        return one, wire


@pytest.fixture
async def door(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    made = Door(4)
    monkeypatch.setattr(made.gate._loop, "time", lambda: made.now)
    yield made
    made.gate.close()


def test_the_soft_limit_of_open_files_is_raised_to_the_hard_one(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = (1024, 16_384)

    def set_(what: int, new: tuple[int, int]) -> None:
        nonlocal limits
        limits = new

    monkeypatch.setattr(resource, "getrlimit", lambda what: limits)
    monkeypatch.setattr(resource, "setrlimit", set_)
    assert room_for_connections() == 768
    open_more_files()
    assert limits == (16_384, 16_384)
    assert room_for_connections() == 16_128
    limits = (64, resource.RLIM_INFINITY)
    assert room_for_connections() == 32
    open_more_files()
    assert limits == (65_536, resource.RLIM_INFINITY)


async def test_when_the_room_is_full_the_one_that_waits_longest_goes(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    wires = [door.comes(f"1.1.1.{number}")[1] for number in range(6)]
    assert [wire.aborted for wire in wires] == [True, True, False, False, False, False]
    assert len(door.gate) == 4
    assert caplog.messages == ["4 connections are open; the idle ones are closed for others"], "once a minute"
    door.now = 61.0
    door.comes()
    assert len(caplog.messages) == 2


async def test_of_one_address_only_so_many_wait_and_a_proxy_is_no_address(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "WAITING_OF_ONE", 1)
    _, first = door.comes("1.1.1.1")
    _, other = door.comes("8.8.8.8")
    _, second = door.comes("1.1.1.1")
    assert (first.aborted, other.aborted, second.aborted) == (True, False, False)
    proxied = [door.comes("10.0.0.5")[1] for _ in range(2)]
    assert [wire.aborted for wire in proxied] == [False, False]


async def test_headers_have_ten_seconds_however_they_drip(door: Door) -> None:
    one, wire = door.comes()
    for second in range(12):
        door.now = float(second)
        one.data_received(b"G")
        door.gate.sweep()
        assert wire.aborted == (second > 10)
    assert door.inner == [], "nothing was spent on it"
    assert len(door.gate) == 0


async def test_a_head_in_pieces_is_handed_over_whole_and_the_rest_as_it_comes(door: Door) -> None:
    one, _ = door.comes()
    for piece in (HEAD[:9], HEAD[9:], END[:1], END[1:] + b"body", b"more"):
        one.data_received(piece)
    assert door.inner[0].received == [HEAD[:9] + HEAD[9:] + END + b"body", b"more"]
    endless, _ = door.comes()
    endless.data_received(b"x" * 40_000)
    assert len(door.inner) == 2, "whoever never ends is told by aiohttp what is wrong"


async def test_that_no_file_can_be_opened_is_told_once_a_minute(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    """Mechanism: asyncio tells it for each try, with a traceback; red before: 33 MB in 40 s."""
    loop = asyncio.get_running_loop()
    context = {
        "message": "socket.accept() out of system resource",
        "exception": OSError(errno.EMFILE, "Too many open files"),
    }
    for second in (0.0, 0.1, 30.0, 60.5):
        door.now = second
        door.gate.quiet(loop, context)
    assert caplog.messages == ["no connection can be accepted: Too many open files"] * 2
    door.gate.quiet(loop, {"message": "something else", "exception": ValueError("ours")})
    assert "something else" in caplog.text


@dataclass
class House:
    port: int
    asked: list[str] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def says(self, *parts: bytes) -> asyncio.StreamReader:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        for part in parts:
            writer.write(part)
            await writer.drain()
        return reader

    _writers: list[asyncio.StreamWriter] = field(default_factory=list)


@asynccontextmanager
async def serving() -> AsyncIterator[House]:
    app = web_app.application(Settings(), StillClock())
    house = House(0)

    async def fast(request: web.Request) -> web.Response:
        house.asked.append(await request.text())
        return web.Response(text="ok")

    async def slow(request: web.Request) -> web.Response:
        house.asked.append("slow")
        await house.go.wait()
        return web.Response(text="late")

    app.router.add_get("/", fast)
    app.router.add_post("/", fast)
    app.router.add_get("/slow", slow)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    async with listening(runner, Settings(port=0)) as address:
        house.port = int(address.rpartition(":")[2])
        yield house
        for writer in house._writers:
            writer.close()


@pytest.fixture
def quiet() -> Iterator[None]:
    logging.getLogger("aiohttp.server").disabled = True
    yield
    logging.getLogger("aiohttp.server").disabled = False


async def test_who_asks_comes_in_past_those_who_only_stand_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Red before: nobody came in once the process had no more files."""
    monkeypatch.setattr(gate, "room_for_connections", lambda: 5)
    async with serving() as house:
        standing = [await house.says(HEAD) for _ in range(20)]
        for _ in range(3):
            answer = await house.says(HEAD + b"Connection: close\r\n" + END)
            assert (await answer.read()).endswith(b"ok")
        for reader in standing[:10]:
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""


async def test_who_is_being_answered_keeps_the_place_and_others_are_told_to_come_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gate, "room_for_connections", lambda: 4)
    monkeypatch.setattr(gate, "MOST_OF_ONE", 100)
    async with serving() as house:
        served = [
            await house.says(HEAD.replace(b"/ ", b"/slow ") + f"X-Forwarded-For: 1.1.1.{n}".encode() + b"\r\n" + END)
            for n in range(4)
        ]
        while len(house.asked) < 4:  # noqa: ASYNC110 - who has asked wakes nobody
            await asyncio.sleep(0)
        refused = await (await house.says(HEAD + END)).read()
        assert refused.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 5" in refused
        house.go.set()
        for reader in served:
            assert b"late" in await reader.readuntil(b"late")


async def test_one_address_has_so_many_connections_and_another_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "MOST_OF_ONE", 2)
    async with serving() as house:

        async def asks(address: bytes) -> bytes:
            reader = await house.says(HEAD.replace(b"/ ", b"/slow ") + b"X-Forwarded-For: " + address + b"\r\n" + END)
            return await reader.readuntil(b"\r\n")

        waiting = [asyncio.create_task(asks(b"1.1.1.1")) for _ in range(2)]
        while len(house.asked) < 2:  # noqa: ASYNC110 - who has asked wakes nobody
            await asyncio.sleep(0)
        assert b" 503 " in await asks(b"1.1.1.1")
        other = asyncio.create_task(asks(b"8.8.8.8"))
        while len(house.asked) < 3:  # noqa: ASYNC110 - who has asked wakes nobody
            await asyncio.sleep(0)
        house.go.set()
        assert all(b" 200 " in answer for answer in await asyncio.gather(*waiting, other))


async def test_several_requests_on_one_connection_and_one_after_a_pause() -> None:
    async with serving() as house:
        reader = await house.says(HEAD + END, HEAD + END)
        for _ in range(2):
            await reader.readuntil(b"ok")
        writer = house._writers[-1]
        post = HEAD.replace(b"GET", b"POST")
        for piece in (post[:5], post[5:], b"Content-Length: 2\r\nConnection: close\r\n", END, b"hi"):
            writer.write(piece)
            await asyncio.sleep(0)
        assert (await reader.read()).endswith(b"ok")
        assert house.asked == ["", "", "hi"]


async def test_what_is_no_request_is_told_so(quiet: None) -> None:
    async with serving() as house:
        assert b" 400 " in await (await house.says(b"nonsense\r\n" + END)).readline()
