"""Quiet hours: when a phone must not ring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` in the evening to `end` in the morning, on the clocks of `zone`."""

    start: time = time(21)
    end: time = time(6)
    zone: ZoneInfo = VIETNAM

    def until(self, moment: datetime) -> datetime | None:
        """When the quiet that `moment` falls into ends (UTC); None when it is not quiet then."""
        local = moment.astimezone(self.zone)
        if self.end <= local.time() < self.start:
            return None
        day = local.date() + timedelta(days=1) if local.time() >= self.start else local.date()
        return datetime.combine(day, self.end, self.zone).astimezone(UTC)
