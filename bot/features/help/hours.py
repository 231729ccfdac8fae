"""When people are asked to help, and by when an answer is promised."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from msgspec import Struct

from bot.features.calendar.periods import is_working
from bot.features.commune.settings import Commune
from bot.i18n import msg, short_date, short_time, weekday

MORNING = timedelta(hours=2)
"""After the day has begun: whoever asked at night has an answer by then."""
HURRY = timedelta(minutes=30)
"""So long before a promise the village's turn is over and the centre is asked."""
_OFFICE_ENDS, _LATEST_FOR_TODAY, _OFFICE_MORNING = time(17), time(15, 30), time(9)

_TODAY = msg("{time} hôm nay")
_TOMORROW = msg("{time} sáng mai")
_LATER = msg("{time} sáng {weekday}, {day}")


class HelpHours(Struct, frozen=True):
    """Between `start` and `end` on the clocks of `zone` people are asked; equal times mean the whole day."""

    minutes: int
    start: time
    end: time
    zone: tzinfo

    @property
    def patience(self) -> timedelta:
        """How long one person is waited for."""
        return timedelta(minutes=self.minutes)

    def opens(self, now: datetime) -> datetime | None:
        """Return when people may be asked again (UTC); None when they may be asked now."""
        local = now.astimezone(self.zone)
        if self._awake(local.time()):
            return None
        day = local.date() if local.time() < self.start else local.date() + timedelta(days=1)
        return self._moment(day, self.start)

    def by_morning(self, opens: datetime) -> datetime:
        """Return the promise of a night, from the moment when the next day begins."""
        return opens + MORNING

    def by_office(self, now: datetime) -> datetime:
        """Return the promise of the commune's centre: the end of this working day, or the next one's morning."""
        local = now.astimezone(self.zone)
        if is_working(local.date()) and local.time() <= _LATEST_FOR_TODAY:
            return self._moment(local.date(), _OFFICE_ENDS)
        day = local.date() + timedelta(days=1)
        while not is_working(day):
            day += timedelta(days=1)
        return self._moment(day, _OFFICE_MORNING)

    def _awake(self, at: time) -> bool:
        if self.start == self.end:
            return True
        return self.start <= at < self.end if self.start < self.end else at >= self.start or at < self.end

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)


def of_commune(commune: Commune, zone: tzinfo) -> HelpHours:
    return HelpHours(commune.help.minutes, commune.help.start, commune.help.end, zone)


def promise(at: datetime, now: datetime, zone: tzinfo, locale: str) -> tuple[str, dict[str, str]]:
    """Return a promised time as people say it: a template ("{time} sáng mai") and its values."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    values = {"time": short_time(local.time(), locale)}
    if local.date() == today:
        return _TODAY, values
    if local.date() == today + timedelta(days=1):
        return _TOMORROW, values
    day = local.date()
    return _LATER, {**values, "weekday": weekday(day, locale), "day": short_date(day, locale)}
