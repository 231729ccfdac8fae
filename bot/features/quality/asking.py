"""When somebody may be asked how they found it: in private, after a tap of their own, once in a week.

When they were asked stands in the session, as long as the conversation; what they answered stands nowhere.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from msgspec import Struct
from tortoise.expressions import Q

from bot.core.events import UnreadableEvent
from bot.core.sessions import Key, Session, session_from_json
from bot.features.calendar.vietnam import today
from bot.features.privacy.last_question import FACT, last_question
from bot.storage.core_tables.conversation import SessionRow
from bot.storage.tables.people import Account

from .opinions import ABOUT, About

PAUSE = timedelta(days=7)


class OpinionQuestion(Struct, frozen=True):
    """`day` names it: an older one of the same chat is no longer open. `unit` is a code."""

    day: date
    about: About
    unit: str


def put(session: Session, about: About, unit: str, now: datetime) -> OpinionQuestion:
    question = OpinionQuestion(today(now), about, unit)
    session.facts[FACT] = f"{question.day} {about} {unit}"
    return question


def waiting(session: Session) -> OpinionQuestion | None:
    """Return the question that has no answer yet."""
    day, _, rest = session.facts.get(FACT, "").partition(" ")
    day_text, _, unit = rest.partition(" ")
    about: About | None = next((one for one in ABOUT if one == day_text), None)
    return None if about is None else OpinionQuestion(date.fromisoformat(day), about, unit)


def answered(session: Session, question: OpinionQuestion) -> None:
    session.facts[FACT] = str(question.day)


def too_soon(session: Session, now: datetime) -> bool:
    before = last_question(session)
    return before is not None and today(now) - before < PAUSE


async def too_soon_elsewhere(person_id: int, here: Key, now: datetime) -> bool:
    """Tell whether it is too soon on one of the other messengers that a person has linked."""
    chats = [
        Q(platform=row.platform, chat_id=row.chat_id)
        for row in await Account.filter(person_id=person_id).exclude(chat_id="")
        if Key(row.platform, row.chat_id) != here
    ]
    if not chats:
        return False
    rows = await SessionRow.filter(Q(*chats, join_type="OR"))
    return any(_too_soon_in(row, now) for row in rows)


def _too_soon_in(row: SessionRow, now: datetime) -> bool:
    try:
        return too_soon(session_from_json(Key(row.platform, row.chat_id), 0, 0, 0, 0, row.state), now)
    except UnreadableEvent:
        return False
