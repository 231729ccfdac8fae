"""Quizzes teach: rules that know nothing of the matter do not find the right answers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from bot.features.guides.library import load

GUIDES = Path(__file__).parents[3] / "guides"
MOST = 0.35
"""One of four is right by chance."""
_TELLING = 3
"""A word in fewer answers tells nothing."""


@dataclass(frozen=True)
class Question:
    guide: str
    choices: tuple[str, ...]
    answer: int

    def found_by(self, score: Callable[[str], float]) -> float:
        """How likely the choice with the highest score is the right one."""
        scores = [score(choice) for choice in self.choices]
        best = [at for at, one in enumerate(scores) if one == max(scores)]
        return (self.answer in best) / len(best)


QUESTIONS = [
    Question(guide.slug, quiz.choices, quiz.answer)
    for guide in load(GUIDES)
    for step in guide.steps.values()
    if (quiz := step.filled().quiz) is not None
]


def words(choice: str) -> set[str]:
    run = [word.strip("“”.,!?") for word in choice.lower().split()]
    return {*run, *(" ".join(pair) for pair in pairwise(run))}


def telling(questions: Iterable[Question], smooth: float) -> Mapping[str, float]:
    """How much more often a word stands in right answers than in wrong ones."""
    right, wrong = Counter[str](), Counter[str]()
    for question in questions:
        for at, choice in enumerate(question.choices):
            (right if at == question.answer else wrong).update(words(choice))
    return {
        word: math.log((right[word] + 1) / ((wrong[word] + smooth) / 3))
        for word in right | wrong
        if right[word] + wrong[word] >= _TELLING
    }


def scorer(weights: Mapping[str, float]) -> Callable[[str], float]:
    return lambda choice: sum(weights.get(word, 0.0) for word in words(choice))


def test_neither_the_longest_nor_the_shortest_answer_is_the_right_one() -> None:
    for score in (len, lambda choice: -len(choice), lambda choice: len(choice.split())):
        assert sum(one.found_by(score) for one in QUESTIONS) / len(QUESTIONS) <= MOST


@pytest.mark.parametrize("smooth", [1.0, 3.0])
def test_no_words_tell_the_right_answer_to_who_learned_them_from_the_other_guides(smooth: float) -> None:
    found = 0.0
    for guide in {question.guide for question in QUESTIONS}:
        score = scorer(telling((one for one in QUESTIONS if one.guide != guide), smooth))
        found += sum(question.found_by(score) for question in QUESTIONS if question.guide == guide)
    assert found / len(QUESTIONS) <= MOST


def test_the_right_answer_stands_in_every_place() -> None:
    places = Counter(question.answer for question in QUESTIONS)
    assert all(places[at] >= len(QUESTIONS) * 0.18 for at in range(4))
