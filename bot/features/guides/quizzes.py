"""Answers to quiz questions: the first one in each attempt counts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from bot.features.people.accounts import Account
from bot.storage.tables.learning import QuizAnswer

from .model import StepQuiz


class CountedQuizAnswer(Struct, frozen=True):
    """The answer that counts. `choice` is -1 when the guide no longer has the choice that was taken."""

    choice: int
    right: bool
    first: bool


class Score(Struct, frozen=True):
    """`last` is when the last of these questions was answered."""

    right: int
    asked: int
    last: datetime

    def passed(self, questions: int) -> bool:
        """Tell whether all `questions` were answered and two thirds of them correctly."""
        return self.asked == questions and 3 * self.right >= 2 * self.asked


def choice_id(choice: str) -> str:
    """Return the name of a choice in a button: it stays when choices are added or reordered."""
    return hashlib.sha256(choice.encode()).hexdigest()[:4]


def choice_of(quiz: StepQuiz, name: str) -> int | None:
    """Return the 0-based index of the choice called `name`."""
    return next((at for at, choice in enumerate(quiz.choices) if choice_id(choice) == name), None)


async def answer(
    account: Account, guide: str, step: str, quiz: StepQuiz, choice: int, attempt: int, now: datetime
) -> CountedQuizAnswer:
    """Store the answer if it is the first of this attempt; return the one that counts."""
    row = QuizAnswer(
        platform=account.platform,
        person=account.person,
        guide=guide,
        step=step,
        attempt=attempt,
        choice=choice,
        right=choice == quiz.answer,
        answered_at=now,
    )
    before = await QuizAnswer.get_or_none(
        platform=account.platform, person=account.person, guide=guide, step=step, attempt=attempt
    )
    if before is None:
        await row.save()
        return CountedQuizAnswer(choice, row.right, first=True)
    known = before.choice if before.choice < len(quiz.choices) else -1
    return CountedQuizAnswer(known, before.right, first=False)


async def score(account: Account, guide: str, steps: Sequence[str], attempt: int) -> Score | None:
    """Count the correct ones among the questions answered in this attempt; None if none was answered."""
    rows = await QuizAnswer.filter(
        platform=account.platform, person=account.person, guide=guide, attempt=attempt, step__in=list(steps)
    )
    return Score(sum(row.right for row in rows), len(rows), max(row.answered_at for row in rows)) if rows else None
