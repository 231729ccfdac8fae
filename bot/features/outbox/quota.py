"""The messages that a plan allows in a month: what is left for announcements, and what one of them would need."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from bot.core.events import Chat, ChatKind
from bot.core.platform import Usage
from bot.features.calendar.vietnam import VIETNAM

from .rows import Rows

RESERVE = 0.15
"""The share of a month's messages that routine announcements leave to replies, notices and what is urgent."""
SHORTEST_PAST = timedelta(days=3)
"""Of a month that is younger nobody can say how it goes on: it is taken as if it were so old."""


class Need(Struct, frozen=True):
    """The share of this month's quota that a message to some chats of one platform would use.

    `calls` it needs, of which `counted` count there; `left` of the month's `limit` altogether and `for_bulk` of that
    for routine announcements, after what already `waiting` there; None where nothing is counted. `expected`: how much
    of the month will be used at its end without this message. `unreachable` are chats that cannot be written to now.
    """

    platform: str
    calls: int
    unreachable: int = 0
    waiting: int = 0
    left: int | None = None
    for_bulk: int | None = None
    counted: int = 0
    limit: int = 0
    reserve: int = 0
    expected: int = 0

    def missing(self, *, urgent: bool = False) -> int:
        """Return how many of its messages would have to wait for the next month."""
        room = self.left if urgent else self.for_bulk
        return 0 if room is None else max(0, self.counted - room)


def reserve(limit: int) -> int:
    return math.ceil(limit * RESERVE)


def left_for_bulk(usage: Usage) -> int | None:
    """Return what is left for routine announcements, at least 0; None where nothing is limited."""
    if usage.sent_limit is None:
        return None
    return max(0, usage.sent_limit - usage.sent - reserve(usage.sent_limit))


def expected(sent: int, waiting: int, now: datetime, since: datetime | None = None) -> int:
    """Return how many messages this month will have taken at its end; `since`: when the first one of all was sent.

    Counted as: what was `sent`, as much again for each day that is left as for each day of use that has passed
    (replies, notices, reminders and announcements alike), and what is `waiting` for an hour of this month already,
    planned announcements above all. Not a statistic: a month whose announcements all came in its first week is
    overestimated.
    """
    begun = month_of(now) if since is None else max(month_of(now), since)
    past = max(now - begun, SHORTEST_PAST)
    return sent + round(sent * ((next_month(now) - now) / past)) + waiting


def month_of(now: datetime) -> datetime:
    """Return the moment (UTC) at which the present month began in Vietnam."""
    here = now.astimezone(VIETNAM)
    return here.replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def next_month(now: datetime) -> datetime:
    """Return the moment (UTC) at which the next month begins in Vietnam."""
    here = now.astimezone(VIETNAM)
    first = (here.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.astimezone(UTC)


class Months(Struct, frozen=True):
    """`usage` asks a platform what it has used of its month."""

    rows: Rows
    usage: Mapping[str, Callable[[], Awaitable[Usage | None]]]

    async def counts(self, chat: Chat) -> bool:
        """Tell whether messages to this chat count against the monthly"""
        usage = await self._used(chat.platform)
        return usage is not None and usage.sent_limit is not None and chat.kind in usage.kinds

    async def need(self, platform: str, calls: Mapping[ChatKind, int], unreachable: int, now: datetime) -> Need:
        """Return what `calls` (by kind of chat) would use of the platform's month, with the rows that wait."""
        usage, in_all = await self._used(platform), sum(calls.values())
        for_bulk = None if usage is None else left_for_bulk(usage)
        if usage is None or usage.sent_limit is None or for_bulk is None or not usage.kinds & calls.keys():
            return Need(platform, in_all, unreachable)
        waiting = await self.rows.waiting(platform)
        planned = await self.rows.planned(platform, next_month(now))
        return Need(
            platform, in_all, unreachable, waiting,
            left=max(0, usage.sent_limit - usage.sent),
            for_bulk=max(0, for_bulk - waiting),
            counted=sum(count for kind, count in calls.items() if kind in usage.kinds),
            limit=usage.sent_limit,
            reserve=reserve(usage.sent_limit),
            expected=expected(usage.sent, planned, now, usage.since),
        )  # fmt: skip

    async def _used(self, platform: str) -> Usage | None:
        return await self.usage[platform]() if platform in self.usage else None
