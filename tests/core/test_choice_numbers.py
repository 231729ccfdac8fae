"""Numbers of lines as people type and say them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.words.choice_numbers import numbers_in


@pytest.mark.parametrize(
    ("said", "numbers"),
    [
        ("3", [3]), ("3.", [3]), ("(3)", [3]), ("số 3", [3]), ("03", [3]), ("ba", [3]), ("BA", [3]), ("tư", [4]),
        ("hai mốt", [21]), ("hai mươi mốt", [21]), ("ba lăm", [35]), ("mười lăm", [15]), ("hai tư", [24]),
        ("cái thứ hai", [2]), ("cai thu hai a", [2]), ("bài thứ 3 nhé", [3]), ("dòng thứ tư", [4]),
        ("cái thứ nhất", [1]), ("mục thứ nhì", [2]), ("đầu tiên", [1]), ("cái đầu", [1]), ("nút cuối", [9]),
        ("cuối cùng ạ", [9]), ("cho tôi cái số 2 nhé", [2]), ("cho ba số 2", [2]), ("bấm số hai", [2]),
        ("chọn 1 và 3", [1, 3]), ("1 2", [1, 2]), ("1, 2", [1, 2]), ("1,2", [1, 2]), ("hai ba", [2, 3]),
        ("số 1 số 2", [1, 2]), ("-1", [-1]), ("- 1", []), ("dạ 2 ạ", [2]), ("100", [100]),
    ],
)  # fmt: skip
def test_numbers_are_read_as_they_are_said(said: str, numbers: Sequence[int]) -> None:
    assert list(numbers_in(said, 9)) == numbers


@pytest.mark.parametrize(
    "said",
    ["3 con gà", "bà", "đau", "thứ hai", "+3", "1/2", "20/11", "8:30", "8h30", "3.5", "12km", "0912345678", "", "!",
     "cái", "số", "việc", "ba con", "thôn 3", "tôi 3 tuổi", "hai đứa", "chọn"],
)  # fmt: skip
def test_anything_else_is_no_number_of_a_line(said: str) -> None:
    assert not numbers_in(said, 9)


@pytest.mark.parametrize("said", ["cái số 2", "1 nhé", "cái thứ 3 ạ", "cho tôi số 2", "đầu tiên nhé"])
def test_close_takes_no_word_around(said: str) -> None:
    assert not numbers_in(said, 9, close=True)
    assert numbers_in(said, 9)


@given(said=st.text(max_size=80))
def test_any_words_are_read_without_failing(said: str) -> None:
    assert all(isinstance(number, int) for number in numbers_in(said, 9))
