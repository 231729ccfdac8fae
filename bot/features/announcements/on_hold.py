"""Rows of an announcement on hold: until its scheduled time, or until its author decides."""

from __future__ import annotations

from datetime import datetime

from bot.features.outbox.box import Outbox
from bot.features.outbox.states import CANARY, DECISION, check
from bot.storage.core_tables.outbox import OutboxRow

SCHEDULED = "scheduled"
"""Reason of rows whose time has not come: nobody but the clock of announcements lets them go."""


async def hold(announcement_id: int, now: datetime) -> int:
    """Hold its rows until its scheduled time, so that no sender takes them; return how many."""
    check(["pending", "held"], "held")
    rows = OutboxRow.filter(announcement=announcement_id, state__in=["pending", "held"])
    return await rows.update(state="held", reason=SCHEDULED, updated_at=now)


async def ask(announcement_id: int, now: datetime) -> int:
    """Keep the rows of an announcement that missed its time on hold until a person decides; return how many."""
    check(["held"], "held")
    rows = OutboxRow.filter(announcement=announcement_id, state="held", reason=SCHEDULED)
    return await rows.update(reason=DECISION, updated_at=now)


async def release(outbox: Outbox, announcement_id: int, now: datetime) -> int:
    """Release its rows: first a single group, the others after that one arrived. Inside the caller's transaction."""
    check(["held"], "held")
    rows = OutboxRow.filter(announcement=announcement_id, state="held", reason__in=[SCHEDULED, DECISION])
    platforms = {row.platform for row in await rows.only("id", "platform")}
    count = await rows.update(reason=CANARY, updated_at=now)
    for platform in sorted(platforms):
        await outbox.rows.advance(platform, now)
    outbox.wake()
    return count
