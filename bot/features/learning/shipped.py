"""The questions of the guides as a bank of a commune: asked as long as it has none of its own."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from bot.features.guides.library import Library
from bot.features.guides.markdown import plain
from bot.features.guides.model import Guide
from bot.features.learning.tables import BankQuestion, QuestionBank

from . import banks
from .banks import LONGEST_CHOICE, LONGEST_QUESTION, LONGEST_WHY, SHIPPED, Bank
from .reading import QuestionLine


class Shipped:
    """Answers count for rows, so the questions are written to the database, once and after each change of a guide."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._written: dict[int, Mapping[str, Guide]] = {}

    @property
    def count(self) -> int:
        return len(self._wanted())

    async def to_ask(self, commune_id: int, now: datetime) -> Sequence[Bank]:
        """Return the commune's own banks, else that of the guides; inside the caller's transaction."""
        own = await banks.of_commune(commune_id)
        if own:
            return own
        found = await banks.shipped(commune_id)
        if found is None or self._written.get(commune_id) is not self._library.guides:
            await self._write(commune_id, now)
            self._written[commune_id] = self._library.guides
            found = await banks.shipped(commune_id)
        return [] if found is None else [found]

    async def _write(self, commune_id: int, now: datetime) -> None:
        """Write the questions of the guides; another process may do the same at this moment."""
        await QuestionBank.bulk_create(
            [QuestionBank(commune_id=commune_id, name=SHIPPED, updated_at=now)], ignore_conflicts=True
        )
        bank = await QuestionBank.get(commune_id=commune_id, name=SHIPPED)
        known = {row.text: row for row in await BankQuestion.filter(bank_id=bank.id)}
        new: list[BankQuestion] = []
        for place, (text, line) in enumerate(self._wanted().items()):
            row = known.pop(text, None)
            held = {
                "place": place,
                "choices": json.dumps(line.choices, ensure_ascii=False),
                "right": line.right,
                "why": line.why,
                "guide": line.guide,
                "active": True,
            }
            if row is None:
                new.append(BankQuestion(bank_id=bank.id, text=text, **held))
            elif any(getattr(row, name) != value for name, value in held.items()):
                await BankQuestion.filter(id=row.id).update(**held)
        await BankQuestion.bulk_create(new, ignore_conflicts=True)
        await _close([row.id for row in known.values() if row.active])

    def _wanted(self) -> dict[str, QuestionLine]:
        """Return the lines by their text; of two that are the same the first."""
        found: dict[str, QuestionLine] = {}
        for guide in self._library:
            for line in _lines(guide):
                found.setdefault(line.text, line)
        return found


async def _close(ids: Collection[int]) -> None:
    """Stop asking these questions; their answers stay."""
    if ids:
        await BankQuestion.filter(id__in=list(ids)).update(active=False)


def _lines(guide: Guide) -> Iterator[QuestionLine]:
    """Yield questions that a native poll can hold."""
    for name in guide.quiz_steps:
        step = guide.steps[name].filled()
        text, quiz = plain(step.title), step.quiz
        if quiz is None or len(text) > LONGEST_QUESTION or max(map(len, quiz.choices)) > LONGEST_CHOICE:
            continue
        if len(quiz.explanation) <= LONGEST_WHY:
            yield QuestionLine(0, text, tuple(quiz.choices), quiz.answer, quiz.explanation, guide.slug)
