"""Lost and found: residents tell what they lost or found, and close it when it is back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.features.privacy.personal_table import Fact, PersonalTable, Subject
from bot.handlers.kit.base import Base
from bot.handlers.kit.family import Contribution, Family, FindGuide
from bot.handlers.kit.hooks import Hooks
from bot.handlers.kit.joints import Given
from bot.handlers.kit.provisions import CONSENT, HOME
from bot.i18n import msg

from .conversation import LostConversation, router_of
from .tables import LostThing


def build(base: Base, given: Given, hooks: Hooks) -> Contribution:
    conversation = LostConversation(given[CONSENT], given[HOME])
    hooks.menu.add(conversation.menu_items, order=95)
    return Contribution([router_of(conversation)])


async def read(subject: Subject) -> Sequence[Fact]:
    rows = [row for one in subject.accounts for row in await LostThing.of(one.platform, one.native_id)]
    return [Fact(msg("“{what}”, từ {at}"), {"what": row.what, "at": row.told_at}) for row in rows]


async def erase(subject: Subject) -> None:
    for one in subject.accounts:
        await LostThing.filter(platform=one.platform, native_id=one.native_id).delete()


def personal(find_guide: FindGuide) -> Sequence[PersonalTable]:
    why, until = msg("bà con tìm được đồ cho bác"), msg("đến khi bác bấm “Đã tìm được”")
    return [PersonalTable("lost_things", msg("Tin tìm đồ"), read, erase, why=why, until=until)]


FAMILY = Family(
    "timdo",
    build,
    needs=(CONSENT, HOME),
    tables="langso_timdo.tables",
    locales=Path(__file__).parent / "locales",
    personal=personal,
)
