"""Days of the week and hours at which a loudspeaker speaks, on the clocks of Vietnam."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import Text
from bot.features.calendar.vietnam import local_day, moment
from bot.i18n import msg, time_in_words, weekday

FIRST, LAST = time(5), time(21)
"""No loudspeaker wakes a village before five or keeps it awake after nine (local rules)."""
MOST_SLOTS = 6
OPEN_END = timedelta(minutes=30)
"""So long a time without an end counts as going on."""
EVERY_DAY = "1234567"
_DAYS = patterns.compile(r"(?!.*(.).*\1)[1-7]{1,7}")
_SLOT = patterns.compile(r"([0-2]\d):([0-5]\d)(?:-([0-2]\d):([0-5]\d))?")

T = Callable[..., Text]


class Slot(Struct, frozen=True, order=True):
    """From when until when; `end` equal to `start` means that nobody said."""

    start: time
    end: time

    @property
    def fits(self) -> bool:
        """Whether it is an hour of the day at which a loudspeaker may speak."""
        return FIRST <= self.start < LAST and self.start <= self.end <= LAST

    @property
    def packed(self) -> str:
        return f"{self.start:%H:%M}" + (f"-{self.end:%H:%M}" if self.end != self.start else "")


class LoudspeakerTurn(Struct, frozen=True):
    """One time at which it is to speak (UTC). `at_once`: no plan says so, something urgent came."""

    at: datetime
    until: datetime
    at_once: bool = False


class Timetable(Struct, frozen=True):
    """`days` are ISO weekdays in order, "135"; `slots` are in order and at least one."""

    days: str
    slots: tuple[Slot, ...]

    @property
    def hours(self) -> str:
        return ",".join(one.packed for one in self.slots)

    def turns(self, after: datetime, before: datetime) -> list[LoudspeakerTurn]:
        """Return the turns that end after one moment and begin no later than another, in order."""
        found = []
        day, last = local_day(after) - timedelta(days=1), local_day(before)
        while day <= last:
            if str(day.isoweekday()) in self.days:
                found += [one for slot in self.slots if (one := _turn(day, slot)).until > after and one.at <= before]
            day += timedelta(days=1)
        return found

    def told(self, t: T, locale: str) -> Text:
        """Write it as `thứ Hai, thứ Tư, thứ Sáu lúc 5 giờ 30 và 17 giờ`."""
        hours = []
        for one in self.slots:
            start, end = time_in_words(one.start, locale), time_in_words(one.end, locale)
            hours.append(t(msg("{start} đến {end}"), start=start, end=end) if end != start else Text.verbatim(start))
        told = Text.join(", ", hours[:-1] or hours)
        if len(hours) > 1:
            told = t(msg("{several} và {last}"), several=told, last=hours[-1])
        return t(msg("{days} lúc {hours}"), days=_told_days(self.days, t, locale), hours=told)


def timetable(days: str, hours: str) -> Timetable | None:
    """Read a timetable from its packed form, which may come from anybody; None when it is none."""
    slots = [_slot(part) for part in hours.split(",")]
    known = sorted({one for one in slots if one is not None and one.fits})
    if not _DAYS.fullmatch(days) or len(known) != len(slots) or len(known) > MOST_SLOTS:
        return None
    return Timetable("".join(sorted(days)), tuple(known))


def _slot(packed: str) -> Slot | None:
    found = _SLOT.fullmatch(packed)
    if found is None or int(found[1]) > 23 or int(found[3] or 0) > 23:
        return None
    start = time(int(found[1]), int(found[2]))
    return Slot(start, start if found[3] is None else time(int(found[3]), int(found[4])))


def _turn(day: date, slot: Slot) -> LoudspeakerTurn:
    at = moment(day, slot.start)
    length = timedelta(hours=slot.end.hour, minutes=slot.end.minute) - timedelta(
        hours=slot.start.hour, minutes=slot.start.minute
    )
    return LoudspeakerTurn(at, at + (length or OPEN_END))


def _told_days(days: str, t: T, locale: str) -> Text:
    names: Sequence[str] = [weekday(date.fromisocalendar(2026, 1, int(one)), locale) for one in days]
    if days == EVERY_DAY:
        return t(msg("hằng ngày"))
    if len(days) > 2 and days in EVERY_DAY:
        return t(msg("{start} đến {end}"), start=names[0], end=names[-1])
    return Text.verbatim(", ".join(names))
