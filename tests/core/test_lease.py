"""What one process at a time may do: taken, renewed, left to the next one, and lost without harm."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.core.lease import LASTS, Lease, by_turns
from bot.core.sessions import StoreUnavailable
from bot.testing import TestClock
from tests.kit import MemoryValues


class _Away(MemoryValues):
    """A store that may be away."""

    gone = False

    async def get(self, key: str) -> str | None:
        if self.gone:
            raise StoreUnavailable("away")
        return await super().get(key)


class _Noted(MemoryValues):
    notes: list[str]

    async def swap(self, key: str, old: str | None, new: str) -> bool:
        self.notes.append("written")
        return await super().swap(key, old, new)


class _RealClock(TestClock):
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def test_one_has_it_until_it_stops_renewing_or_gives_it_up() -> None:
    values, clock = MemoryValues(), TestClock()
    first, second = Lease(values, "x"), Lease(values, "x")
    assert await first.mine(clock.now())
    assert not await second.mine(clock.now())
    clock.time += LASTS * 0.6
    assert await first.mine(clock.now())
    clock.time += LASTS * 0.6
    assert not await second.mine(clock.now())
    clock.time += LASTS
    assert await second.mine(clock.now())
    assert not await first.mine(clock.now())
    await first.give_up(clock.now())
    assert await second.mine(clock.now()), "who does not have it cannot give it up"
    await second.give_up(clock.now())
    assert await first.mine(clock.now())


async def test_of_two_who_take_it_at_once_one_has_it() -> None:
    values, clock = MemoryValues(), TestClock()
    leases = [Lease(values, "x") for _ in range(5)]
    assert sum(await asyncio.gather(*[lease.mine(clock.now()) for lease in leases])) == 1


async def test_two_names_are_two_leases() -> None:
    values, clock = MemoryValues(), TestClock()
    assert await Lease(values, "x").mine(clock.now())
    assert await Lease(values, "y").mine(clock.now())


async def test_a_clock_that_was_set_back_does_not_keep_everybody_out_for_days() -> None:
    values, clock = MemoryValues(), TestClock()
    clock.time += timedelta(days=3)
    assert await Lease(values, "x").mine(clock.now())
    clock.time -= timedelta(days=3)
    assert await Lease(values, "x").mine(clock.now())


async def _held(until: timedelta) -> tuple[Lease, TestClock]:
    """A lease that somebody else has until then."""
    values, clock = MemoryValues(), TestClock()
    values.values["x"] = f"other {(clock.now() + until).timestamp()}"
    return Lease(values, "x"), clock


@pytest.mark.parametrize(
    ("until", "free"),
    [
        (timedelta(0), True),
        (timedelta(seconds=1), False),
        (LASTS, False),
        (LASTS * 2, False),
        (LASTS * 2 + timedelta(seconds=1), True),
    ],
    ids=["over", "nearly over", "fresh", "of a clock that is ahead", "further than any clock"],
)
async def test_somebody_else_s_is_kept_as_long_as_a_holder_can_have_set_it(until: timedelta, *, free: bool) -> None:
    lease, clock = await _held(until)
    assert await lease.mine(clock.now()) is free


async def test_it_is_renewed_from_its_half_on_and_not_before() -> None:
    """A write for each look would be one for each second and process."""
    values, clock = MemoryValues(), TestClock()
    lease = Lease(values, "x")
    assert await lease.mine(clock.now())
    first = values.values["x"]
    clock.time += LASTS / 2 - timedelta(seconds=1)
    assert await lease.mine(clock.now())
    assert values.values["x"] == first
    clock.time += timedelta(seconds=1)
    assert await lease.mine(clock.now())
    assert values.values["x"] != first


async def test_work_goes_on_in_one_process_and_then_in_the_next() -> None:
    values, clock = MemoryValues(), _RealClock()
    at_work: list[str] = []

    async def work(name: str) -> None:
        at_work.append(name)
        await asyncio.Event().wait()

    async def starts(name: str) -> None:
        await by_turns(Lease(values, "x", timedelta(seconds=1.5)), clock)(lambda: work(name))

    first = asyncio.create_task(starts("first"))
    await _until(lambda: at_work == ["first"])
    second = asyncio.create_task(starts("second"))
    await asyncio.sleep(0.05)
    assert at_work == ["first"]
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    await _until(lambda: at_work == ["first", "second"])
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


async def test_who_loses_it_stops_and_waits_again() -> None:
    values, clock = MemoryValues(), _RealClock()
    began: list[int] = []
    ended: list[int] = []

    async def work() -> None:
        began.append(1)
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(1)

    async def starts() -> None:
        await by_turns(Lease(values, "x", timedelta(seconds=0.03)), clock)(work)

    task = asyncio.create_task(starts())
    await _until(lambda: bool(began))
    other = Lease(values, "x", timedelta(seconds=0.03))
    clock.passes(seconds=60)
    assert await other.mine(clock.now())
    await _until(lambda: bool(ended))
    clock.passes(seconds=60)
    await _until(lambda: len(began) == 2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_database_that_is_away_ends_nobody_s_work() -> None:
    values, clock = _Away(), _RealClock()
    done = asyncio.Event()

    async def work() -> None:
        values.gone = True
        await asyncio.sleep(0.05)
        done.set()

    await by_turns(Lease(values, "x", timedelta(seconds=0.03)), clock)(work)
    assert done.is_set()


async def test_no_work_begins_while_nobody_can_say_whose_it_is() -> None:
    values, happened = _Away(), list[str]()
    values.gone = True

    class _Back(TestClock):
        async def sleep(self, seconds: float) -> None:
            happened.append("waited")
            values.gone = False

    async def work() -> None:
        happened.append("worked")

    await by_turns(Lease(values, "x"), _Back())(work)
    assert happened == ["waited", "worked"]


async def test_what_the_work_raises_is_raised() -> None:
    async def work() -> None:
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await by_turns(Lease(MemoryValues(), "x"), TestClock())(work)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a lease tells nobody
            await asyncio.sleep(0.002)


async def test_it_tells_once_that_it_came() -> None:
    values, clock = MemoryValues(), TestClock()
    first, second = Lease(values, "x"), Lease(values, "x")
    assert not first.came()
    assert await first.mine(clock.now())
    assert [first.came(), first.came()] == [True, False]
    clock.time += LASTS * 0.6
    assert await first.mine(clock.now())
    assert not first.came(), "it was only renewed"
    assert not await second.mine(clock.now())
    assert not second.came()


async def test_the_next_one_begins_when_the_work_has_ended_and_not_before() -> None:
    """Work that is told to stop may have to put something away first."""
    values, happened = _Noted(), list[str]()
    values.notes = happened

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(5):
                await asyncio.sleep(0)
            happened.append("put away")

    task = asyncio.ensure_future(by_turns(Lease(values, "x"), TestClock())(work))
    await _until(lambda: bool(happened))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert happened == ["written", "put away", "written"]
