"""A day as offices write it: `24/11/2026`, `24.11`, `ngày 24 tháng 11 năm 2026`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Literal

from bot.core.lean import patterns

DAY = patterns.compile(
    r"(?<!\d)(?P<day>\d{1,2})\s*(?:[/.-]|tháng|thang)\s*(?P<month>\d{1,2})"
    r"(?:\s*(?:[/.-]|năm|nam)\s*(?P<year>20\d\d))?(?!\d)",
    re.IGNORECASE,
)
Lean = Literal["next", "last", "nearest"]
"""Which one is meant without a year, seen from today. Today is the next and the last one."""


def day_of(found: re.Match[str], today: date, lean: Lean) -> date | None:
    """Return the day that DAY has matched; None for a day that does not exist, as 31/2."""
    year = found["year"]
    days = list(_in_years(found, [int(year)] if year else [today.year - 1, today.year, today.year + 1]))
    if not year and lean != "nearest":
        days = [day for day in days if (day >= today if lean == "next" else day <= today)]
    return min(days, key=lambda day: abs(day - today), default=None)


def _in_years(found: re.Match[str], years: list[int]) -> Iterator[date]:
    for year in years:
        try:
            yield date(year, int(found["month"]), int(found["day"]))
        except ValueError:
            continue
