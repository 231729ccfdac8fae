"""Counts against the limits of Zalo's free plan, durably."""

from __future__ import annotations

import hashlib
import hmac
import logging
from datetime import datetime, timedelta

from bot.core.events import Event
from bot.core.platform import Clock, KeyValue, RateLimited, Usage
from bot.platforms._shared.month import ZONE, Month

log = logging.getLogger(__name__)

PER_MONTH, USERS, GROUPS = 3000, 50, 3
"""Limits of the free plan ("Giới hạn của Zalo Bot", 2026). Whether received messages count is not documented."""


class Meter:
    """Counts against the plan's limits, durably. People and groups are kept as hashes only."""

    def __init__(self, values: KeyValue, clock: Clock, key: bytes) -> None:
        self._values = values
        self._clock = clock
        self._key = key
        self._month = Month(values, clock, "zalo:sent")
        self._known: set[str] = set()

    async def take(self) -> str:
        """Count one message of this month and return the argument of `give_back`; raise RateLimited at the limit."""
        month = await self._month.take(PER_MONTH)
        if month is None:
            now = self._clock.now().astimezone(ZONE)
            raise RateLimited(_until(now, (now.replace(day=1) + timedelta(days=32)).replace(day=1)), "token")
        return month

    async def give_back(self, month: str) -> None:
        """Uncount a message that the vendor surely did not take."""
        await self._month.give_back(month)

    async def see(self, event: Event) -> None:
        if event.sender.id:
            await self._see("users", event.sender.id, USERS)
        if event.chat.kind == "group":
            await self._see("groups", event.chat.id, GROUPS)

    async def _see(self, what: str, who: str, limit: int) -> None:
        mark = hmac.new(self._key, who.encode(), hashlib.sha256).hexdigest()[:16]
        while mark not in self._known:
            old = await self._values.get(f"zalo:{what}")
            marks = (old or "").split()
            if mark not in marks:
                if not await self._values.swap(f"zalo:{what}", old, " ".join((*marks, mark))):
                    continue
                if len(marks) + 1 >= limit:
                    log.warning("Zalo: %d %s seen, the plan allows %d", len(marks) + 1, what, limit)
            self._known.add(mark)

    async def usage(self) -> Usage:
        users, groups = len(await self._marks("users")), len(await self._marks("groups"))
        sent, since = await self._month.so_far(), await self._month.since()
        return Usage(sent, PER_MONTH, users, USERS, groups, GROUPS, since=since)

    async def _marks(self, what: str) -> list[str]:
        return (await self._values.get(f"zalo:{what}") or "").split()


def _until(now: datetime, day: datetime) -> float:
    return (day.replace(hour=0, minute=0, second=0, microsecond=0) - now).total_seconds()
