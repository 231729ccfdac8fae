"""Too many messages from one chat wait their turn; the others do not notice."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.flood import CALM_AFTER, DEAR, Flood, Spent, measured
from bot.core.sessions import Key
from bot.testing import TestClock

HOA, LAN = Key("fake", "hoa"), Key("fake", "lan")


def _handles(flood: Flood, clock: TestClock, key: Key = HOA) -> tuple[float, bool]:
    delay, first = flood.delay(key)
    clock.passes(seconds=delay)
    flood.count(key)
    return delay, first


def test_the_first_of_a_minute_are_handled_at_once_and_the_next_one_is_told_to_wait() -> None:
    clock = TestClock()
    flood = Flood(3, clock)
    assert [_handles(flood, clock) for _ in range(3)] == [(0.0, False)] * 3
    assert flood.delay(HOA) == (60.0, True)
    assert flood.delay(LAN) == (0.0, False)


def test_a_chat_with_a_limit_of_its_own_has_that_one() -> None:
    clock = TestClock()
    flood = Flood(3, clock)
    for n in range(5):
        assert flood.is_full(HOA) is (n >= 3)
        assert flood.delay(HOA, 5) == (0.0, False)
        flood.count(HOA)
    assert flood.delay(HOA, 5) == (60.0, True)


def test_a_wait_is_announced_once_until_it_has_been_calm_for_long() -> None:
    clock = TestClock()
    flood = Flood(1, clock)
    assert [_handles(flood, clock)[1] for _ in range(4)] == [False, True, False, False]
    clock.passes(seconds=CALM_AFTER + 1)
    assert [_handles(flood, clock)[1] for _ in range(2)] == [False, True]


@given(gaps=st.lists(st.integers(0, 90), max_size=60), per_minute=st.integers(1, 5))
def test_no_minute_ever_sees_more_than_allowed_and_nobody_waits_longer_than_needed(
    gaps: list[int], per_minute: int
) -> None:
    clock = TestClock()
    flood = Flood(per_minute, clock)
    handled: list[float] = []
    for gap in gaps:
        clock.passes(seconds=gap)
        delay, _ = _handles(flood, clock)
        now = clock.monotonic()
        assert sum(now - 60 < time for time in handled) < per_minute
        assert delay == 0 or sum(now - 60 <= time for time in handled) >= per_minute
        handled.append(now)


def test_an_event_that_took_long_counts_as_several() -> None:
    clock = TestClock()
    flood = Flood(4, clock)
    for spent, counted in ((DEAR * 0.9, 1), (DEAR * 2.5, 3)):
        flood.count(HOA)
        flood.spend(HOA, spent)
        assert flood.is_full(HOA) is (counted > 1)
    flood.spend(LAN, 1e9)
    assert flood.delay(LAN) == (60.0, True)


async def test_only_its_own_steps_count_and_what_it_waits_for_does_not() -> None:
    spent, go = Spent(), asyncio.Event()

    async def busy() -> None:
        began = thread_time()
        while thread_time() - began < 0.02:
            pass
        go.set()

    async def waits() -> str:
        await go.wait()
        return "done"

    others = asyncio.create_task(busy())
    assert await measured(waits(), spent) == "done"
    await others
    assert spent.seconds < 0.02
    await measured(busy(), spent)
    assert spent.seconds >= 0.02


async def test_what_is_measured_fails_and_is_cancelled_as_ever() -> None:
    spent = Spent()

    async def fails() -> None:
        await asyncio.sleep(0)
        raise ValueError("ours")

    async def tidies() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            spent.seconds = 99.0

    with pytest.raises(ValueError, match="ours"):
        await measured(fails(), Spent())
    task = asyncio.create_task(measured_task(tidies(), spent))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert spent.seconds >= 99.0


async def test_its_first_wait_is_told_and_no_other() -> None:
    told: list[float] = []
    spent = Spent()

    async def works() -> str:
        return "done"

    async def waits() -> str:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return "done"

    for work, times in ((works, 0), (waits, 1)):
        assert await measured(work(), spent, lambda: told.append(spent.whole)) == "done"
        assert len(told) == times


async def measured_task(work: Coroutine[object, object, None], spent: Spent) -> None:
    await measured(work, spent)
