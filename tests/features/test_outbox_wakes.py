"""What a person decides leaves at once: without the wake it would wait for the next tick of the clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.platform import Unreachable
from bot.features.outbox.box import Outbox
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
}


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
async def test_each_decision_wakes_who_sends(db: BaseDBAsyncClient, deed: Deed) -> None:
    rig = Rig(db)
    rig.platform.script.append(Unreachable("lost", maybe_sent=True))
    await rig.add(group("g"), "một", "hai", announcement=7)
    await rig.sender.run()
    row = await rig.row()
    woken: list[str] = []
    await deed(replace(rig.outbox, wake=lambda: woken.append(row.state)), row.id, rig.clock.now())
    assert woken == ["uncertain"]
