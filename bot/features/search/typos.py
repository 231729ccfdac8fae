"""How far two words are from one another, by a library that is loaded when the first words are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Protocol


class _Distance(Protocol):
    def __call__(self, one: str, other: str, /, *, score_cutoff: int) -> int: ...


def typos(one: str, other: str) -> int:
    """Return 0 for the same word, 1 for one letter more, less, other or in the place of the next, 2 for all else."""
    return _distance()(one, other, score_cutoff=1)


def with_a_typo(word: str, among: Iterable[str]) -> list[str]:
    """Return those that are this word but for one typo at most."""
    distance = _distance()
    return [one for one in among if distance(word, one, score_cutoff=1) <= 1]


def likest(word: str, names: Iterable[str], most: int) -> list[str]:
    """Return up to `most` of the names, the one most like the word first."""
    return _likest()(word, names, most)


@cache
def _distance() -> _Distance:
    from rapidfuzz.distance import OSA

    return OSA.distance


@cache
def _likest() -> Callable[[str, Iterable[str], int], list[str]]:
    from rapidfuzz.process import extract

    return lambda word, names, most: [found for found, _, _ in extract(word, names, limit=most)]
