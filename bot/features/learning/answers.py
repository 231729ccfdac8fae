"""Answers to questions of a bank: the first of somebody on one occasion counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from bot.features.learning.tables import QuestionAnswer
from bot.features.people.accounts import Account

FEW = 5
"""Counts of fewer people than this are not shown: a village knows who that is."""


class CountedAnswer(Struct, frozen=True):
    """The answer that counts; `first` is False when one had been given before."""

    right: bool
    first: bool


class Tally(Struct, frozen=True):
    """How many people answered a question, and how many of them rightly."""

    answered: int = 0
    right: int = 0


async def give(
    account: Account, question_id: int, occasion: str, *, right: bool, unit_id: int | None, now: datetime
) -> CountedAnswer:
    """Store the answer if it is the first, inside the caller's transaction."""
    own = QuestionAnswer.filter(
        platform=account.platform, person=account.person, question_id=question_id, occasion=occasion
    )
    before = await own.first()
    if before is not None:
        return CountedAnswer(before.right, first=False)
    await QuestionAnswer.create(
        platform=account.platform,
        person=account.person,
        question_id=question_id,
        occasion=occasion,
        unit_id=unit_id,
        right=right,
        answered_at=now,
    )
    return CountedAnswer(right, first=True)


async def tally(occasion: str, questions: Sequence[int]) -> dict[int, Tally]:
    """Count the answers and right answers by question."""
    found = dict.fromkeys(questions, Tally())
    rows = await QuestionAnswer.filter(occasion=occasion, question_id__in=list(questions)).values_list(
        "question_id", "right"
    )
    for question_id, right in rows:
        so_far = found[int(str(question_id))]
        found[int(str(question_id))] = Tally(so_far.answered + 1, so_far.right + bool(right))
    return found


async def people_in(occasion: str) -> int:
    """Return how many people answered at least once."""
    rows = await QuestionAnswer.filter(occasion=occasion).distinct().values_list("platform", "person")
    return len(rows)
