"""Reporting periods: names, days, deadlines, and the days off on which no figures are due.

The cut-off 15–14 is that of official reports (Nghị định 09/2019/NĐ-CP, điều 12): a month runs from the 15th of the
month before to its own 14th, and quarters, halves and years alike. A week has no cut-off.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct

from bot.core.lean import patterns
from bot.i18n import msg

from . import days_off

# Conversations say `periods.today`, beside other questions about periods.
from .vietnam import VIETNAM as VIETNAM
from .vietnam import moment as moment
from .vietnam import today as today

CutOff = Literal["calendar", "15-14"]
Cadence = Literal["week", "month", "quarter", "half", "year"]
CADENCES: tuple[Cadence, ...] = ("week", "month", "quarter", "half", "year")
"""How often somebody is asked for a figure, the shortest first."""
PeriodKind = Literal["week", "month", "quarter", "half", "nine_months", "year"]
WEEK_DUE = time(16)
_LONGEST_MONTH = 31

_NAME = patterns.compile(
    r"(?P<year>20\d\d)(?:-(?:W(?P<week>\d\d)|Q(?P<quarter>[1-4])|H(?P<half>[12])|(?P<nine>9M)|(?P<month>\d\d)))?"
)
_ROMAN = ("I", "II", "III", "IV")
_WORDING = {
    "W": msg("tuần {number}/{year}"),
    "month": msg("tháng {number}/{year}"),
    "Q": msg("quý {number}/{year}"),
    "H": msg("6 tháng đầu năm {year}"),
    "nine": msg("9 tháng năm {year}"),
    "year": msg("năm {year}"),
}
_SECOND_HALF = msg("6 tháng cuối năm {year}")
_CUT = {
    _WORDING["month"]: msg("tháng {number}/{year} (từ {first} đến {last})"),
    _WORDING["Q"]: msg("quý {number}/{year} (từ {first} đến {last})"),
    _WORDING["H"]: msg("6 tháng đầu năm {year} (từ {first} đến {last})"),
    _SECOND_HALF: msg("6 tháng cuối năm {year} (từ {first} đến {last})"),
    _WORDING["nine"]: msg("9 tháng năm {year} (từ {first} đến {last})"),
    _WORDING["year"]: msg("năm {year} (từ {first} đến {last})"),
}
"""With the days, where a period is not the one of the calendar."""


class PeriodError(ValueError):
    """There is no such period."""


class Period(Struct, frozen=True):
    """`2026-W47`, `2026-11`, `2026-Q4`, `2026-H1`, `2026-9M` or `2026`, with its first and last day."""

    name: str
    first: date
    last: date

    @property
    def label(self) -> str:
        """`tuần 47/2026`, `tháng 11/2026`, `6 tháng đầu năm 2026`; with its days where it is cut at the 14th."""
        template, values = self.wording
        return template.format(**values)

    @property
    def wording(self) -> tuple[str, Mapping[str, str]]:
        """The template that says the period, and its values."""
        year, _, rest = self.name.partition("-")
        kind = "month" if rest.isdigit() else "nine" if rest == "9M" else rest[:1] or "year"
        number = "" if kind in ("nine", "year") else rest.lstrip("WQH")
        if kind == "Q":
            number = _ROMAN[int(number) - 1]
        values = {"year": year, "number": number.lstrip("0")}
        template = _SECOND_HALF if rest == "H2" else _WORDING[kind]
        if self.first.day == 1 or kind == "W":
            return template, values
        return _CUT[template], {**values, "first": f"{self.first:%d/%m}", "last": f"{self.last:%d/%m}"}

    @property
    def year(self) -> int:
        return int(self.name[:4])

    @property
    def kind(self) -> PeriodKind:
        kinds: dict[str, PeriodKind] = {"": "year", "W": "week", "Q": "quarter", "H": "half", "9": "nine_months"}
        rest = self.name[5:]
        return "month" if rest.isdigit() else kinds[rest[:1]]

    @property
    def ordinal(self) -> int:
        """The number of the week, month, quarter or half in its year; 0 for nine months and a year."""
        digits = self.name[5:].lstrip("WQH")
        return int(digits) if digits.isdigit() else 0

    def share(self, on: date) -> float:
        """Return the fraction (0 to 1) of the period that has passed at the end of the day `on`."""
        days = (self.last - self.first).days + 1
        return min(1.0, max(0.0, ((on - self.first).days + 1) / days))


def period(name: str, cut_off: CutOff = "calendar") -> Period:
    """Parse the name of a period, such as `2026-W47`; raises PeriodError."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise PeriodError(name)
    year = int(found["year"])
    if found["week"]:
        try:
            monday = date.fromisocalendar(year, int(found["week"]), 1)
        except ValueError:
            raise PeriodError(name) from None
        return Period(name, monday, monday + timedelta(days=6))
    if found["month"]:
        first, count = int(found["month"]), 1
        if not 1 <= first <= 12:
            raise PeriodError(name)
    elif found["quarter"]:
        first, count = int(found["quarter"]) * 3 - 2, 3
    elif found["half"]:
        first, count = int(found["half"]) * 6 - 5, 6
    else:
        first, count = 1, 9 if found["nine"] else 12
    return Period(name, *_months(year, first, count, cut_off))


