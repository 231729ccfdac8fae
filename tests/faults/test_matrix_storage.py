"""The database fails, ages, or two processes share it: faults 6, 9, 12 and 19."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.sessions import StoreUnavailable
from bot.features.calendar.hours import QuietHours
from bot.features.outbox.row import Hold, Leased, Outcome
from bot.features.outbox.rows import Rows
from bot.features.outbox.states import FINAL, State
from bot.storage import database
from bot.storage.core_tables.outbox import OutboxRow

from .matrix_rig import Run


class _Failing(Rows):
    """The database is away for so many of these calls."""

    intends = 0
    records = 0

    async def intend(self, rows: Sequence[Leased], now: datetime, until: datetime) -> set[Hold]:
        if self.intends:
            self.intends -= 1
            raise StoreUnavailable("database is locked")
        return await super().intend(rows, now, until)

    async def record(self, outcomes: Sequence[Outcome], now: datetime) -> set[Hold]:
        if self.records and any(outcome.to == "sent" for outcome in outcomes):
            self.records -= 1
            raise StoreUnavailable("disk I/O error")
        return await super().record(outcomes, now)


@pytest.mark.fault(9, "away before the call, or after it for ten minutes")
@pytest.mark.parametrize(("intends", "records"), [(20, 0), (0, 600)], ids=["before the call", "after the call"])
async def test_no_call_without_a_committed_intent(db: BaseDBAsyncClient, intends: int, records: int) -> None:
    """The intent is committed before the call, so a database that is away costs time and no message; what the messenger
    answered is kept until it can be written."""
    run = Run(db)
    failing = _Failing(db, lambda locale, message, context=None: message)
    failing.intends, failing.records = intends, records
    run.rows = failing
    run.sender = run.new_sender()
    await run.announce(3)
    at_call: list[set[str]] = []

    async def look() -> None:
        at_call.append({row.state for row in await OutboxRow.filter(chat_id="g0")})

    run.messenger.look = look
    for _ in range(30):
        await run.sender.run()
        run.clock.passes(seconds=20)
    assert await run.told() == {"sent": 3}
    assert sorted(run.messenger.tried) == ["g0", "g1", "g2"]
    assert at_call[0] == {"sending"}, "at the first call its row says so already"


@pytest.mark.fault(9, "read-only")
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_database_that_cannot_write_sends_nothing(db: BaseDBAsyncClient) -> None:
    """What cannot be written down is not sent; when the disk is mended everything leaves, once."""
    run = Run(db)
    await run.announce(3)
    await db.execute_query_dict("pragma query_only = 1")
    with pytest.raises(StoreUnavailable):
        await run.sender.run()
    with pytest.raises(StoreUnavailable):
        await run.outbox.resume(1, run.clock.now())
    assert run.messenger.tried == []
    await db.execute_query_dict("pragma query_only = 0")
    assert await run.goes() == {"sent": 3}


@pytest.mark.fault(9, "two transactions wait for each other")
@pytest.mark.parametrize("database_kind", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_a_deadlock_passes_by_itself(db: BaseDBAsyncClient) -> None:
    """PostgreSQL rolls back one of the two, who tries again, as when the database is away."""
    run = Run(db)
    await run.announce(2)
    both = asyncio.Barrier(2)

    async def cancels(*keys: str) -> None:
        async with run.rows.transaction():
            await run.outbox.cancel(run.clock.now(), key=keys[0], reason="một")
            await both.wait()
            await run.outbox.cancel(run.clock.now(), key=keys[1], reason="hai")

    await OutboxRow.all().update(state="held", reason="restored")
    ended = await asyncio.gather(cancels("tb1:0", "tb1:1"), cancels("tb1:1", "tb1:0"), return_exceptions=True)
    assert sorted(type(end).__name__ for end in ended) == ["NoneType", "StoreUnavailable"]
    assert await run.told() == {"cancelled": 2}


@pytest.mark.fault(6, "clocks five minutes apart")
@pytest.mark.parametrize("minutes", [-5, 5])
async def test_a_clock_that_is_wrong_repeats_nothing(db: BaseDBAsyncClient, minutes: int) -> None:
    """A clock that is ahead ends the other's leases too early: what was begun becomes uncertain, never pending, and the
    first one's late answer still counts."""
    run = Run(db)
    await run.announce(1, "một")
    run.messenger.hangs = {"g0"}
    running = run.start()
    await run.messenger.begun.wait()
    other = Run(db, messenger=run.messenger)
    other.clock.time = run.clock.now() + timedelta(minutes=minutes)
    assert other.sender._turn.came()  # the turn is no news to it: what it finds taken up may be in the first one's hand
    other.frozen = run.frozen
    assert await other.goes() == ({"uncertain": 1} if minutes > 0 else {"sending": 1})
    run.messenger.go_on.set()
    await running
    assert await run.told() == {"sent": 1}
    assert len(run.messenger.tried) == 1


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Ho_Chi_Minh"])
def machine_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.fault(12, "a machine in another time zone")
def test_quiet_hours_are_those_of_the_people(machine_zone: str) -> None:
    """Hours are those of Vietnam, whatever the machine thinks."""
    hours = QuietHours()
    assert hours.until(datetime(2026, 12, 31, 14, tzinfo=UTC)) == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert hours.until(datetime(2026, 12, 31, 23, tzinfo=UTC)) is None


@pytest.mark.fault(12, "it runs into the night")
async def test_what_is_not_out_by_nine_waits_for_the_morning(db: BaseDBAsyncClient) -> None:
    """The canary left before nine and the rest comes too late: it is held until six, and then nothing is left out."""
    run = Run(db)
    run.clock.time = run.clock.time.replace(hour=13, minute=59)
    await run.announce(3)
    run.messenger.hangs = {"g0"}
    running = run.start()
    await run.messenger.begun.wait()
    run.clock.passes(minutes=2)
    run.messenger.go_on.set()
    await running
    assert await run.told() == {"sent": 1, "held(quiet hours)": 2}
    run.clock.time = run.clock.time.replace(hour=23, minute=1)
    assert await run.goes() == {"sent": 3}


@pytest.mark.fault(19, "rows in every state")
async def test_an_upgrade_finds_rows_in_every_state(tmp_path: Path) -> None:
    """Migrating keeps every row; what was begun before is uncertain after, what was over stays as it was."""
    url = database.file_url(tmp_path / "bot.sqlite3")
    await database.migrate(url)
    states: tuple[State, ...] = get_args(State)
    async with database.opened(url) as db:
        run = Run(db)
        for n, state in enumerate(states):
            await run.announce(1, number=n + 1, first=n)
            lease = run.clock.now() + timedelta(minutes=2)
            await OutboxRow.filter(announcement=n + 1).update(state=state, lease_until=lease, token="old", reason="")
    await database.migrate(url)
    async with database.opened(url) as db:
        run = Run(db)
        assert [row.state for row in await OutboxRow.all().order_by("id")] == list(states)
        await run.sender.run()
        after = dict(zip(states, [row.state for row in await OutboxRow.all().order_by("id")], strict=True))
        assert after.pop("sending") == "uncertain"
        assert after.pop("pending") == after.pop("leased") == "sent"
        assert after.pop("held") == "held"
        assert all(state in FINAL and state == now for state, now in after.items())
