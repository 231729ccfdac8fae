"""What is left of a month, and what an announcement would need of it, counted a second time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.core.platform import Usage
from bot.features.outbox.quota import Need
from bot.storage.sql import Row, moment

HERE = timedelta(hours=7)
"""Vietnam's clock is so much ahead, all year."""
YOUNGEST = timedelta(days=3)
KEPT = 0.15
WAITING = ("pending", "held", "leased")


def month_around(now: datetime) -> tuple[datetime, datetime]:
    """Return when this month began in Vietnam, and when the next one does."""
    here = now.astimezone(UTC) + HERE
    first = datetime(here.year, here.month, 1, tzinfo=UTC)
    following = datetime(here.year + here.month // 12, here.month % 12 + 1, 1, tzinfo=UTC)
    return first - HERE, following - HERE


def needs(sent: int, usage: Usage, calls: int, counted: int, now: datetime, rows: Sequence[Row]) -> dict[str, int]:
    """Return what must be told of so many `calls` after `sent` messages; `rows` are those of the messenger."""
    limit = usage.sent_limit or 0
    began, ends = month_around(now)
    used_for = max(now - max(began, usage.since or began), YOUNGEST)
    waiting = [row for row in rows if row["state"] in WAITING]
    routine = sum(row["klass"] == "routine" for row in waiting)
    kept = math.ceil(limit * KEPT)
    for_bulk = max(0, max(0, limit - sent - kept) - routine)
    return {
        "calls": calls,
        "waiting": routine,
        "left": max(0, limit - sent),
        "for_bulk": for_bulk,
        "counted": counted,
        "limit": limit,
        "reserve": kept,
        "expected": sent
        + round(sent * ((ends - now) / used_for))
        + sum(moment(row["not_before"]) < ends for row in waiting),
        "missing": max(0, counted - for_bulk),
        "missing_urgent": max(0, counted - max(0, limit - sent)),
    }


def told(need: Need) -> dict[str, int | None]:
    names = ("calls", "waiting", "left", "for_bulk", "counted", "limit", "reserve", "expected")
    found = {name: getattr(need, name) for name in names}
    return {**found, "missing": need.missing(), "missing_urgent": need.missing(urgent=True)}
