"""Schedules of announcements: parse the time that a person types, and handle a time that has come or was missed."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import fold
from bot.features.calendar import vietnam
from bot.i18n import msg

from .model import AnnouncementRefused

MISFIRE = timedelta(hours=1)
"""A plan that was missed by more than this is not carried out by itself: its author is asked."""
FARTHEST = timedelta(days=180)

_DAYS = {"hom nay": 0, "nay": 0, "today": 0, "tomorrow": 1, "ngay mai": 1, "mai": 1, "ngay kia": 2, "kia": 2, "mot": 2}
_NOW = frozenset({"ngay", "now", "gui ngay", "bay gio", "luon", "gui luon", "khi duyet xong"})
_DAY = r"(?P<day>\d{1,2})\s?[/-]\s?(?P<month>\d{1,2})(?:\s?[/-]\s?(?P<year>20\d{2}))?"
_HOUR = r"(?P<hour>\d{1,2})\s?(?:(?:gio|h|g|:)\s?(?P<minute>\d{2}|ruoi)?)\s?(?:phut)?"
_PART = r"(?P<part>sang|trua|chieu|toi)"
_WORDS = "|".join(sorted(_DAYS, key=len, reverse=True))
_WHEN = (
    patterns.compile(rf"(?:(?P<word>{_WORDS})|(?:ngay )?{_DAY})?,?\s?(?:luc )?{_HOUR}(?:\s?{_PART})?"),
    patterns.compile(rf"(?:luc )?{_HOUR}(?:\s?{_PART})?,?\s?(?:(?P<word>{_WORDS})|(?:ngay )?{_DAY})"),
    patterns.compile(rf"{_PART}\s?(?P<word>{_WORDS}),?\s?(?:luc )?{_HOUR}"),
)
_PAST = msg("Giờ này đã qua rồi. Bác chọn giờ khác, hoặc gõ “ngay”.")
_TOO_FAR = msg("Chỉ hẹn trước được {days} ngày. Bác chọn ngày gần hơn.")
_AFTER_EXPIRY = msg("Giờ gửi phải trước lúc tin hết giá trị. Bác chọn giờ sớm hơn, hoặc sửa hạn của tin.")
_EXPIRY_PAST = msg("Hạn này đã qua rồi. Bác chọn hạn khác.")
_EXPIRY_BEFORE = msg("Hạn phải sau giờ gửi. Bác chọn hạn khác.")


class When(Struct, frozen=True):
    """A time that a person typed, UTC."""

    at: datetime


def read(words: str, now: datetime) -> When | Literal["now"] | None:
    """Read a time: `ngay`, `17:00`, `mai 7:30`, `25/11 19:00`, `7 giờ rưỡi tối mai`. Never raises.

    None for anything else. Without a day it is today, without a year the nearest one: a time just over stays in the
    past.
    """
    answer = re.sub(r"\s+", " ", fold(words)).strip(" .")[:60]
    if answer in _NOW:
        return "now"
    found = next((match for pattern in _WHEN if (match := pattern.fullmatch(answer))), None)
    if found is None:
        return None
    parts = found.groupdict()
    clock, day = _clock(parts), _day(parts, vietnam.today(now))
    return None if clock is None or day is None else When(vietnam.moment(day, clock))


def find(words: str, now: datetime) -> When | None:
    """Find the first time of day with a day in a sentence, as in "19 giờ 30, thứ Năm 26/11 tại nhà văn hóa"."""
    answer = re.sub(r"\s+", " ", fold(words))[:400]
    day = re.search(rf"\b(?:{_DAY}|(?P<word>hom nay|ngay mai|ngay kia|mai)\b)", answer)
    # Without the day: the 26 of “19h 26/11” is no minute.
    rest = answer if day is None else f"{answer[: day.start()]} , {answer[day.end() :]}"
    clock = re.search(rf"\b{_HOUR}(?:\s?{_PART})?", rest)
    if clock is None or day is None:
        return None
    at, on = _clock(clock.groupdict()), _day({"word": None, **day.groupdict()}, vietnam.today(now))
    return None if at is None or on is None else When(vietnam.moment(on, at))


def plan_problem(at: datetime, expires_at: datetime | None, now: datetime) -> AnnouncementRefused | None:
    """Return why nothing can be scheduled for `at`; None if it can."""
    if at <= now:
        return AnnouncementRefused(_PAST)
    if at > now + FARTHEST:
        return AnnouncementRefused(_TOO_FAR, {"days": FARTHEST.days})
    return AnnouncementRefused(_AFTER_EXPIRY) if expires_at is not None and at >= expires_at else None


def expiry_problem(expires_at: datetime, not_before: datetime | None, now: datetime) -> AnnouncementRefused | None:
    if expires_at <= now:
        return AnnouncementRefused(_EXPIRY_PAST)
    return AnnouncementRefused(_EXPIRY_BEFORE) if not_before is not None and expires_at <= not_before else None


def _clock(parts: dict[str, str | None]) -> time | None:
    hour = int(parts["hour"] or 0)
    minute = 30 if parts["minute"] == "ruoi" else int(parts["minute"] or 0)
    later = parts.get("part") in ("chieu", "toi") or (parts.get("part") == "trua" and hour < 10)
    hour += 12 if later and hour < 12 else 0
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _day(parts: dict[str, str | None], today: date) -> date | None:
    word, day, month, year = parts.get("word"), parts.get("day"), parts.get("month"), parts.get("year")
    if word:
        return today + timedelta(days=_DAYS[word])
    if not day or not month:
        return today
    try:
        if year:
            return date(int(year), int(month), int(day))
        years = (today.year, today.year + 1)
        return next(found for at in years if (found := date(at, int(month), int(day))) > today - FARTHEST)
    except (ValueError, StopIteration):
        return None