def _months(year: int, first: int, count: int, cut_off: CutOff) -> tuple[date, date]:
    start, end = _month(year, first), _month(year, first + count)
    if cut_off == "calendar":
        return start, end - timedelta(days=1)
    return _month(year, first - 1).replace(day=15), _month(year, first + count - 1).replace(day=14)


def _month(year: int, month: int) -> date:
    """Return the first day of a month; month 0 is the December before, 13 the January after."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def at(day: date, cadence: Cadence, cut_off: CutOff = "calendar") -> Period:
    """Return the period of this length in which a day lies."""
    if cadence == "week":
        year, week, _ = day.isocalendar()
        return period(f"{year}-W{week:02}")
    if cut_off == "15-14" and day.day >= 15:
        day = _month(day.year, day.month + 1)
    names: Mapping[Cadence, str] = {
        "month": f"{day.year}-{day.month:02}",
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "half": f"{day.year}-H{(day.month + 5) // 6}",
        "year": str(day.year),
    }
    return period(names[cadence], cut_off)


def following(one: Period, cut_off: CutOff = "calendar") -> Period:
    """Return the next period of the same length.

    Raises PeriodError for nine months, which do not follow one another.
    """
    return at(one.last + timedelta(days=1), _cadence(one), cut_off)


def before(one: Period, cut_off: CutOff = "calendar") -> Period:
    """Return the previous period of the same length; raises PeriodError for nine months."""
    return at(one.first - timedelta(days=1), _cadence(one), cut_off)


def can_hold(one: Period, cadence: Cadence) -> bool:
    """Tell whether figures asked for in this rhythm may belong to the period: a month's belong to none of its weeks."""
    longest: Cadence = "half" if one.kind == "nine_months" else one.kind
    return CADENCES.index(cadence) <= CADENCES.index(longest)


def _cadence(one: Period) -> Cadence:
    if one.kind == "nine_months":
        raise PeriodError(one.name)
    return one.kind


def period_meant(hint: str, cadence: Cadence, today: date, cut_off: CutOff = "calendar") -> Period | None:
    """Return the period that a leader means.

    Hints are "this", "last", "yesterday", "before yesterday", "D20/11", "W47", "M11/2026". None if it is of another
    length, or there is no such day. A number without a year is that of this year, or of last year if it would lie
    ahead. A day ahead means the period of today: it tells when something will be.
    """
    now = at(today, cadence, cut_off)
    if hint in ("", "this"):
        return now
    if hint == "last":
        return before(now, cut_off)
    if hint[0] == "D" or hint in ("yesterday", "before yesterday"):
        day = day_meant(hint, today)
        return None if day is None else at(day, cadence, cut_off)
    if cadence == "year" or hint[0] == "Y":
        return _year(hint, today, cut_off) if cadence == "year" else None
    letter = {"week": "W", "month": "M", "quarter": "Q", "half": "H"}[cadence]
    counted, _, of_year = hint[1:].partition("/")
    if hint[0] != letter or not counted.isdigit():
        return None
    number = int(counted)
    names = {"M": "{year}-{number:02}", "W": "{year}-W{number:02}", "Q": "{year}-Q{number}", "H": "{year}-H{number}"}
    for year in (int(of_year),) if of_year else (today.year, today.year - 1):
        try:
            found = period(names[letter].format(year=year, number=number), cut_off)
        except PeriodError:
            return None
        if found.first <= today:
            return found
    return None


