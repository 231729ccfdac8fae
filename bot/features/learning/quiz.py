"""A quiz in a group: which questions, which one is open, and what came of it in numbers."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from bot.core.events import Chat
from bot.storage.questions import GroupQuiz

from . import banks
from .banks import Bank, Question

USUAL, LEAST, MOST = 5, 3, 10
"""How many questions a quiz has."""


@dataclass(frozen=True, slots=True)
class Quiz:
    """`at` is the 0-based number of the open question; one that is not `running` takes no answers."""

    id: int
    chat: Chat
    unit_id: int
    questions: tuple[int, ...]
    at: int
    running: bool

    @property
    def occasion(self) -> str:
        return f"q{self.id}"

    @property
    def last(self) -> bool:
        return self.at == len(self.questions) - 1

    @property
    def open(self) -> int:
        """The id of the open question."""
        return self.questions[self.at]


async def get(quiz_id: int) -> Quiz | None:
    row = await GroupQuiz.get_or_none(id=quiz_id)
    return None if row is None else _quiz(row)


async def running(chat: Chat) -> Quiz | None:
    row = await GroupQuiz.filter(platform=chat.platform, chat_id=chat.id, state="running").order_by("-id").first()
    return None if row is None else _quiz(row)


async def start(bank: Bank, chat: Chat, unit_id: int, count: int, now: datetime) -> Quiz:
    """Questions that this village has had least often come first. A bank with fewer questions gives all."""
    chosen = await _choose(bank, unit_id, count, now)
    row = await GroupQuiz.create(
        platform=chat.platform,
        chat_id=chat.id,
        unit_id=unit_id,
        bank_id=bank.id,
        questions=json.dumps([one.id for one in chosen]),
        started_at=now,
    )
    return Quiz(row.id, chat, unit_id, tuple(one.id for one in chosen), 0, running=True)


async def advance(quiz: Quiz) -> Quiz | None:
    """The next question opens, or the quiz ends after the last one; None when somebody else did it first."""
    own = GroupQuiz.filter(id=quiz.id, at=quiz.at, state="running")
    if quiz.last:
        changed = await own.update(state="ended")
    else:
        changed = await own.update(at=quiz.at + 1)
    return await get(quiz.id) if changed else None


async def end(quiz: Quiz) -> bool:
    """False when it had ended."""
    return bool(await GroupQuiz.filter(id=quiz.id, state="running").update(state="ended"))


async def _choose(bank: Bank, unit_id: int, count: int, now: datetime) -> list[Question]:
    rows = await GroupQuiz.filter(unit_id=unit_id, bank_id=bank.id)
    had = Counter(question_id for row in rows for question_id in json.loads(row.questions))

    def order(one: Question) -> tuple[int, bytes]:
        return had[one.id], hashlib.sha256(f"{now.isoformat()}:{unit_id}:{one.id}".encode()).digest()

    return sorted(bank.questions, key=order)[:count]


async def questions_of(quiz: Quiz) -> list[Question]:
    """In their order."""
    found = await banks.questions(quiz.questions)
    return [found[question_id] for question_id in quiz.questions]


def _quiz(row: GroupQuiz) -> Quiz | None:
    """None for a row without an open question."""
    questions = tuple(json.loads(row.questions))
    if row.at >= len(questions):
        return None
    unit_id: int = row.unit_id  # type: ignore[attr-defined]  # made by the ORM
    chat = Chat(row.platform, row.chat_id, "group")
    return Quiz(row.id, chat, unit_id, questions, row.at, row.state == "running")
