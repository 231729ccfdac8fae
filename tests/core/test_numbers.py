"""Numbers as people write and say them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.core.words.numbers import WrittenNumber, digits, number_in_words


@pytest.mark.parametrize(
    ("text", "value", "clear"),
    [
        ("0", "0", True),
        ("7", "7", True),
        ("07", "7", True),
        ("1234567", "1234567", True),
        ("1.234", "1234", True),
        ("123.456", "123456", True),
        ("1.234.567", "1234567", True),
        ("12,5", "12.5", True),
        ("12,25", "12.25", True),
        ("1,234", "1.234", False),
        ("1.2", "1.2", False),
        ("12.50", "12.50", False),
    ],
)
def test_figures_and_whether_they_can_be_read_in_one_way_only(text: str, value: str, *, clear: bool) -> None:
    assert digits(text) == WrittenNumber(Decimal(value), clear)


@pytest.mark.parametrize("text", ["", "007", "12345678", "1.234.567.890", "0912345678", "1,2345", "1.2.3", "-1", "một"])
def test_a_phone_number_and_the_like_is_no_amount(text: str) -> None:
    assert digits(text) is None


@pytest.mark.parametrize(
    ("words", "value", "taken"),
    [
        ("một", 1, 1),
        ("tư", None, 0),
        ("lăm", None, 0),
        ("mười", 10, 1),
        ("chục", 10, 1),
        ("chục rưỡi", 15, 2),
        ("mười hai", 12, 2),
        ("mười lăm", 15, 2),
        ("hai mươi", 20, 2),
        ("hai chục", 20, 2),
        ("2 chục", 20, 2),
        ("hai chục rưỡi", 25, 3),
        ("hai mươi mốt", 21, 3),
        ("hai mốt", 21, 2),
        ("bốn lăm", 45, 2),
        ("chín tư", 94, 2),
        ("một mốt", 1, 1),
        ("hai ba", 2, 1),
        ("hai tá", 24, 2),
        ("trăm", None, 0),
        ("một trăm", 100, 2),
        ("mười trăm", 10, 1),
        ("chín trăm", 900, 2),
        ("một trăm rưỡi", 150, 3),
        ("một trăm linh ba", 103, 4),
        ("một trăm lẻ ba", 103, 4),
        ("một trăm hai", 100, 2),
        ("một trăm mười", 110, 3),
        ("hai trăm ba mươi tư", 234, 5),
        ("một nghìn", 1000, 2),
        ("hai ngàn", 2000, 2),
        ("hai nghìn rưỡi", 2500, 3),
        ("một nghìn hai", 1000, 2),
        ("một nghìn hai trăm", 1200, 4),
        ("một nghìn không trăm linh năm", 1005, 6),
        ("một nghìn không trăm mười", 1010, 5),
        ("một nghìn linh năm", 1005, 4),
        ("mười hai nghìn ba trăm bốn mươi lăm", 12345, 8),
        ("hai trăm nghìn", 200000, 3),
        ("2 nghìn", None, 0),
        ("12 chục", 120, 2),
        ("123 chục", None, 0),
        ("nhà hai", None, 0),
        ("hai nhà", 2, 1),
        ("hăm lăm", 25, 2),
        ("băm mốt", 31, 2),
        ("hăm ba hộ", 23, 2),
        ("hăm hộ", None, 0),
        ("", None, 0),
    ],
)
def test_a_number_in_words_and_how_many_of_them_it_takes(words: str, value: int | None, taken: int) -> None:
    assert number_in_words(words.split(), marked=True) == (None if value is None else (Decimal(value), taken))


def test_without_marks_any_word_may_be_the_number_and_with_them_only_the_marked_one() -> None:
    """`sau` is "after" for who writes `sáu` when six is meant."""
    assert number_in_words(["sau"], marked=True) is None
    assert number_in_words(["sau"], marked=False) == (Decimal(6), 1)
    assert number_in_words(["sáu"], marked=False) == (Decimal(6), 1)
    assert number_in_words(["hai", "muoi", "lam"], marked=False) == (Decimal(25), 3)
    assert number_in_words(["tam", "muoi"], marked=True) is None
