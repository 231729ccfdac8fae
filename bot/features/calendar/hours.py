"""Quiet hours, when a phone must not ring, and the hour of the daily digest."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct

from bot.core.events import Chat

from .vietnam import VIETNAM


class QuietTime(Protocol):
    """Quiet hours: the time when nothing may be sent unasked."""

    def until(self, moment: datetime) -> datetime | None:
        """Return the end (UTC) of the quiet hours of all chats at `moment`; None if some chats may be written to."""
        ...

    async def until_for(self, chat: Chat, moment: datetime) -> datetime | None:
        """Return the same for one chat."""
        ...


class DigestHour(Protocol):
    """The hour at which a chat gets its postponed messages."""

    async def next_for(self, chat: Chat, moment: datetime) -> datetime:
        """Return the first such hour after `moment`, in UTC."""
        ...


class DailyQuietHours(Struct, frozen=True):
    """At the same time of day for everybody, on the clocks of `zone`."""

    at: time = time(17)
    zone: ZoneInfo = VIETNAM

    def next(self, moment: datetime) -> datetime:
        here = moment.astimezone(self.zone)
        day = here.date() if here.time() < self.at else here.date() + timedelta(days=1)
        return datetime.combine(day, self.at, self.zone).astimezone(UTC)

    async def next_for(self, chat: Chat, moment: datetime) -> datetime:
        return self.next(moment)


class QuietHours(Struct, frozen=True):
    """From `start` to `end` on the clocks of `zone`, perhaps over midnight; equal times mean that no hour is quiet."""

    start: time = time(21)
    end: time = time(6)
    zone: ZoneInfo = VIETNAM

    def until(self, moment: datetime) -> datetime | None:
        """Return the end (UTC) of the quiet hours that `moment` lies in; None if it is not quiet then."""
        local = moment.astimezone(self.zone)
        at, overnight = local.time(), self.start > self.end
        quiet = at >= self.start or at < self.end if overnight else self.start <= at < self.end
        if not quiet:
            return None
        day = local.date() + timedelta(days=1) if overnight and at >= self.start else local.date()
        return datetime.combine(day, self.end, self.zone).astimezone(UTC)

    async def until_for(self, chat: Chat, moment: datetime) -> datetime | None:
        return self.until(moment)
