"""When a meeting is, as leaders say it; it is Tuesday, 24 November 2026, 15:00."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.features.calendar.vietnam import VIETNAM
from bot.features.meetings.model import lines
from bot.features.meetings.when import read_when

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("19 giờ 30, thứ Năm 26/11", "26 19:30"),
        ("19 gio 30 thu nam", "26 19:30"),
        ("thứ 5 lúc 19h30", "26 19:30"),
        ("tối mai 7h30", "25 19:30"),
        ("7 giờ rưỡi tối mai", "25 19:30"),
        ("tối nay 7h", "24 19:00"),
        ("chiều thứ Sáu 2 giờ", "27 14:00"),
        ("8h 28/11", "28 08:00"),
        ("8 giờ ngày 28/11/2026", "28 08:00"),
        ("sáng mai 8 giờ", "25 08:00"),
        ("chủ nhật 8h", "29 08:00"),
        ("thứ Tư tuần sau 9h", "02 09:00"),
        ("thứ Hai tuần sau, 19 giờ", "30 19:00"),
        ("mai 7:30", "25 07:30"),
        ("14h hôm nay", "24 14:00"),
    ],
)
def test_days_and_hours_as_people_say_them(words: str, at: str) -> None:
    found = read_when(words, NOW)
    assert found is not None
    assert found.astimezone(VIETNAM).strftime("%d %H:%M") == at


@pytest.mark.parametrize("words", ["thứ Năm", "tối", "lúc nào cũng được", "31/2 8h", "25 giờ mai", "", "ngay"])
def test_what_names_no_day_or_no_hour_is_asked_again(words: str) -> None:
    assert read_when(words, NOW) is None


def test_lines_lose_what_marks_a_list() -> None:
    assert lines("1. Dán áp phích.\n\n- Cài VNeID;\n•  họp lại ") == ["Dán áp phích", "Cài VNeID", "họp lại"]
    assert lines("20 hộ cài VNeID") == ["20 hộ cài VNeID"]
