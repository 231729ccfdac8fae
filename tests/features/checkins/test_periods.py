"""Periods have the days of the decree, deadlines avoid days off, and a leader's "tuần trước" is understood."""

from __future__ import annotations

from datetime import date

import pytest

from bot.features.calendar import periods
from bot.features.calendar.periods import (
    Cadence,
    PeriodError,
    at,
    before,
    due,
    following,
    is_skipped,
    period,
    period_meant,
)
from bot.features.checkins.reading.figures import period_of

DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("name", "first", "last", "label"),
    [
        ("2026-W47", date(2026, 11, 16), date(2026, 11, 22), "tuần 47/2026"),
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30), "tháng 11/2026"),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31), "quý IV/2026"),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30), "6 tháng đầu năm 2026"),
        ("2026-9M", date(2026, 1, 1), date(2026, 9, 30), "9 tháng năm 2026"),
        ("2026", date(2026, 1, 1), date(2026, 12, 31), "năm 2026"),
    ],
)
def test_a_period_has_its_days_and_its_name(name: str, first: date, last: date, label: str) -> None:
    found = period(name)
    assert (found.first, found.last, found.label) == (first, last, label)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2026-11", date(2026, 10, 15), date(2026, 11, 14)),
        ("2026-01", date(2025, 12, 15), date(2026, 1, 14)),
        ("2026-Q4", date(2026, 9, 15), date(2026, 12, 14)),
        ("2026-H1", date(2025, 12, 15), date(2026, 6, 14)),
        ("2026", date(2025, 12, 15), date(2026, 12, 14)),
        ("2026-W47", date(2026, 11, 16), date(2026, 11, 22)),
    ],
)
def test_official_reports_are_cut_off_on_the_fourteenth(name: str, first: date, last: date) -> None:
    found = period(name, "15-14")
    assert (found.first, found.last) == (first, last)


@pytest.mark.parametrize("name", ["2026-13", "2026-W54", "2026-Q5", "26-11", "", "2026-H3", "2026-00"])
def test_there_is_no_such_period(name: str) -> None:
    with pytest.raises(PeriodError):
        period(name)


def test_periods_follow_one_another_over_the_year() -> None:
    assert following(period("2026-W53")).name == "2027-W01"
    assert before(period("2026-01")).name == "2025-12"
    assert following(period("2026-12", "15-14"), "15-14").name == "2027-01"
    assert at(date(2026, 11, 15), "month", "15-14").name == "2026-12"
    assert at(date(2026, 12, 20), "quarter", "15-14").name == "2027-Q1"
    assert [following(period("2026-H1")).name, following(period("2026-H2")).name] == ["2026-H2", "2027-H1"]
    assert [before(period("2026-H1")).name, before(period("2026")).name] == ["2025-H2", "2025"]
    assert at(date(2026, 12, 20), "half", "15-14").name == "2027-H1"
    assert at(date(2026, 12, 14), "year", "15-14").name == "2026"
    with pytest.raises(PeriodError):
        before(period("2026-9M"))


def test_a_week_is_due_on_friday_and_earlier_before_a_holiday() -> None:
    assert due(period("2026-W47")) == periods.moment(date(2026, 11, 20), periods.WEEK_DUE)
    assert due(period("2026-11")) == periods.moment(date(2026, 11, 30), periods.WEEK_DUE)
    # The last two days of 2028 are a weekend, the first one of 2029 a holiday.
    assert due(period("2028-H2")) == due(period("2028")) == periods.moment(date(2028, 12, 29), periods.WEEK_DUE)
    # The first of May 2026 is a Friday and the 30th of April a holiday too.
    assert due(period("2026-W18")) == periods.moment(date(2026, 4, 29), periods.WEEK_DUE)


def test_nobody_is_asked_in_the_week_of_tet() -> None:
    assert is_skipped(period("2026-W08"))
    assert not is_skipped(period("2026-W47"))
    assert not is_skipped(period("2026-02"))


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        ("this", "2026-W48"),
        ("last", "2026-W47"),
        ("W47", "2026-W47"),
        ("W50", "2025-W50"),
        ("W47/2025", "2025-W47"),
        ("W50/2026", None),
        ("yesterday", "2026-W48"),
        ("before yesterday", "2026-W47"),
        ("D5", "2026-W45"),
        ("D45", None),
        ("D20/11", "2026-W47"),
        ("D20/11/2025", "2025-W47"),
        ("D28/11", "2026-W48"),
        ("D31/2", None),
        ("M11", None),
        ("W60", None),
    ],
)
def test_what_a_leader_calls_a_week(hint: str, name: str | None) -> None:
    found = period_meant(hint, "week", DAY)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("cadence", "hint", "name"),
    [
        ("half", "this", "2026-H2"),
        ("half", "last", "2026-H1"),
        ("half", "H1", "2026-H1"),
        ("half", "H2/2025", "2025-H2"),
        ("half", "H2/2027", None),
        ("half", "Y2026", None),
        ("year", "this", "2026"),
        ("year", "Y", "2026"),
        ("year", "Y2025", "2025"),
        ("year", "Y2027", None),
        ("year", "H1", None),
        ("month", "Y", None),
    ],
)
def test_what_a_leader_calls_half_a_year_and_a_year(cadence: Cadence, hint: str, name: str | None) -> None:
    found = period_meant(hint, cadence, DAY)
    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("words", "seen", "ahead"),
    [
        ("6 tháng đầu năm", "2026-H1", "2027-H1"),
        ("6 thang cuoi nam", "2026-H2", "2026-H2"),
        ("6 tháng đầu năm 2025", "2025-H1", None),
        ("6 tháng cuối năm/2027", None, "2027-H2"),
        ("nửa đầu năm", "2026-H1", "2027-H1"),
        ("nua cuoi nam 2025", "2025-H2", None),
        ("9 tháng năm 2025", "2025-9M", None),
        ("9 tháng", "2026-9M", "2027-9M"),
        ("cả năm", "2026", "2026"),
        ("ca nam 2026", "2026", "2026"),
        ("năm 2025", "2025", None),
        ("tháng 6", "2026-06", "2027-06"),
    ],
)
def test_long_periods_are_said_in_words(words: str, seen: str | None, ahead: str | None) -> None:
    """`seen` by who looks back, `ahead` by who sets targets."""
    hint = period_of(words)
    looked, wanted = periods.looked_up(hint, DAY), periods.planned(hint, "month", DAY)
    assert (looked.name if looked else None, wanted.name if wanted else None) == (seen, ahead)
