"""A quiz in a group: which questions, which one is open, and what came of it in numbers."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import datetime

from msgspec import Struct

from bot.core.events import Chat
from bot.features.learning.tables import GroupQuiz

from . import banks
from .banks import Bank, QuizQuestion

USUAL, LEAST, MOST = 5, 3, 10
"""How many questions a quiz has."""


class GroupQuizState(Struct, frozen=True):
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


async def get(quiz_id: int) -> GroupQuizState | None:
    row = await GroupQuiz.get_or_none(id=quiz_id)
    return None if row is None else _quiz(row)


async def running(chat: Chat) -> GroupQuizState | None:
    row = await GroupQuiz.filter(platform=chat.platform, chat_id=chat.id, state="running").order_by("-id").first()
    return None if row is None else _quiz(row)


async def start(bank: Bank, chat: Chat, unit_id: int, count: int, now: datetime) -> GroupQuizState:
    """Start a quiz with the questions this village has had least often. A bank with fewer questions gives all."""
    chosen = await _choose(bank, unit_id, count, now)
    row = await GroupQuiz.create(
        platform=chat.platform,
        chat_id=chat.id,
        unit_id=unit_id,
        bank_id=bank.id,
        questions=json.dumps([one.id for one in chosen]),
        started_at=now,
    )
    return GroupQuizState(row.id, chat, unit_id, tuple(one.id for one in chosen), 0, running=True)


async def advance(quiz: GroupQuizState) -> GroupQuizState | None:
    """Open the next question, or end the quiz after the last one; None when somebody else did it first."""
    own = GroupQuiz.filter(id=quiz.id, at=quiz.at, state="running")
    if quiz.last:
        changed = await own.update(state="ended")
    else:
        changed = await own.update(at=quiz.at + 1)
    return await get(quiz.id) if changed else None


async def end(quiz: GroupQuizState) -> bool:
    """End the quiz; return False when it had ended."""
    return bool(await GroupQuiz.filter(id=quiz.id, state="running").update(state="ended"))


async def _choose(bank: Bank, unit_id: int, count: int, now: datetime) -> list[QuizQuestion]:
    rows = await GroupQuiz.filter(unit_id=unit_id, bank_id=bank.id)
    had = Counter(question_id for row in rows for question_id in json.loads(row.questions))

    def order(one: QuizQuestion) -> tuple[int, bytes]:
        return had[one.id], hashlib.sha256(f"{now.isoformat()}:{unit_id}:{one.id}".encode()).digest()

    return sorted(bank.questions, key=order)[:count]


async def questions_of(quiz: GroupQuizState) -> list[QuizQuestion]:
    """Return the questions in their order."""
    found = await banks.questions(quiz.questions)
    return [found[question_id] for question_id in quiz.questions]


def _quiz(row: GroupQuiz) -> GroupQuizState | None:
    """Read a row; None for one without an open question."""
    questions = tuple(json.loads(row.questions))
    if row.at >= len(questions):
        return None
    unit_id = row.key_of("unit")
    chat = Chat(row.platform, row.chat_id, "group")
    return GroupQuizState(row.id, chat, unit_id, questions, row.at, row.state == "running")
