"""Questions to mentors: observers of the level above are asked; their answer is a note and changes no state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from bot.features import rights, units
from bot.features.calendar.vietnam import today
from bot.features.difficulties.tables import MentorQuestion as Row
from bot.features.people import people
from bot.features.people.people import Holder, Who
from bot.features.rights import Act
from bot.features.rights.table import OBSERVER

LONGEST = 1000


class MentorQuestion(Struct, frozen=True):
    """`difficulty_id` is None for a question about no reported difficulty; `answer` is "" until there is one."""

    id: int
    unit_id: int
    difficulty_id: int | None
    asker_id: int | None
    mentor_id: int | None
    text: str
    answer: str
    answered: bool


async def mentors(commune_id: int, now: datetime) -> Sequence[Holder]:
    """Return the observers of the commune and of the units above it, each person once."""
    places = [commune_id, *(one.id for one in await units.ancestors(commune_id, today(now)))]
    found: dict[int, Holder] = {}
    for unit_id in places:
        for holder in await people.holders(OBSERVER, unit_id, now):
            found.setdefault(holder.person_id, holder)
    return list(found.values())


async def may_answer(who: Who, one: MentorQuestion, now: datetime) -> bool:
    """Tell whether `who` is the person asked and still an observer there."""
    if one.mentor_id is None or one.mentor_id != who.person_id or not who.has(OBSERVER):
        return False
    return (await rights.decide(who, Act.HANDLE_DIFFICULTIES, one.unit_id, on=now, forwarded=True)).allowed


async def ask(
    commune_id: int, text: str, *, difficulty: int | None, asker: int | None, mentor: int, now: datetime
) -> MentorQuestion:
    """Create a question inside the caller's transaction. `text` was checked: it names no resident."""
    row = await Row.create(
        unit_id=commune_id, difficulty_id=difficulty, asker_id=asker, mentor_id=mentor, text=text, asked_at=now
    )
    return _question(row)


async def get(question_id: int) -> MentorQuestion | None:
    row = await Row.get_or_none(id=question_id)
    return None if row is None else _question(row)


async def answer(one: MentorQuestion, text: str, now: datetime) -> bool:
    """Record the answer if it is the first. The difficulty stays as it is."""
    return bool(await Row.filter(id=one.id, answered_at__isnull=True).update(answer=text, answered_at=now))


async def about(difficulty_id: int) -> Sequence[MentorQuestion]:
    """List the questions about a difficulty, the first one first."""
    return [_question(row) for row in await Row.filter(difficulty_id=difficulty_id).order_by("id")]


async def waiting_for(mentor: int) -> Sequence[MentorQuestion]:
    """List the questions that a mentor has not answered, the oldest first, without those whose text was erased."""
    rows = Row.filter(mentor_id=mentor, answered_at__isnull=True).exclude(text="")
    return [_question(row) for row in await rows.order_by("id")]


def _question(row: Row) -> MentorQuestion:
    return MentorQuestion(
        row.id,
        row.key_of("unit"),
        row.key_or_none("difficulty"),
        row.key_or_none("asker"),
        row.key_or_none("mentor"),
        row.text,
        row.answer,
        row.answered_at is not None,
    )
