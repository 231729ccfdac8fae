"""Long work: asked for once, done once, taken up again after a crash, given up with a word to whoever waits."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.core.events import Chat
from bot.core.sessions import StoreUnavailable
from bot.features.jobs import ATTEMPTS, GAVE_UP, LEASE, RETRY, JobRefused, JobRunner, Jobs, answer_to, chat_of
from bot.storage.jobs import JobRow
from bot.testing import TestClock
from tests.panics import panic

HOA = Chat("fake", "hoa", "private")


class Killed(BaseException):
    """The process ends here: nothing after it is run."""


@dataclass
class Rig:
    """Runners on one database; `done` is what the work did, `told` what people heard of work that failed."""

    db: BaseDBAsyncClient
    clock: TestClock = field(default_factory=TestClock)
    done: list[str] = field(default_factory=list)
    told: list[tuple[Chat | None, str]] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)

    async def work(self, body: Mapping[str, str], now: datetime) -> None:
        self.done.append(body["what"])
        if self.faults:
            raise self.faults.pop(0)

    async def tell(self, body: Mapping[str, str], refusal: JobRefused) -> None:
        self.told.append((chat_of(body), refusal.template.format(**refusal.values)))

    def runner(self, kind: str = "report") -> JobRunner:
        return JobRunner({kind: self.work}, self.db, self.tell, self.clock.now)

    async def ask(self, what: str, key: str = "", kind: str = "report") -> bool:
        async with in_transaction("default"):
            body = {"what": what, **answer_to(HOA)}
            return await Jobs(self.db).ask(kind, body, key=key or what, now=self.clock.now())

    async def states(self) -> list[tuple[str, int]]:
        return [(row.state, row.attempts) for row in await JobRow.all().order_by("id")]


@pytest.fixture
def rig(db: BaseDBAsyncClient) -> Rig:
    return Rig(db)


async def test_jobs_are_done_once_and_in_their_order(rig: Rig) -> None:
    assert [await rig.ask("một"), await rig.ask("hai"), await rig.ask("khác", key="một")] == [True, True, False]
    runner = rig.runner()
    assert [await runner.run(), await runner.run(), await runner.run()] == [0.0, 0.0, None]
    assert rig.done == ["một", "hai"]
    assert await rig.states() == [("done", 1), ("done", 1)]


async def test_asking_wakes_the_runner_and_counts_only_when_the_conversation_is_committed(
    rig: Rig, db: BaseDBAsyncClient
) -> None:
    jobs = Jobs(db)

    async def conversation() -> None:
        async with in_transaction("default"):
            await jobs.ask("report", {"what": "một"}, key="một", now=rig.clock.now())
            raise RuntimeError("rolled back")

    with pytest.raises(RuntimeError, match="rolled back"):
        await conversation()
    assert jobs.woken.is_set()
    assert await rig.runner().run() is None
    with pytest.raises(ValueError, match="at most 120"):
        await jobs.ask("report", {}, key="k" * 121, now=rig.clock.now())


async def test_work_whose_process_died_before_the_mark_is_done_again_when_its_lease_ends(rig: Rig) -> None:
    await rig.ask("một")
    rig.faults.append(Killed())
    with pytest.raises(Killed):
        await rig.runner().run()
    assert await rig.states() == [("leased", 1)]
    wait = await rig.runner().run()
    assert wait == LEASE.total_seconds(), "the next runner comes back when the lease ends"
    rig.clock.passes(seconds=wait)
    assert await rig.runner().run() == 0.0
    assert rig.done == ["một", "một"]
    assert await rig.states() == [("done", 2)]


async def test_work_that_kills_its_process_each_time_is_given_up(rig: Rig) -> None:
    await rig.ask("một")
    for _ in range(ATTEMPTS):
        rig.faults.append(Killed())
        with pytest.raises(Killed):
            await rig.runner().run()
        rig.clock.passes(seconds=LEASE.total_seconds())
    await rig.runner().run()
    assert (len(rig.done), rig.told) == (ATTEMPTS, [(HOA, GAVE_UP)])
    assert await rig.runner().run() is None


async def test_two_runners_never_do_the_same_job_at_once(rig: Rig) -> None:
    for what in ("một", "hai", "ba", "bốn"):
        await rig.ask(what)
    first, second = rig.runner(), rig.runner()
    while True:
        if [*await asyncio.gather(first.run(), second.run())] == [None, None]:
            break
    assert sorted(rig.done) == sorted(["một", "hai", "ba", "bốn"])


async def test_a_runner_that_was_slow_does_not_end_what_another_holds(rig: Rig) -> None:
    """The first hangs beyond its lease; what it says in the end changes nothing."""
    await rig.ask("một")
    began, go_on = asyncio.Event(), asyncio.Event()

    async def hang(body: Mapping[str, str], now: datetime) -> None:
        began.set()
        await go_on.wait()
        raise JobRefused("trễ rồi")

    slow = asyncio.create_task(JobRunner({"report": hang}, rig.db, rig.tell, rig.clock.now).run())
    await began.wait()
    rig.clock.passes(seconds=LEASE.total_seconds())
    await rig.runner().run()
    go_on.set()
    await slow
    assert (rig.done, rig.told) == (["một"], [])
    assert await rig.states() == [("done", 2)]


async def test_a_fault_is_tried_again_a_little_later_and_given_up_after_three(rig: Rig) -> None:
    await rig.ask("một")
    rig.faults += [ValueError("a"), ValueError("b"), ValueError("c")]
    assert await rig.runner().run() == 0.0
    assert await rig.runner().run() == RETRY.total_seconds()
    assert rig.told == []
    for _ in range(5):
        rig.clock.passes(minutes=2)
        await rig.runner().run()
    assert (len(rig.done), rig.told) == (ATTEMPTS, [(HOA, GAVE_UP)])
    assert await rig.states() == [("failed", ATTEMPTS)]


async def test_refused_work_is_not_tried_again_and_says_why(rig: Rig) -> None:
    await rig.ask("một")
    rig.faults.append(JobRefused("Thôn {name} chưa có số liệu.", name="Lạc Hiền"))
    await rig.runner().run()
    assert await rig.runner().run() is None
    assert (rig.done, rig.told) == (["một"], [(HOA, "Thôn Lạc Hiền chưa có số liệu.")])


async def test_a_database_that_is_away_costs_no_attempt(rig: Rig) -> None:
    await rig.ask("một")
    rig.faults += [StoreUnavailable("locked")] * 5
    for _ in range(6):
        await rig.runner().run()
        rig.clock.passes(seconds=RETRY.total_seconds())
    assert await rig.states() == [("done", 1)]


async def test_a_shutdown_gives_the_job_back_at_once(rig: Rig) -> None:
    await rig.ask("một")
    began = asyncio.Event()

    async def hang(body: Mapping[str, str], now: datetime) -> None:
        began.set()
        await asyncio.Event().wait()

    running = asyncio.create_task(JobRunner({"report": hang}, rig.db, rig.tell, rig.clock.now).run())
    await began.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await rig.states() == [("waiting", 0)]
    await rig.runner().run()
    assert rig.done == ["một"]


async def test_work_that_hangs_is_stopped_and_counts(rig: Rig) -> None:
    await rig.ask("một")

    async def hang(body: Mapping[str, str], now: datetime) -> None:
        await asyncio.Event().wait()

    runner = JobRunner({"report": hang}, rig.db, rig.tell, rig.clock.now, longest=timedelta())
    assert await runner.run() == 0.0
    assert await rig.states() == [("waiting", 1)]


async def test_kinds_that_nobody_here_knows_wait_for_who_does(rig: Rig) -> None:
    await rig.ask("tiếng", kind="voice")
    await rig.ask("một")
    await rig.runner().run()
    assert await rig.runner().run() is None
    assert rig.done == ["một"]
    await rig.runner("voice").run()
    assert rig.done == ["một", "tiếng"]


async def test_a_panic_of_a_library_fails_its_own_work_only(rig: Rig) -> None:
    await rig.ask("tệp hỏng")
    rig.faults += [panic() for _ in range(ATTEMPTS)]
    while (wait := await rig.runner().run()) is not None:
        rig.clock.passes(seconds=wait)
    await rig.ask("tệp lành")
    await rig.runner().run()
    assert await rig.states() == [("failed", ATTEMPTS), ("done", 1)]
    assert rig.told == [(HOA, GAVE_UP)]
