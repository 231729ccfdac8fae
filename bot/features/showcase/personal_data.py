"""Personal data of the showcase: all that they show, with its photo. It goes with them, also what is public."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features.jobs import temporary_files
from bot.features.privacy.personal_table import Fact, PersonalTable, Subject, TranslatedWord, Value
from bot.features.showcase.tables import Product as Row
from bot.i18n import msg

from . import store
from .model import STATES
from .shown import contact


def personal_tables() -> list[PersonalTable]:
    return [
        PersonalTable(
            "products",
            msg("Hàng giới thiệu"),
            _read,
            _erase,
            why=msg("giới thiệu hàng của bác, như bác đã đồng ý"),
            until=msg("đến khi bác gỡ hàng"),
            own=_own,
        ),
    ]


async def _read(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    facts = []
    for one in await store.of_owner(subject.person_id):
        values: dict[str, Value] = {
            "name": one.name, "text": one.text, "contact": contact(one), "state": TranslatedWord(STATES[one.state]),
            "photo": TranslatedWord(msg("có")) if one.photo else TranslatedWord(msg("không")),
        }  # fmt: skip
        facts.append(Fact(msg("“{name}” ({state}): {text} Mua: {contact}. Ảnh: {photo}"), values))
        if one.agreed_at is not None:
            facts.append(Fact(msg("Đồng ý cho hiện “{name}” lúc {at}"), {"name": one.name, "at": one.agreed_at}))
    reviewed = await Row.filter(reviewer_id=subject.person_id).count()
    return [*facts, *([Fact(msg("Đã xem xét {count} món hàng"), {"count": reviewed})] if reviewed else [])]


async def _own(subject: Subject) -> Sequence[str]:
    rows = [] if subject.person_id is None else await Row.filter(owner_id=subject.person_id)
    return [words for row in rows for words in (row.name, row.text, row.contact)]


async def _erase(subject: Subject) -> None:
    if subject.person_id is None:
        return
    for one in await store.of_owner(subject.person_id):
        if one.photo:
            await temporary_files.keep(one.photo, one.changed_at)
    await Row.filter(owner_id=subject.person_id).delete()
    await Row.filter(reviewer_id=subject.person_id).update(reviewer_id=None)
