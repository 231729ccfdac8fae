"""Reading the day by which something is to be done."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from bot.core.lean import patterns
from bot.core.text import fold
from bot.features.announcements import schedule
from bot.features.calendar import vietnam
from bot.i18n import msg

FARTHEST = timedelta(days=366)
PAST = msg("Ngày này đã qua rồi. Bác gõ ngày khác giúp tôi.")
TOO_FAR = msg("Hạn này xa quá một năm. Bác gõ ngày gần hơn.")
UNCLEAR = msg("Tôi chưa rõ ngày nào. Bác gõ ví dụ: mai, thứ Sáu, 28/11.")

_WEEKDAYS = {
    "thu hai": 0, "thu 2": 0, "t2": 0, "thu ba": 1, "thu 3": 1, "t3": 1, "thu tu": 2, "thu 4": 2, "t4": 2,
    "thu nam": 3, "thu 5": 3, "t5": 3, "thu sau": 4, "thu 6": 4, "t6": 4, "thu bay": 5, "thu 7": 5, "t7": 5,
    "chu nhat": 6, "cn": 6,
}  # fmt: skip
_LEAD = patterns.compile(r"^(?:han|truoc|den|het|ngay|vao|cuoi ngay)\s+")
_DAY_ALONE = patterns.compile(r"(?:(?:mung|mong) )?(?P<day>\d{1,2})")
_LONGEST_MONTH = 31
_NEXT = patterns.compile(r"\s+(?:tuan sau|tuan toi|toi|sau|nay|tuan nay)$")
_IN_TITLE = patterns.compile(r"[,;.]?\s*(?:hạn|han|trước|truoc)\s*:?\s+(?P<day>[^,;]{1,24})$", re.IGNORECASE)


def read_day(words: str, now: datetime) -> date | None:
    """Read `mai`, `thứ Sáu`, `thứ Sáu tuần sau`, `28/11`, `28 tháng 11`; None if it is no day. Never raises.

    A weekday is the next one, today included, and so is a day of the month: `mùng 5`, `ngày 20`. A day and month
    without a year may have just passed: `problem` says so.
    """
    written, today = fold(words)[:60].strip(" ."), vietnam.today(now)
    while (shorter := _LEAD.sub("", written)) != written:
        written = shorter
    bare = written if written in _WEEKDAYS else _NEXT.sub("", written)  # "thu sau" is Friday
    if bare in _WEEKDAYS:
        ahead = (_WEEKDAYS[bare] - today.weekday()) % 7
        if written.endswith((" tuan sau", " tuan toi")):
            ahead = 7 - today.weekday() + _WEEKDAYS[bare]
        return today + timedelta(days=ahead)
    if (alone := _DAY_ALONE.fullmatch(written)) is not None:
        ahead_days = (today + timedelta(days=days) for days in range(_LONGEST_MONTH))
        return next((day for day in ahead_days if day.day == int(alone["day"])), None)
    written = re.sub(r"\s*thang\s*", "/", written)
    found = schedule.read(f"{written} 12:00", now) if written else None
    return vietnam.local_day(found.at) if isinstance(found, schedule.When) else None


def problem(day: date | None, now: datetime) -> str | None:
    """Say why nothing can be due on that day, as a sentence; None when it can."""
    today = vietnam.today(now)
    if day is None:
        return UNCLEAR
    if day < today:
        return PAST
    return TOO_FAR if day > today + FARTHEST else None


def split_due(words: str, now: datetime) -> tuple[str, date | None]:
    """Split `dán áp phích, hạn thứ Sáu` into the work and its day; the day is None if none is read at the end."""
    found = _IN_TITLE.search(words)
    day = None if found is None else read_day(found["day"], now)
    if found is None or problem(day, now) is not None:
        return words.strip(), None
    return words[: found.start()].strip(), day
