"""Work on a clock: at the start, after each period, early when told; one job's fault is not another's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.core.lease import LASTS, Lease
from bot.core.sessions import StoreUnavailable
from bot.framework import worker
from bot.framework.worker import FIRST_LOOK, WAKE_AGAIN, Job, Worker
from tests.features.outbox_rig import VirtualClock
from tests.panics import panic


class Memory:
    """A small store that a restart does not empty."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    async def get(self, key: str) -> str | None:
        return self.values.get(key)

    async def swap(self, key: str, old: str | None, new: str) -> bool:
        if self.values.get(key) != old:
            return False
        self.values[key] = new
        return True


class Counted:
    """A job's work: notes when it ran, then does what `ends` says."""

    def __init__(self, clock: VirtualClock, wish: float | None = None, fault: BaseException | None = None) -> None:
        self._clock = clock
        self._wish = wish
        self._fault = fault
        self.ran: list[float] = []

    async def __call__(self) -> float | None:
        self.ran.append(round(self._clock.monotonic(), 3))
        if self._fault is not None:
            raise self._fault
        return self._wish


@asynccontextmanager
async def _running(
    clock: VirtualClock, *jobs: Job, memory: Memory | None = None, leases: Memory | None = None, drives: bool = True
) -> AsyncIterator[None]:
    """A process of these jobs; the first one of a test `drives` the clock."""

    def lease_of(name: str) -> Lease | None:
        return None if leases is None else Lease(leases, name)

    tasks = [asyncio.create_task(Worker(jobs, clock, memory or Memory(), lease_of).run())]
    if drives:
        tasks.append(asyncio.create_task(clock.drive()))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_job_runs_at_the_start_and_after_each_period() -> None:
    clock = VirtualClock()
    work = Counted(clock)
    async with _running(clock, Job("j", 10, work)):
        await clock.sleep(35)
    assert work.ran == [0, 10, 20, 30]


async def test_the_jobs_of_a_start_look_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mechanism: all at once they would open connections and threads that no hour after it needs."""
    monkeypatch.setattr(worker, "FIRST_LOOK", 60.0)
    clock, at_work, most = VirtualClock(), 0, 0

    async def work() -> float | None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await clock.sleep(1)
        at_work -= 1
        return None

    async with _running(clock, *(Job(f"j{number}", 100, work) for number in range(5))):
        await clock.sleep(20)
    assert most == 1


async def test_a_job_that_takes_long_at_the_start_keeps_no_other_from_it() -> None:
    fine = asyncio.Event()

    async def stuck() -> float | None:
        await asyncio.Event().wait()
        return None

    async def work() -> float | None:
        fine.set()
        return None

    assert FIRST_LOOK < 1, "not as long as a messenger may take to answer"
    async with (
        _running(VirtualClock(), Job("stuck", 10, stuck), Job("fine", 10, work), drives=False),
        asyncio.timeout(60),
    ):
        await fine.wait()


async def test_a_job_may_wish_to_run_sooner_but_not_later() -> None:
    clock = VirtualClock()
    sooner, later = Counted(clock, wish=4), Counted(clock, wish=400)
    async with _running(clock, Job("sooner", 10, sooner), Job("later", 10, later)):
        await clock.sleep(11)
    assert sooner.ran == [0, 4, 8]
    assert later.ran == [0, 10]


async def test_a_job_that_is_told_runs_at_once_and_again_for_a_commit_that_came_after() -> None:
    clock = VirtualClock()
    job = Job("j", 100, work := Counted(clock))
    async with _running(clock, job):
        await clock.sleep(5)
        job.woken.set()
        await clock.sleep(5)
    assert work.ran == [0, 5, 5 + WAKE_AGAIN]


async def test_a_job_that_fails_runs_again_and_the_others_go_on() -> None:
    clock = VirtualClock()
    broken = Counted(clock, fault=ValueError("a bug"))
    waiting = Counted(clock, fault=StoreUnavailable("disk full"))
    fine = Counted(clock)
    async with _running(clock, Job("broken", 10, broken), Job("waiting", 10, waiting), Job("fine", 10, fine)):
        await clock.sleep(25)
    assert broken.ran == waiting.ran == fine.ran == [0, 10, 20]


async def test_a_panic_in_one_job_does_not_end_the_work_on_a_clock() -> None:
    clock = VirtualClock()
    panics, fine = Counted(clock, fault=panic()), Counted(clock)
    async with _running(clock, Job("panics", 10, panics), Job("fine", 10, fine)):
        await clock.sleep(25)
    assert panics.ran == fine.ran == [0, 10, 20]


async def test_a_nightly_job_is_neither_forgotten_nor_repeated_by_restarts() -> None:
    clock, memory = VirtualClock(), Memory()
    work = Counted(clock)
    day = 86_400.0
    for _ in range(5):
        async with _running(clock, Job("nightly", day, work, remembered=True), memory=memory):
            await clock.sleep(day / 4)
    assert work.ran == [0, day]


async def test_a_nightly_job_that_failed_is_not_taken_for_done() -> None:
    clock, memory = VirtualClock(), Memory()
    work = Counted(clock, fault=ValueError("a bug"))
    for _ in range(2):
        async with _running(clock, Job("nightly", 86_400, work, remembered=True), memory=memory):
            await clock.sleep(60)
    assert work.ran == [0, 60]


async def test_of_several_processes_one_does_a_job_and_another_when_that_one_dies() -> None:
    """Mechanism: a lease by the job's name."""
    clock, leases = VirtualClock(), Memory()
    first, second = Counted(clock), Counted(clock)
    async with _running(clock, Job("j", 10, first), leases=leases):
        await clock.sleep(1)
        async with _running(clock, Job("j", 10, second), leases=leases, drives=False):
            await clock.sleep(44)
            assert (len(first.ran), second.ran) == (5, [])
    async with _running(clock, Job("j", 10, second), leases=leases):
        await clock.sleep(LASTS.total_seconds() + 10)
    assert second.ran


async def test_a_nightly_job_is_done_once_a_day_by_all_of_them_together() -> None:
    clock, memory, leases = VirtualClock(), Memory(), Memory()
    day = 86_400.0
    work = [Counted(clock), Counted(clock)]
    async with _running(clock, Job("nightly", day, work[0], remembered=True), memory=memory, leases=leases):
        await clock.sleep(day / 3)
        second = Job("nightly", day, work[1], remembered=True)
        async with _running(clock, second, memory=memory, leases=leases, drives=False):
            await clock.sleep(day * 1.5)
    assert sorted(work[0].ran + work[1].ran) == [0, day]


async def test_what_each_process_does_needs_no_lease() -> None:
    clock, leases = VirtualClock(), Memory()
    work = [Counted(clock), Counted(clock)]
    jobs = [Job("j", 10, one, by_all=True) for one in work]
    async with _running(clock, jobs[0], leases=leases), _running(clock, jobs[1], leases=leases, drives=False):
        await clock.sleep(15)
    assert work[0].ran == work[1].ran == [0, 10]
