"""Rows of an announcement that wait for its time, or for a decision of its author."""

from __future__ import annotations

from datetime import datetime

from bot.features.outbox.box import Outbox
from bot.features.outbox.states import CANARY, DECISION, check
from bot.storage.outbox import OutboxRow

SCHEDULED = "scheduled"
"""Reason of rows whose time has not come: nobody but the clock of announcements lets them go."""


async def hold(announcement_id: int, now: datetime) -> int:
    """Until its time has come nobody takes them up; returns how many rows."""
    check(["pending", "held"], "held")
    rows = OutboxRow.filter(announcement=announcement_id, state__in=["pending", "held"])
    return await rows.update(state="held", reason=SCHEDULED, updated_at=now)


async def ask(announcement_id: int, now: datetime) -> int:
    """Its time was missed: a person decides."""
    check(["held"], "held")
    rows = OutboxRow.filter(announcement=announcement_id, state="held", reason=SCHEDULED)
    return await rows.update(reason=DECISION, updated_at=now)


async def release(outbox: Outbox, announcement_id: int, now: datetime) -> int:
    """They may leave: one group first, the others when that has arrived. Inside the caller's transaction."""
    check(["held"], "held")
    rows = OutboxRow.filter(announcement=announcement_id, state="held", reason__in=[SCHEDULED, DECISION])
    platforms = {row.platform for row in await rows.only("id", "platform")}
    count = await rows.update(reason=CANARY, updated_at=now)
    for platform in sorted(platforms):
        await outbox.rows.advance(platform, now)
    outbox.wake()
    return count
