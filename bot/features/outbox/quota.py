"""The messages that a plan allows in a month: what is left for announcements, and what one of them would need."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.core.platform import Usage

from .hours import VIETNAM

RESERVE = 0.15
"""The share of a month's messages that routine announcements leave to replies, notices and what is urgent."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a message to some chats of one platform would use of this month.

    `calls` it needs; `left` of the month altogether and `for_bulk` of that for routine announcements, after what
    already `waiting` there; None where nothing is counted. `unreachable` are chats that cannot be written to now.
    """

    platform: str
    calls: int
    unreachable: int = 0
    waiting: int = 0
    left: int | None = None
    for_bulk: int | None = None

    def is_enough(self, *, urgent: bool = False) -> bool:
        room = self.left if urgent else self.for_bulk
        return room is None or self.calls <= room


def reserve(usage: Usage) -> int:
    return math.ceil(usage.sent_limit * RESERVE)


def left_for_bulk(usage: Usage) -> int:
    """At least 0."""
    return max(0, usage.sent_limit - usage.sent - reserve(usage))


def next_month(now: datetime) -> datetime:
    """When the next month begins in Vietnam, UTC."""
    here = now.astimezone(VIETNAM)
    first = (here.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.astimezone(UTC)
