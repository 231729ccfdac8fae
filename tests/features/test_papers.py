"""Number and day of a signed paper, as officials type them."""

from __future__ import annotations

from datetime import date

import pytest

from bot.features.papers.model import read_signed


@pytest.mark.parametrize(
    ("words", "number", "symbol", "day"),
    [
        ("12/QĐ-UBND ngày 24/11/2026", 12, "QĐ-UBND", date(2026, 11, 24)),
        ("số 05 / qđ-ubnd, ký ngày 3 tháng 2 năm 2026", 5, "QĐ-UBND", date(2026, 2, 3)),
        ("so 7 ngay 24/11", 7, "", date(2026, 11, 24)),
        ("Số: 31/UBND-VHXH ngày 30/12", 31, "UBND-VHXH", date(2025, 12, 30)),
    ],
)
def test_number_and_day_are_read_as_they_are_typed(words: str, number: int, symbol: str, day: date) -> None:
    found = read_signed(words, date(2026, 11, 24))
    assert found is not None
    assert (found.number, found.symbol, found.day) == (number, symbol, day)


@pytest.mark.parametrize("words", ["12/QĐ-UBND", "ngày 24/11/2026", "hôm qua", "12 ngày 31/2/2026", "", "24/11/2026"])
def test_without_number_or_day_it_is_asked_again(words: str) -> None:
    assert read_signed(words, date(2026, 11, 24)) is None
