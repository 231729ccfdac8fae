"""Many sockets at once: what one visitor opens does not keep the others out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack
from uuid import uuid4

import pytest
from aiohttp import ClientWebSocketResponse, WSServerHandshakeError
from aiohttp.test_utils import make_mocked_request

from bot.platforms.web import room
from bot.platforms.web.room import Full, Room, address_of
from tests.kit import StillClock, make_kit
from tests.platforms.test_web import Browser, House, running, served


@pytest.fixture
async def house() -> AsyncIterator[House]:
    kit = make_kit()
    async with running(kit, [served(kit)]) as made:
        yield made


async def _opened(browser: Browser, address: str) -> ClientWebSocketResponse:
    """As it comes through a proxy on this machine."""
    headers = {"X-Forwarded-For": address}
    return await browser.session.ws_connect(f"{browser.base}/chat/ws", origin=browser.base, headers=headers)


async def test_a_page_that_opens_socket_after_socket_takes_nobody_else_s_room(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(room, "MOST_OF_ONE", 2)
    greedy = house.browser()
    sockets = [await _opened(greedy, "1.1.1.1") for _ in range(2)]
    for _ in range(3):
        with pytest.raises(WSServerHandshakeError) as refused:
            await _opened(greedy, "1.1.1.1")
        assert refused.value.status == 503
    assert caplog.messages == ["web chat: 2 open sockets of one address, more are refused"], (
        "once, and whose is not said"
    )
    await (await _opened(house.browser(), "8.8.8.8")).close()
    await sockets.pop().close()
    await (await _opened(greedy, "1.1.1.1")).close()
    await sockets.pop().close()


async def test_new_visitors_of_one_address_are_read_as_slowly_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "BURST_OF_ONE", 3)
    kit = make_kit()
    assert isinstance(kit.clock, StillClock)
    async with running(kit, [served(kit)]) as house:
        sockets = []
        for number in range(5):
            socket = await _opened(house.browser(), "1.1.1.1" if number < 4 else "8.8.8.8")
            await socket.send_json({"id": str(uuid4()), "text": "chào"})
            assert "ack" in await socket.receive_json() or "ack" in await socket.receive_json()
            assert bool(kit.clock.slept) == (number >= 3)
            sockets.append(socket)
        assert len(house.notes.events) == 5, "nothing is lost"
        assert len(kit.clock.slept) == 1, "and another address does not wait"
        for socket in sockets:
            await socket.close()


def test_all_together_leave_room_for_calls_and_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda what: (6, 1024))
    full = Room(StillClock())
    with ExitStack() as seats:
        for _ in range(3):
            assert seats.enter_context(full.seat(None)) is None
        with pytest.raises(Full), full.seat("1.1.1.1"):
            pass
    with full.seat(None):
        pass


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("1.1.1.1", [], "1.1.1.1"),
        ("1.1.1.1", ["8.8.8.8"], "1.1.1.1"),
        ("127.0.0.1", [], None),
        ("127.0.0.1", ["8.8.8.8"], "8.8.8.8"),
        ("127.0.0.1", ["9.9.9.9, 8.8.8.8"], "8.8.8.8"),
        ("127.0.0.1", ["9.9.9.9", "8.8.8.8, 10.0.0.7"], "8.8.8.8"),
        ("::1", ["2606:4700:4700::1111"], "2606:4700:4700::/64"),
        ("::ffff:10.0.0.2", ["192.168.1.9"], None),
        ("::ffff:8.8.8.8", [], "8.8.8.8"),
        ("10.0.0.2", ["1.1.1.1, unknown"], None),
        ("", ["1.1.1.1"], None),
    ],
)
def test_an_address_is_believed_as_far_as_our_own_network_reaches(
    peer: str, forwarded: list[str], address: str | None
) -> None:
    request = make_mocked_request("GET", "/chat/ws", headers=[("X-Forwarded-For", value) for value in forwarded])
    assert address_of(request.clone(remote=peer)) == address
