"""People who press at the wrong moment, and audiences that are large or change: faults 10, 11, 14 and 15."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.platform import Unreachable
from bot.storage.core_tables.outbox import OutboxRow
from tests.features.outbox_rig import NAME, private

from .matrix_rig import LOST, MARK, Run, group


@pytest.mark.fault(10, "before, while and after it leaves")
@pytest.mark.parametrize("when", ["leased", "in the call", "after"])
async def test_cancelling_counts_exactly_what_does_not_leave(db: BaseDBAsyncClient, when: str) -> None:
    """What is being sent cannot be cancelled; of a row that was leased but not begun the holder's intent is refused."""
    run = Run(db)
    await run.announce(6)
    now = run.clock.now()
    if when == "leased":
        (row,) = await run.rows.lease(NAME, now, now + timedelta(minutes=2), 10)
        assert await run.outbox.cancel(now, announcement=1, reason="sai giờ") == 6
        assert await run.rows.intend([row], now, now) == set()
        assert await run.goes() == {"cancelled": 6}
        assert run.messenger.tried == []
        return
    run.messenger.hangs = {"g0"} if when == "in the call" else set()
    running = run.start()
    if when == "in the call":
        await run.messenger.begun.wait()
        assert await run.outbox.cancel(now, announcement=1, reason="sai giờ") == 5
        run.messenger.go_on.set()
    await running
    assert await run.outbox.cancel(now, announcement=1, reason="sai giờ") == 0
    assert await run.told() == ({"sent": 1, "cancelled": 5} if when == "in the call" else {"sent": 6})


@pytest.mark.fault(11, "a group comes, another goes")
async def test_the_audience_is_what_was_frozen(db: BaseDBAsyncClient) -> None:
    """Rows are written with the approval: a group that joins in mid-run gets nothing of it, one that leaves is
    counted, and the sum stays."""
    run = Run(db)
    await run.announce(3)
    run.messenger.hangs = {"g0"}
    running = run.start()
    await run.messenger.begun.wait()
    await run.announce(1, number=2, first=9)
    await run.outbox.cancel(run.clock.now(), key="tb1:2", reason="nhóm đã rời xã")
    run.messenger.hangs = set()
    run.messenger.go_on.set()
    await running
    await run.goes()
    assert await run.told(1) == {"sent": 2, "cancelled": 1}
    assert {text for chat, text in run.platform.accepted if chat == "g9"} == {"TB-2 cho g9"}


@pytest.mark.fault(14, "the same decision twice, by two officials at once")
@pytest.mark.parametrize("decision", ["received", "resend", "drop"])
async def test_two_officials_who_decide_at_once_decide_once(db: BaseDBAsyncClient, decision: str) -> None:
    """A decision is one conditional update: the second finds nothing to decide."""
    run = Run(db)
    await run.announce(1, "một", "hai")
    run.messenger.answers["g0"].append(LOST)
    await run.goes()
    row_id = (await OutboxRow.get(key="tb1:0/1")).id
    now = run.clock.now()
    decided = await asyncio.gather(*[run.outbox.decide(row_id, decision, now) for _ in range(4)])  # type: ignore[arg-type]
    assert sorted(decided) == [False, False, False, True]
    told = await run.goes()
    heard = [text for _, text in run.platform.accepted]
    assert (told, heard) == {
        "received": ({"sent": 2}, ["hai"]),
        "resend": ({"uncertain": 1, "sent": 1}, [f"{MARK}một", "hai"]),
        "drop": ({"uncertain": 1, "cancelled": 1}, []),
    }[decision]


@pytest.mark.fault(14, "“Gửi” pressed twice, “Đã nhận” pressed before the answer came")
async def test_presses_that_come_twice_or_out_of_order(db: BaseDBAsyncClient) -> None:
    """A package is written once for its key, two at once too; a press in the group resolves what is uncertain once, and
    one that comes too early changes nothing."""
    run = Run(db)
    written = await asyncio.gather(*[run.add(group("g0"), "một", key="tb1:0", announcement=1) for _ in range(3)])
    assert sorted(written) == [False, False, True]
    run.frozen[1] = 1
    now = run.clock.now()
    assert await run.outbox.arrived("tb1:0", now) == 0
    run.messenger.answers["g0"].append(LOST)
    assert await run.goes() == {"uncertain": 1}
    assert sorted(await asyncio.gather(*[run.outbox.arrived("tb1:0", now) for _ in range(3)])) == [0, 0, 1]
    assert await run.goes() == {"sent": 1}


@pytest.mark.fault(14, "“Gửi tiếp” pressed twice")
async def test_letting_go_on_twice_is_letting_go_on_once(db: BaseDBAsyncClient) -> None:
    """The second press finds nothing that is stopped."""
    run = Run(db)
    await run.announce(3)
    await OutboxRow.all().update(state="held", reason="restored")
    now = run.clock.now()
    resumed = [await run.outbox.resume(1, now), await run.outbox.resume(1, now)]
    assert resumed == [3, 0]
    assert await run.told() == {"pending": 1, "held(canary)": 2}, "after a restore one group goes first again"
    assert await run.goes() == {"sent": 3}
    await run.add(private("hoa"), "một", key="a")
    await OutboxRow.filter(package="a").update(state="held", reason="restored")
    assert await run.outbox.resume(0, now) == 1
    await run.goes()
    assert await run.states("a") == ["sent"]


@pytest.mark.fault(15, "a small announcement beside a large one")
@pytest.mark.parametrize("large_first", [True, False], ids=["behind it", "before it"])
async def test_a_large_announcement_keeps_no_other_waiting(db: BaseDBAsyncClient, large_first: bool) -> None:
    """Announcements take turns, notices go before them, and what is urgent before all."""
    run = Run(db)
    for number, groups in ((1, 60), (2, 5)) if large_first else ((2, 5), (1, 60)):
        await run.announce(groups, number=number, first=100 * number)
    await run.announce(1, number=3, first=300, klass="urgent")
    await run.add(private("hoa"), "mã của bác", key="notice")
    # The canaries go alone; what counts is how the rest is taken up.
    for row in await OutboxRow.all():
        await OutboxRow.filter(id=row.id).update(state="pending", reason="")
    now = run.clock.now()
    rows = await run.rows.lease(NAME, now, now + timedelta(minutes=2), 14)
    assert [row.announcement for row in rows[:2]] == [3, 0]
    assert sorted(row.announcement for row in rows[2:12]) == [1] * 5 + [2] * 5
    assert [row.announcement for row in rows[12:]] == [1, 1]


@pytest.mark.fault(15, "a group that must rest, one messenger that is down")
async def test_who_cannot_be_reached_now_keeps_nobody_waiting(db: BaseDBAsyncClient) -> None:
    """A row that waits for its own reason is passed over; the others leave meanwhile."""
    run = Run(db)
    await run.announce(10)
    run.messenger.answers["g1"].extend([Unreachable("refused", maybe_sent=False)] * 3)
    assert await run.goes() == {"sent": 9, "pending": 1}
    await run.run_out()
    assert await run.told() == {"sent": 10}
