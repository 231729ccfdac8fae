"""The one zone in which the bot tells days and hours, whatever the clock of its machine shows."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def today(now: datetime) -> date:
    """Return the day that it is in Vietnam now."""
    return local_day(now)


def local_day(at: datetime) -> date:
    """Return the day in Vietnam on which something happens or happened."""
    return at.astimezone(VIETNAM).date()


def moment(day: date, at_time: time) -> datetime:
    """Return a time on the clocks of Vietnam, as UTC."""
    return datetime.combine(day, at_time, VIETNAM).astimezone(UTC)
