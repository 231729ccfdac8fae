"""Group commit: what waits together is committed together, and nobody pays for a neighbour's fault."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.batches import Batches
from tests.kit import StillClock


class _Disk:
    """Doubles numbers; refuses batches with a number of `bad` in it."""

    def __init__(self, bad: frozenset[int] = frozenset()) -> None:
        self.bad = bad
        self.commits: list[list[int]] = []

    async def commit(self, items: Sequence[int]) -> Sequence[int]:
        await asyncio.sleep(0)
        if self.bad & set(items):
            raise ValueError(f"bad: {sorted(self.bad & set(items))}")
        self.commits.append(list(items))
        return [item * 2 for item in items]


async def test_what_arrives_while_a_commit_runs_goes_into_one_next_commit() -> None:
    disk = _Disk()
    batches = Batches(disk.commit)
    first = batches.add(1)
    await asyncio.sleep(0)
    rest = [batches.add(item) for item in (2, 3, 4)]
    assert await asyncio.gather(first, *rest) == [2, 4, 6, 8]
    assert disk.commits == [[1], [2, 3, 4]]


async def test_a_batch_has_a_limit_and_the_order_is_kept() -> None:
    disk = _Disk()
    batches = Batches(disk.commit, limit=3)
    assert await asyncio.gather(*[batches.add(item) for item in range(7)]) == [item * 2 for item in range(7)]
    assert disk.commits == [[0, 1, 2], [3, 4, 5], [6]]


@given(items=st.lists(st.integers(0, 99), min_size=1, max_size=30, unique=True), data=st.data())
def test_one_bad_item_does_not_fail_its_neighbours(items: list[int], data: st.DataObject) -> None:
    """Mechanism: when a commit of several fails, each is tried alone."""
    bad = data.draw(st.frozensets(st.sampled_from(items), max_size=3))
    disk = _Disk(bad)

    async def add_all() -> list[int | BaseException]:
        batches = Batches(disk.commit, limit=8)
        return await asyncio.gather(*[batches.add(item) for item in items], return_exceptions=True)

    for item, result in zip(items, asyncio.run(add_all()), strict=True):
        assert isinstance(result, ValueError) if item in bad else result == item * 2
    assert sorted(item for commit in disk.commits for item in commit) == sorted(set(items) - bad)


async def test_somebody_who_no_longer_waits_does_not_disturb_the_others() -> None:
    disk = _Disk()
    batches = Batches(disk.commit)
    gone, stays = batches.add(1), batches.add(2)
    gone.cancel()
    assert await stays == 4


async def test_after_a_failure_the_next_item_is_committed() -> None:
    disk = _Disk(frozenset([1]))
    batches = Batches(disk.commit)
    with pytest.raises(ValueError, match="bad"):
        await batches.add(1)
    assert await batches.add(2) == 4


class _HeldClock(StillClock):
    """Who sleeps sleeps until `ring`."""

    def __init__(self) -> None:
        super().__init__()
        self._alarm = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self._alarm.wait()
        self.time += timedelta(seconds=seconds)

    def ring(self) -> None:
        self._alarm.set()


async def test_on_a_busy_day_commits_are_few_and_large_and_the_first_waits_for_nothing() -> None:
    """Mechanism: commits begin at least `apart` seconds after each other."""
    clock, disk = _HeldClock(), _Disk()
    batches = Batches(disk.commit, clock=clock, apart=0.05)
    assert await batches.add(1) == 2
    assert clock.slept == []
    second = batches.add(2)
    for _ in range(5):
        await asyncio.sleep(0)
    third = batches.add(3)
    clock.ring()
    assert [await second, await third] == [4, 6]
    assert disk.commits == [[1], [2, 3]]
    assert clock.slept == [pytest.approx(0.05)]
