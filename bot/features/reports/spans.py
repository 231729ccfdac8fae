"""Which period a report is about: named on a command line, offered in a chat, said in words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

from bot.core.lean import patterns
from bot.core.text import fold
from bot.features.calendar import periods
from bot.features.calendar.periods import Cadence, CutOff, Period, PeriodError

from .data import ReportError

_YEAR = r"(?:\s*(?:nam|/|-)?\s*(?P<year>20\d\d))?"
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_WORDS: tuple[tuple[str, str], ...] = (
    (r"tuan (?P<n>\d{1,2})", "{year}-W{n:02}"),
    (r"(?:thang |t)(?P<n>\d{1,2})", "{year}-{n:02}"),
    (r"(?P<n>\d{1,2})(?=\s*/)", "{year}-{n:02}"),
    (r"quy (?P<n>\d|iv|i{1,3})", "{year}-Q{n}"),
    (r"6 thang dau(?: nam)?", "{year}-H1"),
    (r"6 thang cuoi(?: nam)?", "{year}-H2"),
    (r"9 thang(?: dau)?(?: nam)?", "{year}-9M"),
    (r"nam (?=20)|(?=20\d\d$)|ca nam", "{year}"),
)

_UNITS: tuple[tuple[str, Cadence], ...] = (("tuan", "week"), ("thang", "month"), ("quy", "quarter"))
_NEAR: Mapping[str, tuple[Cadence, bool]] = {
    **{f"{unit} {word}": (kind, False) for unit, kind in _UNITS for word in ("nay", "hien tai")},
    **{f"{unit} {word}": (kind, True) for unit, kind in _UNITS for word in ("truoc", "roi", "vua roi", "vua qua")},
}
"""A period as seen from today, and whether it is the one before."""
_COMING = patterns.compile(r"(?P<unit>tuan|thang|quy) (?:sau|toi)")
_BEGINS = patterns.compile(r"\W*(?:t?\d|tuan|thang|quy|ca|nam)")
_LONGEST, _MOST_WORDS = 6, 20
"""Words of the longest period, `6 tháng đầu năm / 2026`, and of what is looked through for one."""


def named(name: str, cut_off: CutOff = "calendar") -> Period:
    """Read `2026-W47`, `2026-11`, `2026-Q4`, `2026-H1`, `2026-9M` or `2026`; raise ReportError."""
    try:
        before(found := periods.period(name, cut_off), cut_off)
    except PeriodError:
        raise ReportError(
            f"Không có kỳ báo cáo “{name[:40]}”. Kỳ viết như 2026-W47, 2026-11, 2026-Q4, 2026-H1, 2026-9M hoặc 2026."
        ) from None
    return found


def period_written(words: str, today: date, cut_off: CutOff = "calendar") -> Period | None:
    """Read a period as people write it: `tháng 9`, `quý III/2026`, `6 tháng đầu năm`, `tuần 47`, `2026-11`.

    Also `tháng này`. Without a year it is this year's, or last year's when it would lie ahead. None for anything else.
    """
    try:
        return periods.period(words.strip().upper(), cut_off)
    except PeriodError:
        pass
    text = " ".join(fold(words).split())
    if (near := _NEAR.get(text)) is not None:
        present = periods.at(today, near[0], cut_off)
        return before(present, cut_off) if near[1] else present
    if text in ("nam nay", "nam ngoai", "nam truoc"):
        year = periods.at(today, "month", cut_off).year
        return periods.period(str(year if text == "nam nay" else year - 1), cut_off)
    for pattern, form in _WORDS:
        found = re.fullmatch(f"(?:{pattern}){_YEAR}", text)
        if found is not None:
            return _first_begun(form, found.groupdict(), today, cut_off)
    return None


def coming(words: str, today: date, cut_off: CutOff = "calendar") -> Period | None:
    """Read a planned period as `period_written` does; without a year it is the one that runs, else the
    nearest; also `tháng sau`.
    """
    text = " ".join(fold(words).split())
    if (near := _COMING.fullmatch(text)) is not None:
        return periods.following(periods.at(today, dict(_UNITS)[near["unit"]], cut_off), cut_off)
    found = period_written(words, today, cut_off)
    if found is None or found.last >= today or str(found.year) in text:
        return found
    next_one = period_written(f"{words} {found.year + 1}", today, cut_off)
    ahead = next_one is not None and next_one.first - today < today - found.last
    return next_one if ahead else found


def within(words: str, today: date, cut_off: CutOff = "calendar") -> Period | None:
    """Return the period that is named somewhere in `words`: `tháng 11 bản Word giúp tôi`."""
    found = apart(words, today, cut_off)
    return None if found is None else found[0]


def apart(words: str, today: date, cut_off: CutOff = "calendar") -> tuple[Period, Sequence[str]] | None:
    """Return the period in `words` and what stands around it: `cho tôi tháng 11 nhé` → (2026-11, [cho, tôi, nhé])."""
    parts = words.split()[:_MOST_WORDS]
    begins = [at for at, word in enumerate(parts) if _BEGINS.match(fold(word)) is not None]
    for size in range(_LONGEST, 0, -1):
        for at in begins:
            named_ = " ".join(parts[at : at + size]).strip(" .,;:?!")
            if (found := period_written(named_, today, cut_off)) is not None:
                return found, [*parts[:at], *parts[at + size :]]
    return None


def _first_begun(form: str, parts: Mapping[str, str | None], today: date, cut_off: CutOff) -> Period | None:
    n, year = parts.get("n") or "0", parts["year"]
    number = _ROMAN.get(n) or int(n)
    for guess in (int(year),) if year else (today.year, today.year - 1):
        try:
            found = periods.period(form.format(year=guess, n=number), cut_off)
        except PeriodError:
            return None
        if year or found.first <= today:
            return found
    return None


def offered(today: date, cut_off: CutOff = "calendar") -> list[Period]:
    """Return this month, the last one, and the quarter, half, nine months and year under way or over."""
    month, quarter = periods.at(today, "month", cut_off), periods.at(today, "quarter", cut_off)
    year = month.year
    half = periods.at(today, "half", cut_off)
    names = [*([f"{year}-9M"] if month.ordinal > 6 else []), str(year)]
    return [month, periods.before(month, cut_off), quarter, half, *(periods.period(name, cut_off) for name in names)]


def before(of: Period, cut_off: CutOff = "calendar") -> Period:
    """Return the period for comparison: the one before it; for nine months those of the year before."""
    if of.kind == "nine_months":
        return periods.period(f"{of.year - 1}-9M", cut_off)
    return periods.before(of, cut_off)


def so_far(of: Period, cut_off: CutOff = "calendar") -> Period:
    """Return the span from the first day of the period's year to the period's last day."""
    return Period(str(of.year), min(of.first, periods.period(str(of.year), cut_off).first), of.last)


def past(of: Period, count: int, cut_off: CutOff = "calendar") -> list[Period]:
    """Return the period and those before it, oldest first."""
    found = [of]
    while len(found) < count:
        found.insert(0, before(found[0], cut_off))
    return found
