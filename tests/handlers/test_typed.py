"""What is typed is compared with patterns, and none of them can be kept busy by it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.core.lean import patterns
from bot.handlers.kit.typed import says
from tests.modules import every_module

_MANY_WAYS = re.compile(r"(?:(?:h h h|h h|h) )*x")


def test_many_words_are_no_saying() -> None:
    """Red (it does not end) without the limit of words: 39 of them can be read in ten billion ways."""
    assert says(_MANY_WAYS, "h " * 15 + "x")
    assert not says(_MANY_WAYS, "h " * 39 + "y")


_LOOP = re.compile(r"\(\?:\(\?:([a-z |]+)\) \)[*+]|\(\?: \(\?:([a-z |]+)\)\)[*+]")
"""Words that may be said any number of times, where they are a plain list."""


def _patterns() -> Iterator[tuple[str, str]]:
    for module in every_module():
        for name, found in vars(module).items():
            if isinstance(found, re.Pattern | patterns.LateExpression) and isinstance(found.pattern, str):
                yield f"{module.__name__}.{name}", found.pattern


def test_no_list_of_words_says_in_two_ways_what_it_says_in_one() -> None:
    """`toi|nay|toi nay`, said many times, can be read in twice as many ways with each more."""
    assert sum(1 for _ in _patterns()) > 250
    twice = [
        (where, one)
        for where, pattern in _patterns()
        for before, after in _LOOP.findall(pattern)
        for words in [(before or after).split("|")]
        for one in words
        if re.fullmatch(rf"(?:(?:{'|'.join(words)}) )*(?:{'|'.join(word for word in words if word != one)})", one)
    ]
    assert twice == []
