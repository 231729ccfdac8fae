"""The waiting time after too many wrong codes."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.storage.tables.people import WrongCode

MOST_WRONG = 5
WRONG_WITHIN = WAIT = timedelta(hours=1)


async def must_wait(subject: str, now: datetime) -> bool:
    """Tell whether the last five wrong codes came within an hour, the last one less than an hour ago."""
    rows = await WrongCode.filter(subject=subject, at__gt=now - WRONG_WITHIN - WAIT).order_by("-at").limit(MOST_WRONG)
    if len(rows) < MOST_WRONG:
        return False
    return rows[0].at - rows[-1].at <= WRONG_WITHIN and now - rows[0].at < WAIT


async def wrong_lately(subject: str, now: datetime) -> int:
    """Return how many wrong codes came within the last hour."""
    return await WrongCode.filter(subject=subject, at__gt=now - WRONG_WITHIN).count()
