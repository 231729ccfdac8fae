"""Many sockets at once, and much that is said: what one visitor or one address does is not paid by the others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import timedelta
from uuid import uuid4

import pytest
from aiohttp import ClientWebSocketResponse, WSServerHandshakeError

from bot.core.lean.values import replace
from bot.platforms._shared import pace
from bot.platforms._shared.pace import Allowance, taken
from bot.platforms.web import room
from bot.platforms.web.pace import cost_of_frame, kept_of
from bot.platforms.web.room import Full, Room
from tests.kit import StillClock, make_kit
from tests.platforms.test_web import Browser, House, Notes, running, served


@pytest.fixture
async def house() -> AsyncIterator[House]:
    kit = make_kit()
    async with running(kit, [served(kit)]) as made:
        yield made


async def _opened(browser: Browser, address: str = "") -> ClientWebSocketResponse:
    """As it comes through a proxy on this machine, or without one."""
    headers = {"X-Forwarded-For": address} if address else {}
    return await browser.session.ws_connect(f"{browser.base}/chat/ws", origin=browser.base, headers=headers)


async def _says(socket: ClientWebSocketResponse, text: str) -> str:
    """ "ack", or the reason of a refusal."""
    await socket.send_json({"id": str(uuid4()), "text": text})
    while True:
        answer = await socket.receive_json(timeout=10)
        if "ack" in answer:
            return "ack"
        if "refused" in answer:
            return str(answer["reason"])


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


@pytest.mark.parametrize("address", ["1.1.1.1", "192.168.1.66", ""], ids=["internet", "network", "no header"])
async def test_new_visitors_of_one_address_are_read_as_slowly_as_one(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Red before for the two that are not of the internet: they were read as fast as they wrote."""
    monkeypatch.setattr(room, "PEAK_OF_ONE", (3.5 * cost_of_frame(50), 0.001))
    kit = make_kit()
    assert isinstance(kit.clock, StillClock)
    async with running(kit, [served(kit)]) as house:
        sockets = []
        for number in range(5):
            socket = await _opened(house.browser(), address if number < 4 else "8.8.8.8")
            assert await _says(socket, "chào") == "ack"
            assert bool(kit.clock.slept) == (number >= 3)
            sockets.append(socket)
        assert len(house.notes.events) == 5, "nothing is lost"
        assert len(kit.clock.slept) == 1, "and another address does not wait"
        for socket in sockets:
            await socket.close()


async def test_a_long_text_costs_more_than_a_short_one_and_leaving_repays_nothing() -> None:
    """Red before: frames were counted, and an address without an open socket began anew."""
    kit = make_kit()
    assert isinstance(kit.clock, StillClock)
    async with running(kit, [served(kit)]) as house:
        for _ in range(6):
            socket = await _opened(house.browser(), "1.1.1.1")
            await _says(socket, "ế" * 3_900)
            await socket.close()
        waited = sum(kit.clock.slept)
        for _ in range(6):
            socket = await _opened(house.browser(), "8.8.8.8")
            await _says(socket, "menu")
            await socket.close()
    assert waited > 0.5
    assert sum(kit.clock.slept) == waited


async def test_one_visitor_on_many_sockets_is_one_visitor() -> None:
    """Red before: each socket had a pace of its own."""
    kit = make_kit()
    assert isinstance(kit.clock, StillClock)
    async with running(kit, [served(kit)]) as house:
        browser = house.browser()
        async with browser.session.get(f"{house.base}/chat"):
            pass
        sockets = [await _opened(browser) for _ in range(4)]
        for number in range(40):
            await _says(sockets[number % 4], "x")
        assert len({event.chat for event in house.notes.events}) == 1
        for socket in sockets:
            await socket.close()
    assert sum(kit.clock.slept) > 4, "thirty at once, then two a second"


async def test_asking_for_the_history_again_and_again_is_paid_for(house: House) -> None:
    kit = make_kit()
    clock = kit.clock
    assert isinstance(clock, StillClock)
    async with running(kit, [served(kit)]) as other:
        socket = await _opened(other.browser())
        await _says(socket, "menu")
        for _ in range(20):
            await socket.send_json({"since": 0})
            while "n" not in await socket.receive_json(timeout=10):
                pass
        await socket.close()
    assert sum(clock.slept) > 0


async def test_what_is_kept_for_one_address_in_a_day_has_an_end_and_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Red before: the database grew as long as somebody wrote."""
    monkeypatch.setattr(room, "KEPT_OF_ONE", 3 * kept_of("ế" * 1_000))
    kit = make_kit()
    clock = kit.clock
    assert isinstance(clock, StillClock)
    async with running(kit, [served(kit)]) as house:
        loud = [await _opened(house.browser(), "192.168.1.66") for _ in range(4)]
        said = [await _says(socket, "ế" * 1_000) for socket in loud]
        assert said[:3] == ["ack"] * 3
        assert "nhắn nhiều quá" in said[3]
        calm = await _opened(house.browser(), "192.168.1.7")
        assert await _says(calm, "chào") == "ack"
        clock.time += timedelta(hours=9)
        assert await _says(loud[3], "ế" * 1_000) == "ack"
        for socket in (*loud, calm):
            await socket.close()
    assert isinstance(house.notes, Notes)
    assert len(house.notes.events) == 5


async def test_a_day_of_one_address_at_full_rate_is_less_than_200_megabytes() -> None:
    """However long and however short they are, what may be kept at once and what comes back in a day are all."""
    for text in ("x", "ế" * 4_000):
        clock = StillClock()
        with Room(clock).seat("1.1.1.1", "") as seat:
            total, end = 0, clock.time + timedelta(days=1)
            while clock.time < end:
                while seat.may_keep(kept_of(text)):
                    total += kept_of(text)
                clock.time += timedelta(minutes=1)
        assert 100e6 < total < 200e6


def test_nothing_is_taken_where_one_of_several_has_not_enough() -> None:
    clock = StillClock()
    much, little = Allowance(clock, 100), Allowance(clock, 10)
    assert not taken([much, little], 11)
    assert taken([much], 100)
    assert not taken([much, little], 1)
    assert taken([little], 10)


def test_all_together_leave_room_for_calls_and_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda what: (6, 1024))
    full = Room(StillClock())
    with ExitStack() as seats:
        for number in range(3):
            seats.enter_context(full.seat(f"1.1.1.{number}", ""))
        with pytest.raises(Full), full.seat("1.1.1.1", ""):
            pass
    with full.seat("", ""):
        pass


def test_of_many_who_are_gone_the_oldest_is_forgotten_and_nobody_who_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_REMEMBERED", 3)
    monkeypatch.setattr(room, "KEPT_OF_ONE", 10)
    seats = Room(StillClock())
    with seats.seat("here", "") as here:
        assert here.may_keep(10)
        for name in ("a", "b", "c", "d"):
            with seats.seat(name, "") as seat:
                assert seat.may_keep(10)
        with seats.seat("here", "") as again, seats.seat("d", "") as last, seats.seat("a", "") as first:
            assert (again.may_keep(1), last.may_keep(1), first.may_keep(1)) == (False, False, True)


async def test_the_demo_s_one_visitor_is_not_held_back_on_nine_phones() -> None:
    kit = replace(make_kit())
    with Room(kit.clock).seat("127.0.0.1", "") as seat:
        for _ in range(20):
            await seat.step(cost_of_frame(10))
    assert isinstance(kit.clock, StillClock)
    assert kit.clock.slept == []
