"""Which question somebody gets today: what they missed comes back after 1, 3 and 7 days, then something new."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct

from .banks import QuizQuestion

AGAIN = (1, 3, 7)
"""Days after a wrong answer, after the first right one and after the second; then it is known."""


class Once(Struct, frozen=True):
    """One answer to a question."""

    day: date
    right: bool


def due(history: Sequence[Once]) -> date | None:
    """Return when a question comes back; None if it was never missed, or is known by now.

    The oldest answer comes first in `history`.
    """
    rights: int | None = None
    for once in history:
        if not once.right:
            rights = 0
        elif rights is not None:
            rights = rights + 1 if rights + 1 < len(AGAIN) else None
    return None if rights is None else history[-1].day + timedelta(days=AGAIN[rights])


def choose(
    questions: Sequence[QuizQuestion], history: Mapping[int, Sequence[Once]], today: date, who: str
) -> QuizQuestion | None:
    """Choose a question, the same for the same day, person and history; None when there is no question at all."""

    def shuffled(one: QuizQuestion) -> bytes:
        return hashlib.sha256(f"{today:%Y%m%d}:{who}:{one.id}".encode()).digest()

    back = {one.id: day for one in questions if (day := due(history.get(one.id, ()))) is not None and day <= today}
    if back:
        return min((one for one in questions if one.id in back), key=lambda one: (back[one.id], shuffled(one)))

    def last(one: QuizQuestion) -> date:
        answers = history.get(one.id, ())
        return answers[-1].day if answers else date.min

    return min(questions, key=lambda one: (last(one), shuffled(one)), default=None)
