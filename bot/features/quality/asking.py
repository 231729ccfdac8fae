"""When somebody may be asked how they found it: in private, after a tap of their own, once in a week.

When they were asked stands in the session, as long as the conversation; what they answered stands nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tortoise.expressions import Q

from bot.core.sessions import Key, Session, session_from_json
from bot.features.checkins.periods import today
from bot.storage.conversation import SessionRow
from bot.storage.people import Account

from .opinions import ABOUT, About

FACT = "ykien"
"""Fact of a session: the day of the last question, and while it is open what it is about and for which unit."""
PAUSE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Question:
    """`day` names it: an older one of the same chat is no longer open. `unit` is a code."""

    day: date
    about: About
    unit: str


def put(session: Session, about: About, unit: str, now: datetime) -> Question:
    question = Question(today(now), about, unit)
    session.facts[FACT] = f"{question.day} {about} {unit}"
    return question


def waiting(session: Session) -> Question | None:
    """The question that has no answer yet."""
    day, _, rest = session.facts.get(FACT, "").partition(" ")
    said, _, unit = rest.partition(" ")
    about: About | None = next((one for one in ABOUT if one == said), None)
    return None if about is None else Question(date.fromisoformat(day), about, unit)


def answered(session: Session, question: Question) -> None:
    session.facts[FACT] = str(question.day)


def last(session: Session) -> date | None:
    """The day of the last question."""
    day = session.facts.get(FACT, "").partition(" ")[0]
    return date.fromisoformat(day) if day else None


def too_soon(session: Session, now: datetime) -> bool:
    before = last(session)
    return before is not None and today(now) - before < PAUSE


async def too_soon_elsewhere(person_id: int, here: Key, now: datetime) -> bool:
    """The same on the other messengers that a person has linked."""
    chats = [
        Q(platform=row.platform, chat_id=row.chat_id)
        for row in await Account.filter(person_id=person_id).exclude(chat_id="")
        if Key(row.platform, row.chat_id) != here
    ]
    if not chats:
        return False
    rows = await SessionRow.filter(Q(*chats, join_type="OR"))
    sessions = (session_from_json(Key(row.platform, row.chat_id), 0, 0, 0, 0, row.state) for row in rows)
    return any(too_soon(session, now) for session in sessions)
