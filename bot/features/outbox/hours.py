"""Quiet hours: when a phone must not ring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from bot.core.events import Chat

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


class Quiet(Protocol):
    """When nothing may be sent unasked."""

    def until(self, moment: datetime) -> datetime | None:
        """When the quiet that `moment` falls into for everybody ends (UTC); None when some may be written to."""
        ...

    async def until_for(self, chat: Chat, moment: datetime) -> datetime | None:
        """The same for one chat."""
        ...


class DigestHour(Protocol):
    """When a chat gets what could wait."""

    async def next_for(self, chat: Chat, moment: datetime) -> datetime:
        """The first such hour after `moment`, UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Daily:
    """At the same time of day for everybody, on the clocks of `zone`."""

    at: time = time(17)
    zone: ZoneInfo = VIETNAM

    def next(self, moment: datetime) -> datetime:
        here = moment.astimezone(self.zone)
        day = here.date() if here.time() < self.at else here.date() + timedelta(days=1)
        return datetime.combine(day, self.at, self.zone).astimezone(UTC)

    async def next_for(self, chat: Chat, moment: datetime) -> datetime:
        return self.next(moment)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` on the clocks of `zone`, perhaps over midnight; equal times mean that no hour is quiet."""

    start: time = time(21)
    end: time = time(6)
    zone: ZoneInfo = VIETNAM

    def until(self, moment: datetime) -> datetime | None:
        """When the quiet that `moment` falls into ends (UTC); None when it is not quiet then."""
        local = moment.astimezone(self.zone)
        at, overnight = local.time(), self.start > self.end
        quiet = at >= self.start or at < self.end if overnight else self.start <= at < self.end
        if not quiet:
            return None
        day = local.date() + timedelta(days=1) if overnight and at >= self.start else local.date()
        return datetime.combine(day, self.end, self.zone).astimezone(UTC)

    async def until_for(self, chat: Chat, moment: datetime) -> datetime | None:
        return self.until(moment)
