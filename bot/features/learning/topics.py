"""Topics that can be taught: a guide with questions at its end, or a bank of questions of the commune."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from msgspec import Struct
from pydantic import BaseModel, ConfigDict

from bot.core.text import fold
from bot.features.guides.library import Library
from bot.features.guides.markdown import plain
from bot.features.guides.model import Guide
from bot.features.guides.quizzes import choice_id
from bot.features.search.index import POSSIBLE, Hit

from . import banks
from .banks import Bank

MOST_QUESTIONS = 10
"""Asked of one person before and again after: more makes a lesson an examination."""
_GUIDE, _BANK = "guide", "bank"
_OFFERED = 5


class FrozenQuestion(BaseModel, defer_build=True):
    """A question as it is frozen for a session; `right` is the 0-based index of the right choice."""

    model_config = ConfigDict(frozen=True)

    text: str
    choices: tuple[str, ...]
    right: int
    why: str

    def choice(self, name: str) -> int | None:
        """Return the index of the choice that `choice_id` calls `name`."""
        return next((at for at, choice in enumerate(self.choices) if choice_id(choice) == name), None)


class QuestionSheet(BaseModel, defer_build=True):
    """The stored form of a session's questions."""

    model_config = ConfigDict(frozen=True)

    asked: tuple[FrozenQuestion, ...] = ()


class Topic(Struct, frozen=True):
    """`key` is `guide:SLUG` or `bank:ID`."""

    key: str
    title: str
    questions: tuple[FrozenQuestion, ...]


class Topics:
    """`search` finds guides by free words."""

    def __init__(self, library: Library, search: Callable[[str], Sequence[Hit]]) -> None:
        self._library = library
        self._search = search

    async def get(self, key: str, commune_id: int) -> Topic | None:
        """Return a topic that has questions; a bank only in its own commune."""
        kind, _, name = key.partition(":")
        if kind == _GUIDE:
            guide = self._library.get(name)
            return None if guide is None else _of_guide(guide)
        bank = await banks.get(int(name)) if kind == _BANK and name.isdecimal() and len(name) < 10 else None
        return _of_bank(bank) if bank is not None and bank.commune_id == commune_id and bank.questions else None

    async def banks(self, commune_id: int) -> list[Topic]:
        return [_of_bank(one) for one in await banks.of_commune(commune_id)]

    async def find(self, words: str, commune_id: int) -> list[Topic]:
        """Find banks whose name has the words, then guides that fit them."""
        answer = fold(words)
        named = [one for one in await self.banks(commune_id) if answer in fold(one.title)]
        hits = [self._library.get(hit.slug) for hit in self._search(words)[:_OFFERED] if hit.score >= POSSIBLE]
        guides = [topic for guide in hits if guide is not None and (topic := _of_guide(guide)) is not None]
        return [*named, *guides][:_OFFERED]

    def guide(self, key: str) -> str:
        """Return the slug of the guide that a topic is, "" for a bank or a guide that is gone."""
        kind, _, name = key.partition(":")
        return name if kind == _GUIDE and self._library.get(name) is not None else ""


def chosen(topic: Topic, seed: str) -> tuple[FrozenQuestion, ...]:
    """Choose the questions of a session: all, or a sample that `seed` decides, in their own order."""
    count = len(topic.questions)
    if count <= MOST_QUESTIONS:
        return topic.questions
    places = sorted(random.Random(seed).sample(range(count), MOST_QUESTIONS))  # noqa: S311 - no secret
    return tuple(topic.questions[at] for at in places)


def _of_guide(guide: Guide) -> Topic | None:
    found = []
    for name in guide.quiz_steps:
        step = guide.steps[name].filled()
        if step.quiz is not None:
            quiz = step.quiz
            found.append(
                FrozenQuestion(text=plain(step.title), choices=quiz.choices, right=quiz.answer, why=quiz.explanation)
            )
    return Topic(f"{_GUIDE}:{guide.slug}", guide.title, tuple(found)) if found else None


def _of_bank(bank: Bank) -> Topic:
    return Topic(
        f"{_BANK}:{bank.id}",
        bank.name,
        tuple(
            FrozenQuestion(text=one.text, choices=one.choices, right=one.right, why=one.why) for one in bank.questions
        ),
    )