def _year(hint: str, today: date, cut_off: CutOff) -> Period | None:
    """Return the year of `Y2026` or `Y` (the present one); None for anything else, and for a year that lies ahead."""
    if hint[0] != "Y":
        return None
    found = period(hint[1:], cut_off) if hint[1:] else at(today, "year", cut_off)
    return found if found.first <= today else None


def _day(hint: str, today: date) -> date | None:
    """Return the day of `D20/11`, without a year the nearest one; of `D5` the last one.

    None if there is no such day.
    """
    day, *of_month = (int(number) for number in hint[1:].split("/"))
    if not of_month:
        back = (today - timedelta(days=days) for days in range(_LONGEST_MONTH))
        return next((one for one in back if one.day == day), None)
    month, *of_year = of_month
    found = []
    for year in of_year or (today.year - 1, today.year):
        with suppress(ValueError):
            found.append(date(year, month, day))
    return min(found, key=lambda one: abs(one - today), default=None)


def day_meant(hint: str, today: date) -> date | None:
    """Return the day that a person means by "yesterday", "before yesterday", "D20/11"; a day ahead is today."""
    if hint in ("yesterday", "before yesterday"):
        return today - timedelta(days=1 if hint == "yesterday" else 2)
    day = _day(hint, today) if hint[:1] == "D" else None
    return None if day is None else min(day, today)


def code_of(one: Period) -> str:
    """Return the code by which people name a week, month or quarter: "W47/2026"."""
    return f"{one.kind[0].upper()}{one.ordinal}/{one.year}"


def looked_up(hint: str, today: date, cut_off: CutOff = "calendar") -> Period | None:
    """Return the period that a person wants to see by "W47", "M11", "Q4", "H1", "9M", "Y2026", "Y", "last" (month)."""
    cadences: Mapping[str, Cadence] = {"W": "week", "M": "month", "Q": "quarter", "H": "half", "Y": "year"}
    if hint in ("this", "last") or hint[:1] in cadences:
        return period_meant(hint, cadences.get(hint[:1], "month"), today, cut_off)
    counted, _, of_year = hint.partition("/")
    try:
        return period(f"{of_year or today.year}-{counted}", cut_off)
    except PeriodError:
        return None


def planned(hint: str, cadence: Cadence, today: date, cut_off: CutOff = "calendar") -> Period | None:
    """Return the present or coming period that an official plans for.

    Hints are "", "W49", "M12", "Q4", "H1", "9M", "Y2027", "Y". A number is that of this year, or of the next year if
    that period has ended. None for "last" and for anything else.
    """
    if hint in ("", "this"):
        return at(today, cadence, cut_off)
    if hint == "last":
        return None
    counted, _, of_year = hint.partition("/")
    number = counted[1:]
    for year in (int(of_year),) if of_year else (today.year, today.year + 1):
        names = {"W": f"{year}-W{number:0>2}", "M": f"{year}-{number:0>2}", "Y": number or str(year), "9": f"{year}-9M"}
        try:
            found = period(names.get(counted[0], f"{year}-{counted}"), cut_off)
        except PeriodError:
            return None
        if found.last >= today:
            return found
    return None


# Days off


def is_off(day: date) -> bool:
    """Tell whether the day is a public holiday, Tết among them."""
    return day in days_off.of_year(day.year)


def is_working(day: date) -> bool:
    return day.weekday() < 5 and not is_off(day)


def is_skipped(one: Period) -> bool:
    """Tell whether most working days of a week are off: in the week of Tết no figures are asked for."""
    days = [one.first + timedelta(days=n) for n in range(5)]
    return one.kind == "week" and sum(is_off(day) for day in days) >= 3


def is_summed(one: Period) -> bool:
    """Tell whether villages report only its last part, since the period is a sum and has no figures of its own."""
    return one.kind in ("half", "year")


def due(one: Period) -> datetime:
    """Return when figures are due, UTC: at 16:00 on Friday, else on the last day; earlier before days off."""
    day = one.last - timedelta(days=2) if one.kind == "week" else one.last
    while not is_working(day) and day > one.first:
        day -= timedelta(days=1)
    return moment(day, WEEK_DUE)
