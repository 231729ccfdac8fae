"""Question banks of a commune, as everybody else reads them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.features.guides.quizzes import choice_id
from bot.storage.questions import BankQuestion, QuestionBank

LONGEST_NAME = 31
"""Of a sheet in a workbook."""
LONGEST_QUESTION = 280
LONGEST_CHOICE = 100
LONGEST_WHY = 200
"""So that a question fits into a native poll (300, 100 and 200 characters), its number in the quiz before it."""


@dataclass(frozen=True, slots=True)
class Question:
    """`right` is the 0-based index; `guide` the slug of the guide that teaches it, "" for none."""

    id: int
    text: str
    choices: tuple[str, ...]
    right: int
    why: str
    guide: str = ""

    def choice(self, name: str) -> int | None:
        """The index of the choice that `choice_id` calls `name`; None when it was changed meanwhile."""
        return next((at for at, choice in enumerate(self.choices) if choice_id(choice) == name), None)


@dataclass(frozen=True, slots=True)
class Bank:
    id: int
    commune_id: int
    name: str
    questions: tuple[Question, ...]


async def of_commune(commune_id: int) -> Sequence[Bank]:
    """Banks that have questions, by name."""
    rows = await QuestionBank.filter(commune_id=commune_id).order_by("name")
    found = [await _bank(row) for row in rows]
    return [bank for bank in found if bank.questions]


async def get(bank_id: int) -> Bank | None:
    row = await QuestionBank.get_or_none(id=bank_id)
    return None if row is None else await _bank(row)


async def questions(ids: Collection[int]) -> dict[int, Question]:
    """By id, also those that are asked no more."""
    return {one.id: one for one in _parsed(await BankQuestion.filter(id__in=list(ids)))}


async def _bank(row: QuestionBank) -> Bank:
    rows = await BankQuestion.filter(bank_id=row.id, active=True).order_by("place", "id")
    commune_id: int = row.commune_id  # type: ignore[attr-defined]  # made by the ORM
    return Bank(row.id, commune_id, row.name, tuple(_parsed(rows)))


def _parsed(rows: Iterable[BankQuestion]) -> Iterator[Question]:
    """A row whose right answer is none of its choices is no question: nobody could answer it."""
    for row in rows:
        choices = tuple(json.loads(row.choices))
        if 0 <= row.right < len(choices):
            yield Question(row.id, row.text, choices, row.right, row.why, row.guide)
