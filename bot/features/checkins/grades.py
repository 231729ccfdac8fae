"""How urgent a difficulty is: three grades in plain words, the deadline of each, and the words by which it is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal

from bot.core.text import bare, clean
from bot.i18n import msg

from .periods import is_working

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

_SAID = (
    r"(?:(?P<later>khong (?:can )?gap|chua gap|khi (?:nao )?ranh|luc ranh)"
    r"|(?P<urgent>(?:rat )?(?:gap|khan cap|khan)(?: lam)?|(?:rat )?can (?:ngay|gap)(?: lam)?))"
)
_WHOLE = re.compile(rf"^\W*{_SAID}(?: (?:a|nhe|day|dau|roi))?\W*$", re.IGNORECASE)
_FIRST = re.compile(rf"^\W*{_SAID}\s*[:,.;!–-]\s*", re.IGNORECASE)
_END = re.compile(r"\s(?:(?:rat|can) (?:gap|ngay)|gap lam|khan cap)\W*$", re.IGNORECASE)
_LAST = re.compile(rf"\s*[,.;:!(–-]\s*{_SAID}\W*$", re.IGNORECASE)


def rank(grade: Grade) -> int:
    """0 for the most urgent."""
    return list(GRADES).index(grade)


def known(name: str) -> Grade | None:
    return next((grade for grade in GRADES if grade == name), None)


def split_grade(words: str) -> tuple[str, Grade]:
    """`mất sóng cả thôn, gấp` → the difficulty and its grade; normal where nothing is said at either end."""
    text = clean(words).strip()
    for pattern in (_FIRST, _LAST):
        match = pattern.search(bare(text))
        rest = "" if match is None else (text[: match.start()] + text[match.end() :]).strip()
        if match is not None and rest:
            return rest, "urgent" if match["urgent"] else "later"
    return text, "urgent" if _END.search(bare(text)) else "normal"


def said(words: str) -> Grade | None:
    """The grade that is all that some words say: `gấp lắm`, `không gấp đâu`."""
    match = _WHOLE.search(bare(clean(words[:60])))
    if match is None:
        return None
    return "urgent" if match["urgent"] else "later"


def deadline(raised: date, grade: Grade = "normal") -> date:
    """So many working days later."""
    return _moved(raised, _WORKING_DAYS[grade], 1)


def deadline_again(due: date, was: Grade, grade: Grade, on: date) -> date:
    """Of one that was due under another grade: from the same day on, and never before the next working day."""
    begun = _moved(due, _WORKING_DAYS[was], -1)
    return max(deadline(begun, grade), deadline(on, "urgent"))


def _moved(day: date, working_days: int, step: int) -> date:
    left = working_days
    while left:
        day += timedelta(days=step)
        left -= is_working(day)
    return day
