"""Personal data of the desk: how it is shown and erased, and how long it stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.features.privacy.personal_table import Fact, PersonalTable, Subject
from bot.features.privacy.retention import Rule
from bot.i18n import msg
from bot.storage.portions import delete

from .tables import DeskForm, DeskKey, DeskSession

SESSION_DAYS, KEY_DAYS, FORM_DAYS = 90, 1, 7


async def _read_sessions(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    return [
        Fact(msg("Mở bàn làm việc {at}, bằng {browser}"), {"at": row.opened_at, "browser": row.browser})
        for row in await DeskSession.filter(person_id=subject.person_id).order_by("id")
    ]


async def _read_keys(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    count = await DeskKey.filter(person_id=subject.person_id).count()
    return [Fact(msg("{count} lần xin mở bàn làm việc"), {"count": count})] if count else []


async def _read_forms(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    count = await DeskForm.filter(person_id=subject.person_id).count()
    return [Fact(msg("{count} lần gửi trang của bàn làm việc"), {"count": count})] if count else []


async def _erase_sessions(subject: Subject) -> None:
    if subject.person_id is not None:
        await DeskSession.filter(person_id=subject.person_id).delete()


async def _erase_keys(subject: Subject) -> None:
    if subject.person_id is not None:
        await DeskKey.filter(person_id=subject.person_id).delete()


async def _erase_forms(subject: Subject) -> None:
    if subject.person_id is not None:
        await DeskForm.filter(person_id=subject.person_id).delete()


def personal_tables() -> list[PersonalTable]:
    """Return the personal tables of the desk."""
    safety = msg("chỉ đúng người mở được bàn làm việc của mình")
    return [
        PersonalTable(
            "desk_sessions",
            msg("Những lần mở bàn làm việc"),
            _read_sessions,
            _erase_sessions,
            why=safety,
            until=msg("90 ngày sau khi phiên hết hạn"),
        ),
        PersonalTable(
            "desk_keys",
            msg("Mã mở bàn làm việc"),
            _read_keys,
            _erase_keys,
            why=safety,
            until=msg("một ngày sau khi mã hết hạn"),
        ),
        PersonalTable(
            "desk_forms",
            msg("Dấu các trang đã gửi"),
            _read_forms,
            _erase_forms,
            why=msg("bấm hai lần chỉ làm một lần"),
            until=msg("bảy ngày sau khi gửi"),
        ),
    ]


def rules() -> Sequence[Rule]:
    return (
        Rule("desk_sessions", SESSION_DAYS, msg("sau khi phiên hết hạn"), _old_sessions),
        Rule("desk_keys", KEY_DAYS, msg("sau khi mã hết hạn"), _old_keys),
        Rule("desk_forms", FORM_DAYS, msg("sau khi gửi"), _old_forms),
    )


async def _old_sessions(before: datetime, now: datetime) -> int:
    return await delete(DeskSession.filter(ends_at__lt=before))


async def _old_keys(before: datetime, now: datetime) -> int:
    return await delete(DeskKey.filter(ends_at__lt=before))


async def _old_forms(before: datetime, now: datetime) -> int:
    return await delete(DeskForm.filter(sent_at__lt=before))
