"""A plan of a loudspeaker is read from what people type, in any order, with marks or without."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.features.loudspeaker.plan_words import ME, read
from bot.features.loudspeaker.timetable import Slot, Timetable, timetable
from bot.features.loudspeaker.village_words import named
from bot.features.units import Place


@pytest.mark.parametrize(
    ("words", "days", "hours", "player", "spot"),
    [
        ("phát thứ 2, 4, 6 lúc 5 giờ 30 và 17 giờ, chú Hòa bật", "135", "05:30,17:00", "Hòa", ""),
        ("phat thu 2 4 6 luc 5h30 va 17h chu Hoa bat", "135", "05:30,17:00", "Hoa", ""),
        ("chú Hòa bật loa 5h30 với 17h thứ 2 thứ 4 thứ 6", "135", "05:30,17:00", "Hòa", ""),
        ("thứ hai, thứ tư, thứ sáu lúc mười bảy giờ ba mươi", "135", "17:30", "", ""),
        ("hằng ngày 5h30-6h30, 16h30-18h00", "1234567", "05:30-06:30,16:30-18:00", "", ""),
        ("thứ 2 đến thứ 6 từ 16 giờ 30 đến 18 giờ, do anh Nguyễn Văn Tú phụ trách", "12345", "16:30-18:00",
         "Nguyễn Văn Tú", ""),
        ("t2-t6 5h30", "12345", "05:30", "", ""),
        ("thứ 2-4-6 lúc 17:00", "135", "17:00", "", ""),
        ("hàng ngày lúc năm giờ rưỡi sáng và năm giờ chiều, tôi bật", "1234567", "05:30,17:00", ME, ""),
        ("5 giờ tới 6 giờ chiều thứ ba", "2", "17:00-18:00", "", ""),
        ("lúc 5 giờ tôi bật, cả tuần trừ chủ nhật", "123456", "05:00", ME, ""),
        ("luc 5 gio toi bat, ca tuan", "1234567", "05:00", ME, ""),
        ("thứ bảy chủ nhật chú Hòa bật lúc 17 giờ", "67", "17:00", "Hòa", ""),
        ("cụm nhà văn hóa phát thứ 3 lúc 17 giờ, người bật: bà Lê Thị Hoa", "2", "17:00", "Lê Thị Hoa", "nhà văn hóa"),
        ("cum loa so 2, hang ngay 5h30", "1234567", "05:30", "", "so 2"),
        ("từ thứ hai đến thứ sáu, 5 rưỡi", "12345", "05:30", "", ""),
        ("phát 3 buổi thứ tư lúc 17h", "3", "17:00", "", ""),
        ("5h30 và 17h", "", "05:30,17:00", "", ""),
        ("thứ 3 và thứ 5", "24", "", "", ""),
        ("loa hỏng rồi", "", "", "", ""),
    ],
)  # fmt: skip
def test_a_sentence_tells_days_hours_and_who(words: str, days: str, hours: str, player: str, spot: str) -> None:
    said = read(words)
    assert (said.days, ",".join(slot.packed for slot in said.slots)) == (days, hours)
    assert (said.player, said.spot) == (player, spot)


def village(code: str, name: str, kind: str = "thôn") -> Place:
    return Place(len(code), code, kind, name, (), 1, date(2025, 7, 1), None, None, None, None)


def test_the_village_is_taken_out_so_that_its_number_is_no_day() -> None:
    three, east, far = village("thon-3", "3"), village("dong", "Đông"), village("dong-cao", "Đông Cao")
    everywhere = [three, east, far]
    for words, place, rest in (
        ("thôn 3 phát thứ 2", three, "phát thứ 2"),
        ("thon dong phat thu 2", east, "phat thu 2"),
        ("Đông Cao, thứ 2", far, ", thứ 2"),
        ("phát thứ 2 thôn Đông Cao", far, "phát thứ 2"),
    ):
        found = named(words, everywhere)
        assert (found.places, " ".join(found.rest.split())) == ((place,), rest)
    assert named("loa thôn phát thứ 2", everywhere).places == ()
    assert not named("loa thôn phát thứ 2", everywhere).strange
    assert named("thôn Tây phát thứ 2", everywhere).strange


@pytest.mark.parametrize(
    ("days", "hours"),
    [("", "05:30"), ("8", "05:30"), ("11", "05:30"), ("1", ""), ("1", "04:59"), ("1", "21:00"), ("1", "20:00-22:00"),
     ("1", "17:00-16:00"), ("1", "29:00"), ("1", "05:30,05:30"), ("1", "x"), ("1", "05:00," * 7 + "06:00")],
)  # fmt: skip
def test_a_forged_timetable_is_none(days: str, hours: str) -> None:
    assert timetable(days, hours) is None


def test_times_are_those_of_vietnam_and_an_open_end_is_half_an_hour() -> None:
    monday, half_six, five = "1", Slot(time(5, 30), time(6, 30)), Slot(time(17), time(17))
    when = Timetable(monday, (half_six, five))
    sunday = datetime(2026, 11, 22, 12, tzinfo=UTC)
    first, second = when.turns(sunday, sunday + timedelta(days=2))
    assert (first.at, first.until) == (
        datetime(2026, 11, 22, 22, 30, tzinfo=UTC), datetime(2026, 11, 22, 23, 30, tzinfo=UTC),
    )  # fmt: skip
    assert (second.at, second.until - second.at) == (
        datetime(2026, 11, 23, 10, tzinfo=UTC), timedelta(minutes=30),
    )  # fmt: skip
    assert when.turns(second.until, second.until + timedelta(days=6)) == []
    assert timetable(when.days, when.hours) == when
