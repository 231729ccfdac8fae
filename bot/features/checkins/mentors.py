"""Questions to mentors: observers of the level above are asked, their answer is a note and moves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q

from bot.features import people, rights, units
from bot.features.people import Holder, Who
from bot.features.privacy.holding import Fact, Holding, Subject
from bot.features.rights import Act
from bot.features.rights.table import OBSERVER
from bot.i18n import msg
from bot.storage.mentors import MentorQuestion as Row

from .periods import today

LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """`difficulty_id` is None for a question about nothing that was reported; `answer` is "" while there is none."""

    id: int
    unit_id: int
    difficulty_id: int | None
    asker_id: int | None
    mentor_id: int | None
    text: str
    answer: str
    answered: bool


async def mentors(commune_id: int, now: datetime) -> Sequence[Holder]:
    """Observers of the commune and of what it lies in, each person once."""
    places = [commune_id, *(one.id for one in await units.ancestors(commune_id, today(now)))]
    found: dict[int, Holder] = {}
    for unit_id in places:
        for holder in await people.holders(OBSERVER, unit_id, now):
            found.setdefault(holder.person_id, holder)
    return list(found.values())


async def may_answer(who: Who, one: Question, now: datetime) -> bool:
    """Who was asked, while they are an observer there."""
    if one.mentor_id is None or one.mentor_id != who.person_id or not who.has(OBSERVER):
        return False
    return (await rights.decide(who, Act.HANDLE_DIFFICULTIES, one.unit_id, on=now, forwarded=True)).allowed


async def ask(
    commune_id: int, text: str, *, difficulty: int | None, asker: int | None, mentor: int, now: datetime
) -> Question:
    """Inside the caller's transaction. `text` was looked at: it names no resident."""
    row = await Row.create(
        unit_id=commune_id, difficulty_id=difficulty, asker_id=asker, mentor_id=mentor, text=text, asked_at=now
    )
    return _question(row)


async def get(question_id: int) -> Question | None:
    row = await Row.get_or_none(id=question_id)
    return None if row is None else _question(row)


async def answer(one: Question, text: str, now: datetime) -> bool:
    """The first answer counts. The difficulty stays as it is."""
    return bool(await Row.filter(id=one.id, answered_at__isnull=True).update(answer=text, answered_at=now))


async def about(difficulty_id: int) -> Sequence[Question]:
    """Asked about a difficulty, the first one first."""
    return [_question(row) for row in await Row.filter(difficulty_id=difficulty_id).order_by("id")]


async def waiting_for(mentor: int) -> Sequence[Question]:
    """What somebody was asked and has not answered, the oldest first. What was erased is asked no more."""
    rows = Row.filter(mentor_id=mentor, answered_at__isnull=True).exclude(text="")
    return [_question(row) for row in await rows.order_by("id")]


def _question(row: Row) -> Question:
    # Tortoise adds the columns of foreign keys at run time, so no type checker knows them.
    links: dict[str, int | None] = row.__dict__
    unit_id: int = row.__dict__["unit_id"]
    return Question(
        row.id, unit_id, links["difficulty_id"], links["asker_id"], links["mentor_id"], row.text, row.answer,
        row.answered_at is not None,
    )  # fmt: skip


def holdings() -> list[Holding]:
    """To be erased before difficulties: then nothing says any more who reported one."""
    return [Holding("mentor_questions", msg("Câu hỏi cho quan sát viên"), _read, _erase)]


async def _read(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    mine = Q(asker_id=subject.person_id) | Q(mentor_id=subject.person_id)
    rows = await Row.filter(mine).order_by("id")
    return [
        Fact(msg("Hỏi ý kiến lúc {at}: {text} Trả lời: {answer}"), {
            "at": row.asked_at, "text": row.text or "–", "answer": row.answer or "–",
        })
        for row in rows
    ]  # fmt: skip


async def _erase(subject: Subject) -> None:
    """What offices said to each other stays without the link; what was told of a difficulty goes with its reporter."""
    if subject.person_id is None:
        return
    await Row.filter(difficulty__reporter_id=subject.person_id).update(text="")
    await Row.filter(asker_id=subject.person_id).update(asker_id=None)
    await Row.filter(mentor_id=subject.person_id).update(mentor_id=None)
