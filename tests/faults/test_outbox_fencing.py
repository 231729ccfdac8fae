"""A holder that was slow: its row went to another, and whatever it still writes must change nothing."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.platform import Unreachable
from bot.features.outbox import rows
from bot.features.outbox.bulkhead import Bulkhead
from bot.features.outbox.row import Outcome
from tests.features.outbox_rig import NAME, Rig, Scripted, private

ANYBODY = "id = v.n and v.fence is not null"


async def _slow_holder_gives_back_what_another_is_sending(db: BaseDBAsyncClient) -> list[str]:
    """What the person hears."""
    slow = Rig(db)
    other = Rig(db, clock=slow.clock, platform=Scripted())
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def hang() -> None:
        begun.set()
        await go_on.wait()

    other.platform.script.append(hang)
    await slow.add(private("hoa"), "một")
    now = slow.clock.now()
    (row,) = await slow.rows.lease(NAME, now, now + timedelta(seconds=1), 10)
    slow.clock.passes(seconds=2)
    sending = asyncio.create_task(other.sender.run())
    await begun.wait()
    await slow.rows.record([Outcome(row, "pending")], slow.clock.now())
    go_on.set()
    await sending
    await other.sender.run()
    return [text for _, text in other.platform.accepted]


@pytest.mark.fault(6, "a late write")
async def test_a_slow_holders_write_is_refused(db: BaseDBAsyncClient) -> None:
    assert await _slow_holder_gives_back_what_another_is_sending(db) == ["một"]


@pytest.mark.fault(6, "without the fence")
async def test_without_the_fence_the_person_would_hear_it_twice(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "FENCE", ANYBODY)
    assert await _slow_holder_gives_back_what_another_is_sending(db) == ["một", "một"]


@pytest.mark.fault(6, "a lease taken over")
async def test_a_slow_holder_does_not_begin_what_it_has_lost(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    await rig.add(private("hoa"), "một")
    now = rig.clock.now()
    (mine,) = await rig.rows.lease(NAME, now, now + timedelta(seconds=1), 10)
    later = now + timedelta(seconds=2)
    await rig.rows.recover(NAME, later, later)
    (theirs,) = await rig.rows.lease(NAME, later, later + timedelta(seconds=120), 10)
    assert await rig.rows.intend([mine], later, later) == set()
    assert await rig.rows.intend([theirs], later, later) == {theirs.hold}


@pytest.mark.fault(6, "two leases of a row in one commit")
async def test_of_two_leases_of_a_row_that_share_a_commit_only_the_later_counts(db: BaseDBAsyncClient) -> None:
    """One process: a row waited so long for room that its lease ended, and was taken up again meanwhile."""
    rig = Rig(db)
    await rig.add(private("hoa"), "một")
    now = rig.clock.now()
    (first,) = await rig.rows.lease(NAME, now, now + timedelta(seconds=1), 10)
    rig.clock.passes(seconds=2)
    now = rig.clock.now()
    await rig.rows.recover(NAME, now, now)
    (second,) = await rig.rows.lease(NAME, now, now + timedelta(seconds=120), 10)
    bulkhead = Bulkhead(rig.rows, rig.clock)
    both = (first, second)
    assert await asyncio.gather(*[bulkhead.intend(row) for row in both]) == [False, True]
    outcomes = [Outcome(row, "sent", message_id="m") for row in both]
    assert await asyncio.gather(*[bulkhead.record(outcome) for outcome in outcomes]) == [False, True]


@pytest.mark.fault(3, "a repeat on its way")
async def test_a_repeat_that_comes_back_unsent_is_dropped_when_the_first_has_arrived_meanwhile(
    db: BaseDBAsyncClient,
) -> None:
    """Mechanism: a repeat is looked at again right before it leaves. It came after the part that follows it."""
    rig = Rig(db)
    rig.platform.script.append(Unreachable("no answer", maybe_sent=True))
    await rig.add(private("hoa"), "một", "hai")
    await rig.sender.run()
    now, soon = rig.clock.now(), rig.clock.now() + timedelta(seconds=60)
    assert await rig.outbox.decide((await rig.row()).id, "resend", now)
    (repeat,) = await rig.rows.lease(NAME, now, soon, 10)
    assert await rig.rows.intend([repeat], now, soon) == {repeat.hold}
    assert await rig.outbox.arrived("k1", now) == 1
    assert await rig.rows.record([Outcome(repeat, "pending", not_before=soon)], now) == {repeat.hold}
    await rig.run_out()
    assert await rig.states() == ["sent", "sent", "cancelled(the first arrived)"]
    assert [text for _, text in rig.platform.accepted] == ["hai"]
