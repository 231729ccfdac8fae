"""Grades of urgency: three in plain words, the deadline of each, and the words by which people say it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

from bot.core.lean import patterns
from bot.core.text import bare, clean
from bot.features.calendar.periods import is_working
from bot.i18n import msg

Grade = Literal["urgent", "normal", "later"]

GRADES: Mapping[Grade, str] = {
    "urgent": msg("cần ngay"),
    "normal": msg("bình thường"),
    "later": msg("không gấp"),
}
"""The most urgent first."""
LABELS: Mapping[Grade, str] = {
    "urgent": msg("Cần ngay"),
    "normal": msg("Bình thường"),
    "later": msg("Không gấp"),
}
_WORKING_DAYS: Mapping[Grade, int] = {"urgent": 1, "normal": 5, "later": 10}

_GRADE_WORDS = (
    r"(?:(?P<later>khong (?:can )?gap|chua gap|khi (?:nao )?ranh|luc ranh)"
    r"|(?P<urgent>(?:rat )?(?:gap|khan cap|khan)(?: lam)?|(?:rat )?can (?:ngay|gap)(?: lam)?))"
)
_WHOLE = patterns.compile(rf"^\W*{_GRADE_WORDS}(?: (?:a|nhe|day|dau|roi))?\W*$", re.IGNORECASE)
_FIRST = patterns.compile(rf"^\W*{_GRADE_WORDS}\s*[:,.;!–-]\s*", re.IGNORECASE)
_END = patterns.compile(r"\s(?:(?:rat|can) (?:gap|ngay)|gap lam|khan cap)\W*$", re.IGNORECASE)
_LAST = patterns.compile(rf"\s*[,.;:!(–-]\s*{_GRADE_WORDS}\W*$", re.IGNORECASE)


def rank(grade: Grade) -> int:
    """Return the position of a grade, 0 for the most urgent."""
    return list(GRADES).index(grade)


def known(name: str) -> Grade | None:
    return next((grade for grade in GRADES if grade == name), None)


def split_grade(words: str) -> tuple[str, Grade]:
    """Split `mất sóng cả thôn, gấp` into the difficulty and its grade; normal if neither end states one."""
    text = clean(words).strip()
    for pattern in (_FIRST, _LAST):
        match = pattern.search(bare(text))
        rest = "" if match is None else (text[: match.start()] + text[match.end() :]).strip()
        if match is not None and rest:
            return rest, "urgent" if match["urgent"] else "later"
    return text, "urgent" if _END.search(bare(text)) else "normal"


def grade_in(words: str) -> Grade | None:
    """Return the grade if the words say nothing else: `gấp lắm`, `không gấp đâu`."""
    match = _WHOLE.search(bare(clean(words[:60])))
    if match is None:
        return None
    return "urgent" if match["urgent"] else "later"


def deadline(raised: date, grade: Grade = "normal") -> date:
    """Return the day by which it is to be answered: some working days later, by its grade."""
    return _moved(raised, _WORKING_DAYS[grade], 1)


def deadline_again(due: date, was: Grade, grade: Grade, on: date) -> date:
    """Return the deadline after a change of grade: counted from the same start, never before the next working day."""
    begun = _moved(due, _WORKING_DAYS[was], -1)
    return max(deadline(begun, grade), deadline(on, "urgent"))


def _moved(day: date, working_days: int, step: int) -> date:
    left = working_days
    while left:
        day += timedelta(days=step)
        left -= is_working(day)
    return day
