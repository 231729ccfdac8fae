"""Words that were not understood, as personal data: shown, erased, and gone after thirty days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tortoise.expressions import F

from bot.core.events import UnreadableEvent
from bot.core.sessions import Key, session_from_json, session_to_json
from bot.features.privacy.personal_table import Fact, PersonalTable, Subject
from bot.features.privacy.retention import Rule
from bot.features.unheard import pending
from bot.features.unheard.tables import UnheardWord
from bot.i18n import msg
from bot.storage.core_tables.conversation import SessionRow

DAYS = 30


def personal_tables() -> list[PersonalTable]:
    return [
        PersonalTable(
            "unheard_words",
            msg("Câu bác gõ mà tôi chưa hiểu"),
            _read,
            _erase,
            why=msg("lần sau hiểu bác và bà con hơn"),
            until=msg("30 ngày, khi bác đã đồng ý"),
        ),
    ]


def rules() -> Sequence[Rule]:
    return [Rule("unheard_words", DAYS, msg("sau khi gõ câu tôi chưa hiểu"), _forget)]


async def _read(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await UnheardWord.filter(person_id=subject.person_id).order_by("id")
    return [Fact(msg("Gõ lúc {at}, đã che số và tên: “{text}”"), {"at": row.at, "text": row.text}) for row in rows]


async def _erase(subject: Subject) -> None:
    if subject.person_id is not None:
        await UnheardWord.filter(person_id=subject.person_id).delete()


async def _forget(before: datetime, now: datetime) -> int:
    """Delete old rows, and the words that still wait in the session of somebody who said nothing more."""
    for row in await SessionRow.filter(state__contains=f'"{pending.FACT}"', updated_at__lt=now - timedelta(hours=1)):
        await _forget_in(row)
    return await UnheardWord.filter(at__lt=before).delete()


async def _forget_in(row: SessionRow) -> None:
    """Take the waiting words out of a session; one that is at work meanwhile does so itself."""
    try:
        session = session_from_json(
            Key(row.platform, row.chat_id), row.version, row.done_seq, row.out_seq, row.sent_seq, row.state
        )
    except UnreadableEvent:
        return
    if session.facts.pop(pending.FACT, None) is not None:
        same = SessionRow.filter(id=row.id, version=row.version)
        await same.update(state=session_to_json(session), version=F("version") + 1)
