"""Reading when a meeting is, as a leader says it: with a day, a weekday, an hour of the evening."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.core.lean import patterns
from bot.core.text import fold
from bot.features.announcements import schedule
from bot.features.calendar.vietnam import VIETNAM
from bot.features.tasks.dates import read_day

_WEEKDAY = patterns.compile(r"\b(?:(?:thu (?:hai|ba|tu|nam|sau|bay|[2-7])|t[2-7]|chu nhat|cn)\b(?: tuan (?:sau|toi))?)")
_TODAY = patterns.compile(r"\b(toi|chieu|trua|sang) nay\b")
_LATER = patterns.compile(r"\b(?:toi|chieu) (?=mai|hom|ngay|thu|chu|t[2-7]\b|cn\b|\d)")
_DATE = patterns.compile(r"\d\s?[/-]\s?\d")
_NOON = 12


def read_when(words: str, now: datetime) -> datetime | None:
    """Read `19 giờ 30 thứ Năm`, `tối mai 7h30`, `8h 28/11`; None without an hour or a day. UTC, perhaps past."""
    answer = re.sub(r"\s+", " ", fold(words))[:200]
    plain = schedule.read(answer, now)
    if isinstance(plain, schedule.When):
        return plain.at
    later = _LATER.search(answer) is not None or any(part in ("toi", "chieu") for part in _TODAY.findall(answer))
    answer = _LATER.sub("", _TODAY.sub("hom nay", answer))
    weekday = _WEEKDAY.search(answer)
    if weekday is not None:
        # “thứ Năm 26/11” names the day twice; then the date counts.
        day = None if _DATE.search(answer) else read_day(weekday[0], now)
        answer = answer[: weekday.start()] + ("" if day is None else f"{day:%d/%m/%Y}") + answer[weekday.end() :]
    found = schedule.find(answer, now)
    if found is None:
        return None
    at = found.at.astimezone(VIETNAM)
    return (found.at + timedelta(hours=_NOON)) if later and at.hour < _NOON else found.at
