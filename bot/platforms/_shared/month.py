"""How many messages were sent in a month, counted by ourselves and durably."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.platform import Clock, KeyValue
from bot.core.sessions import StoreUnavailable

log = logging.getLogger(__name__)

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


class Month:
    """Counts under `PREFIX:2026-11`, by the months of Vietnam's calendar."""

    def __init__(self, values: KeyValue, clock: Clock, prefix: str) -> None:
        self._values = values
        self._clock = clock
        self._prefix = prefix
        self._first = f"{prefix}:first"

    async def take(self, limit: int | None = None) -> str | None:
        """Count one more; returns what `give_back` takes, None when `limit` are counted already."""
        month = self._now()
        while True:
            old = await self._values.get(month)
            used = int(old or 0)
            if limit is not None and used >= limit:
                return None
            if await self._values.swap(month, old, str(used + 1)):
                if old is None:
                    await self._begin()
                if used + 1 == limit:
                    log.warning("%s: the last of %d messages of this month is used", self._prefix, limit)
                return month

    async def _begin(self) -> None:
        """Record the time of the first message of all, if the month before had none. An earlier record stays."""
        now = self._clock.now()
        month_before = now.astimezone(ZONE).replace(day=1) - timedelta(days=1)
        if await self._values.get(f"{self._prefix}:{name_of(month_before)}") is None:
            await self._values.swap(self._first, None, now.isoformat())

    async def give_back(self, month: str) -> None:
        """Uncount a message that the vendor surely did not take."""
        while (old := await self._values.get(month)) is not None:
            if await self._values.swap(month, old, str(int(old) - 1)):
                return

    async def sent(self) -> None:
        """Count one that the vendor has taken. It is out, so a database that is away must not make it fail."""
        try:
            await self.take()
        except StoreUnavailable as error:
            log.warning("%s: a message is not counted: %s", self._prefix, error)

    async def since(self) -> datetime | None:
        """Return when the first message of all was counted; None if that was before this was recorded."""
        first = await self._values.get(self._first)
        return None if first is None else datetime.fromisoformat(first)

    async def so_far(self) -> int:
        return int(await self._values.get(self._now()) or 0)

    def _now(self) -> str:
        return f"{self._prefix}:{name_of(self._clock.now())}"


def name_of(now: datetime) -> str:
    """Return the present month in Vietnam, `2026-11`."""
    return f"{now.astimezone(ZONE):%Y-%m}"
