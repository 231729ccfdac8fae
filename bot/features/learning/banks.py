"""Question banks of a commune, as everybody else reads them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct

from bot.features.guides.quizzes import choice_id
from bot.features.learning.tables import BankQuestion, QuestionBank

LONGEST_NAME = 31
"""Of a sheet in a workbook."""
SHIPPED = "[Bài hướng dẫn]"
"""The bank of the guides' own questions. No sheet of a workbook has brackets in its name, so no import changes it."""
LONGEST_QUESTION = 280
LONGEST_CHOICE = 100
LONGEST_WHY = 200
"""So that a question fits into a native poll (300, 100 and 200 characters), its number in the quiz before it."""


class QuizQuestion(Struct, frozen=True):
    """`right` is the 0-based index; `guide` the slug of the guide that teaches it, "" for none."""

    id: int
    text: str
    choices: tuple[str, ...]
    right: int
    why: str
    guide: str = ""

    def choice(self, name: str) -> int | None:
        """Return the index of the choice that `choice_id` calls `name`; None when it was changed meanwhile."""
        return next((at for at, choice in enumerate(self.choices) if choice_id(choice) == name), None)


class Bank(Struct, frozen=True):
    id: int
    commune_id: int
    name: str
    questions: tuple[QuizQuestion, ...]

    @property
    def title(self) -> str:
        """Its name as people read it."""
        return self.name.strip("[]")


async def of_commune(commune_id: int) -> Sequence[Bank]:
    """Return the commune's own banks that have questions, by name."""
    rows = await QuestionBank.filter(commune_id=commune_id).exclude(name=SHIPPED).order_by("name")
    found = [await _bank(row) for row in rows]
    return [bank for bank in found if bank.questions]


async def shipped(commune_id: int) -> Bank | None:
    """Return the guides' questions as last written for this commune; see bot.features.learning.shipped."""
    row = await QuestionBank.get_or_none(commune_id=commune_id, name=SHIPPED)
    bank = None if row is None else await _bank(row)
    return bank if bank is not None and bank.questions else None


async def get(bank_id: int) -> Bank | None:
    row = await QuestionBank.get_or_none(id=bank_id)
    return None if row is None else await _bank(row)


async def questions(ids: Collection[int]) -> dict[int, QuizQuestion]:
    """Return the questions by id, also those that are asked no more."""
    return {one.id: one for one in _parsed(await BankQuestion.filter(id__in=list(ids)))}


async def questions_of(commune_id: int, ids: Collection[int]) -> dict[int, QuizQuestion]:
    """Return those of these questions that are a commune's, by id."""
    rows = await BankQuestion.filter(id__in=list(ids), bank__commune_id=commune_id)
    return {one.id: one for one in _parsed(rows)}


async def _bank(row: QuestionBank) -> Bank:
    rows = await BankQuestion.filter(bank_id=row.id, active=True).order_by("place", "id")
    commune_id = row.key_of("commune")
    return Bank(row.id, commune_id, row.name, tuple(_parsed(rows)))


def _parsed(rows: Iterable[BankQuestion]) -> Iterator[QuizQuestion]:
    """Yield the questions; skip a row whose right answer is none of its choices: it could not be answered."""
    for row in rows:
        choices = tuple(json.loads(row.choices))
        if 0 <= row.right < len(choices):
            yield QuizQuestion(row.id, row.text, choices, row.right, row.why, row.guide)
