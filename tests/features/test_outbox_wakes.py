"""What a person decides leaves at once: without the wake it would wait for the next tick of the clock.

Nor does a row wait for that tick that is written, or comes due, while the sender looks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.lean.values import replace
from bot.core.platform import Unreachable
from bot.features.outbox.box import Outbox
from bot.features.outbox.row import Leased
from tests.features.outbox_rig import Rig, group

Deed = Callable[[Outbox, int, datetime], Awaitable[object]]
DEEDS: dict[str, Deed] = {
    "received": lambda box, row, now: box.decide(row, "received", now),
    "resend": lambda box, row, now: box.decide(row, "resend", now),
    "drop": lambda box, row, now: box.decide(row, "drop", now),
    "resume": lambda box, row, now: box.resume(7, now),
    "retry": lambda box, row, now: box.retry(7, now),
    "other quiet hours": lambda box, row, now: box.quiet_changed(now),
    "a press that proves it arrived": lambda box, row, now: box.arrived("k1", now),
    "a word that it is there": lambda box, row, now: box.vouched("k1", now),
}


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
async def test_each_decision_wakes_who_sends(db: BaseDBAsyncClient, deed: Deed) -> None:
    rig = Rig(db)
    rig.platform.script.append(Unreachable("lost", maybe_sent=True))
    await rig.add(group("g"), "một", "hai", announcement=7)
    await rig.sender.run()
    row = await rig.row()
    woken: list[str] = []
    await deed(replace(rig.outbox, wake=lambda *_: woken.append(row.state)), row.id, rig.clock.now())
    assert woken == ["uncertain"]


async def test_a_row_that_comes_due_while_the_sender_looks_leaves_at_the_next_look(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: what is due next is asked as of the moment at which the look began."""
    rig = Rig(db)
    lease = rig.rows.lease

    async def takes_a_second(*args: object) -> list[Leased]:
        found = await lease(*args)  # type: ignore[arg-type]
        rig.clock.passes(seconds=1)
        return found

    monkeypatch.setattr(rig.rows, "lease", takes_a_second)
    await rig.add(group("g"), "một", not_before=rig.clock.now() + timedelta(seconds=0.5))
    assert await rig.sender.run() == 0
    await rig.sender.run()
    assert rig.platform.accepted == [("g", "một")]


async def test_a_row_that_is_written_while_the_sender_looks_waits_for_no_call_that_is_open(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: the wake is cleared before the look, not after it."""
    rig, answered, arrived = Rig(db), asyncio.Event(), asyncio.Event()
    lease = rig.rows.lease

    async def answers_late() -> None:
        await answered.wait()

    async def writes_meanwhile(*args: object) -> list[Leased]:
        found = await lease(*args)  # type: ignore[arg-type]
        if not found and rig.sender.calls_open and await rig.add(group("other"), "hai", key="k2"):
            rig.sender.woken.set()
        return found

    monkeypatch.setattr(rig.rows, "lease", writes_meanwhile)

    async def arrives() -> None:
        arrived.set()

    rig.platform.script += [answers_late, arrives]
    await rig.add(group("g"), "một")
    running = asyncio.create_task(rig.sender.run())
    async with asyncio.timeout(20):
        await arrived.wait()
    assert not running.done(), "the first call is still open"
    answered.set()
    await running
