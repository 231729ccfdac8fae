"""Answers to quiz questions: the first one in each attempt counts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.features.accounts import Account
from bot.storage.learning import QuizAnswer

from .model import Quiz


@dataclass(frozen=True, slots=True)
class Given:
    """The answer that counts. `choice` is -1 when the guide no longer has the choice that was taken."""

    choice: int
    right: bool
    first: bool


@dataclass(frozen=True, slots=True)
class Score:
    """`last` is when the last of these questions was answered."""

    right: int
    asked: int
    last: datetime

    def passed(self, questions: int) -> bool:
        """Whether all `questions` were answered and two of three rightly."""
        return self.asked == questions and 3 * self.right >= 2 * self.asked


def choice_id(choice: str) -> str:
    """A choice's name in a button: it stays when choices are added or change places."""
    return hashlib.sha256(choice.encode()).hexdigest()[:4]


def choice_of(quiz: Quiz, name: str) -> int | None:
    """The 0-based index of the choice called `name`."""
    return next((at for at, choice in enumerate(quiz.choices) if choice_id(choice) == name), None)


async def answer(
    account: Account, guide: str, step: str, quiz: Quiz, choice: int, attempt: int, now: datetime
) -> Given:
    """Store the answer if it is the first of this attempt; returns the one that counts."""
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
        return Given(choice, row.right, first=True)
    known = before.choice if before.choice < len(quiz.choices) else -1
    return Given(known, before.right, first=False)


async def score(account: Account, guide: str, steps: Sequence[str], attempt: int) -> Score | None:
    """Of the questions answered in this attempt, how many were right; None when none was answered."""
    rows = await QuizAnswer.filter(
        platform=account.platform, person=account.person, guide=guide, attempt=attempt, step__in=list(steps)
    )
    return Score(sum(row.right for row in rows), len(rows), max(row.answered_at for row in rows)) if rows else None
