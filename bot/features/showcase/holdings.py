"""What the showcase keeps of a person: all that they show, with its photo. It goes with them, also what is public."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features import passing
from bot.features.privacy.holding import Fact, Holding, Subject, Value, Word
from bot.i18n import msg
from bot.storage.products import Product as Row

from . import store
from .model import STATES
from .shown import contact


def holdings() -> list[Holding]:
    return [Holding("products", msg("Hàng giới thiệu"), _read, _erase)]


async def _read(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    facts = []
    for one in await store.of_owner(subject.person_id):
        values: dict[str, Value] = {
            "name": one.name, "text": one.text, "contact": contact(one), "state": Word(STATES[one.state]),
            "photo": Word(msg("có")) if one.photo else Word(msg("không")),
        }  # fmt: skip
        facts.append(Fact(msg("“{name}” ({state}): {text} Mua: {contact}. Ảnh: {photo}"), values))
        if one.agreed_at is not None:
            facts.append(Fact(msg("Đồng ý cho hiện “{name}” lúc {at}"), {"name": one.name, "at": one.agreed_at}))
    reviewed = await Row.filter(reviewer_id=subject.person_id).count()
    return [*facts, *([Fact(msg("Đã xem xét {count} món hàng"), {"count": reviewed})] if reviewed else [])]


async def _erase(subject: Subject) -> None:
    if subject.person_id is None:
        return
    for one in await store.of_owner(subject.person_id):
        if one.photo:
            await passing.keep(one.photo, one.changed_at)
    await Row.filter(owner_id=subject.person_id).delete()
    await Row.filter(reviewer_id=subject.person_id).update(reviewer_id=None)
