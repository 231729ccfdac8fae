"""What is typed is compared with patterns, and none of them can be kept busy by it."""

from __future__ import annotations

import re

import pytest

from bot.handlers.directory import asks_whom_to_call
from bot.handlers.typed import says

_MANY_WAYS = re.compile(r"(?:(?:h h h|h h|h) )*x")


def test_many_words_are_no_saying() -> None:
    """Red (it does not end) without the limit of words: 39 of them can be read in ten billion ways."""
    assert says(_MANY_WAYS, "h " * 15 + "x")
    assert not says(_MANY_WAYS, "h " * 39 + "y")


@pytest.mark.parametrize("words", ["tet " * 1000 + "zq", "chieu mai " * 400 + "zq", "xa " * 1000 + "zq"])
def test_no_question_for_a_number_keeps_the_bot_busy(words: str) -> None:
    """Red as above: “tết tết tết …” stopped everybody's conversation."""
    assert not asks_whom_to_call(words, "xã Yên Mô")
