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
from bot.features.jobs.lease import LASTS, RENEWED, JobLease
from bot.features.jobs.queue import ATTEMPTS, GAVE_UP, RETRY, UNKNOWN, JobRefused, JobRunner, Jobs, answer_to, chat_of
from bot.storage.core_tables.jobs import JobRow
from bot.storage.core_tables.outbox import OutboxRow
from bot.testing import TestClock
from tests.features.outbox_rig import NAME, private, said
from tests.features.outbox_rig import Rig as OutboxRig
from tests.panics import panic

HOA = Chat("fake", "hoa", "private")


class Killed(BaseException):
    """The process ends here: nothing after it is run."""


class Pulse:
    """What a runner sleeps with between two renewals: each `beat` is one renewal, and then it waits again."""

    def __init__(self) -> None:
        self._beats: asyncio.Queue[None] = asyncio.Queue()
        self._waits = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        assert seconds == RENEWED.total_seconds()
        self._waits.set()
        await self._beats.get()

    async def beat(self) -> None:
        self._waits.clear()
        self._beats.put_nowait(None)
        await self._waits.wait()


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
    assert wait == LASTS.total_seconds(), "the next runner comes back when the lease ends"
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
        rig.clock.passes(seconds=LASTS.total_seconds())
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
    rig.clock.passes(seconds=LASTS.total_seconds())
    await rig.runner().run()
    go_on.set()
    await slow
    assert (rig.done, rig.told) == (["một"], [])
    assert await rig.states() == [("done", 2)]


async def test_long_work_is_nobody_elses_however_long_it_takes(rig: Rig) -> None:
    """Mechanism: the lease is renewed while the work runs."""
    await rig.ask("dài")
    began, go_on, pulse = asyncio.Event(), asyncio.Event(), Pulse()

    async def long(body: Mapping[str, str], now: datetime) -> None:
        began.set()
        await go_on.wait()
        await rig.work(body, now)

    first = JobRunner({"report": long}, rig.db, rig.tell, rig.clock.now, sleep=pulse.sleep)
    running = asyncio.create_task(first.run())
    await began.wait()
    for _ in range(10):
        rig.clock.passes(seconds=RENEWED.total_seconds())
        await pulse.beat()
        assert await rig.runner().run() == LASTS.total_seconds()
    assert rig.done == []
    go_on.set()
    await running
    assert rig.done == ["dài"]
    assert await rig.states() == [("done", 1)]


async def test_work_that_another_process_took_over_is_stopped(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    await rig.ask("dài")
    began, stopped, renewal = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def long(body: Mapping[str, str], now: datetime) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async def sleep(seconds: float) -> None:
        await renewal.wait()

    running = asyncio.create_task(JobRunner({"report": long}, rig.db, rig.tell, rig.clock.now, sleep=sleep).run())
    await began.wait()
    rig.clock.passes(seconds=LASTS.total_seconds())
    await rig.runner().run()
    renewal.set()
    assert await running == 0.0
    assert stopped.is_set()
    assert "was taken over by another process" in caplog.text
    assert (rig.done, rig.told) == (["dài"], [])
    assert await rig.states() == [("done", 2)]


async def test_a_database_that_is_away_at_a_renewal_does_not_stop_the_work(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.ask("dài")
    began, go_on, pulse = asyncio.Event(), asyncio.Event(), Pulse()

    async def long(body: Mapping[str, str], now: datetime) -> None:
        began.set()
        await go_on.wait()
        await rig.work(body, now)

    async def away(lease: JobLease, until: datetime) -> bool:
        raise StoreUnavailable("locked")

    monkeypatch.setattr(JobLease, "renew", away)
    first = JobRunner({"report": long}, rig.db, rig.tell, rig.clock.now, sleep=pulse.sleep)
    running = asyncio.create_task(first.run())
    await began.wait()
    await pulse.beat()
    go_on.set()
    await running
    assert await rig.states() == [("done", 1)]


@pytest.mark.parametrize("key", ["báo cáo", "khác"])
async def test_a_run_that_lost_its_job_delivers_nothing(rig: Rig, key: str) -> None:
    """Mechanism: the outbox asks for the right to the job in the transaction of the result.

    Its key is not enough: the run that took over may have given up and said so, or the chat was erased meanwhile.
    """
    outbox = OutboxRig(rig.db).outbox
    await rig.ask("một")
    began, go_on = asyncio.Event(), asyncio.Event()

    async def deliver(text: str, key: str) -> None:
        async with in_transaction("default"):
            await outbox.add(private("hoa"), said(text), key=key, now=rig.clock.now())

    async def late(body: Mapping[str, str], now: datetime) -> None:
        began.set()
        await go_on.wait()
        await deliver("muộn", key)

    async def in_time(body: Mapping[str, str], now: datetime) -> None:
        await deliver("kịp", "báo cáo")

    slow = asyncio.create_task(JobRunner({"report": late}, rig.db, rig.tell, rig.clock.now).run())
    await began.wait()
    rig.clock.passes(seconds=LASTS.total_seconds())
    await JobRunner({"report": in_time}, rig.db, rig.tell, rig.clock.now).run()
    go_on.set()
    assert await slow == 0.0
    assert [(row.platform, row.key, "kịp" in row.message) for row in await OutboxRow.all()] == [
        (NAME, "báo cáo/1", True)
    ]
    assert await rig.states() == [("done", 2)]
    await deliver("lời khác", "ngoài việc")
    assert await OutboxRow.all().count() == 2, "outside of a job nothing is asked"


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


async def test_who_waits_for_work_of_another_version_hears_that_it_will_not_be_done(rig: Rig) -> None:
    """As after an upgrade that named it otherwise; red without `UNKNOWN`: it waited for ever, and so did the person."""
    await rig.ask("bản cũ", kind="paper")
    await rig.ask("bản này")
    rig.clock.passes(seconds=UNKNOWN.total_seconds())
    assert [await rig.runner().run() for _ in range(3)] == [0.0, 0.0, None]
    assert (rig.done, rig.told) == (["bản này"], [(HOA, GAVE_UP)])
    assert [row.body for row in await JobRow.all()] == ["{}", "{}"], "what was asked does not outlive the work"


async def test_a_panic_of_a_library_fails_its_own_work_only(rig: Rig) -> None:
    await rig.ask("tệp hỏng")
    rig.faults += [panic() for _ in range(ATTEMPTS)]
    while (wait := await rig.runner().run()) is not None:
        rig.clock.passes(seconds=wait)
    await rig.ask("tệp lành")
    await rig.runner().run()
    assert await rig.states() == [("failed", ATTEMPTS), ("done", 1)]
    assert rig.told == [(HOA, GAVE_UP)]
