"""Personal data of the upkeep of guides, how it is erased, and its retention of a month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tortoise.expressions import Q

from bot.features.privacy.names import FindGuide, titles
from bot.features.privacy.personal_table import Fact, PersonalTable, Subject
from bot.features.privacy.retention import Rule
from bot.i18n import msg
from bot.storage.tables.people import Account
from bot.storage.tables.upkeep import GuideCheck, GuideFlag, GuideText

DAYS = 30


def personal_tables(find_guide: FindGuide = lambda slug: None) -> list[PersonalTable]:
    """Return the personal tables; `find_guide` knows the titles of guides and steps."""

    async def read_flags(subject: Subject) -> Sequence[Fact]:
        return await _read_flags(subject, find_guide)

    async def read_texts(subject: Subject) -> Sequence[Fact]:
        return await _read_texts(subject, find_guide)

    return [
        PersonalTable(
            "guide_flags",
            msg("Báo màn hình khác"),
            read_flags,
            _erase_flags,
            why=msg("cán bộ sửa bài cho đúng màn hình"),
            until=msg("đến 30 ngày sau khi bài được xem lại"),
            stays=msg("Việc màn hình khác với bài, để cán bộ sửa bài; không còn lời bác viết và ghi ai báo."),
            own=_notes,
        ),
        PersonalTable(
            "guide_checks",
            msg("Kiểm tra bài hướng dẫn"),
            _read_checks,
            _erase_checks,
            why=msg("biết bài nào có người thử rồi"),
            until=msg("lâu như bài hướng dẫn"),
            stays=msg("Việc bài hướng dẫn đã có người thử, vì bà con cần biết; không còn ghi ai."),
        ),
        PersonalTable(
            "guide_texts",
            msg("Bản sửa bài hướng dẫn"),
            read_texts,
            _erase_texts,
            why=msg("biết ai soạn, ai duyệt"),
            until=msg("lâu như bài hướng dẫn"),
            stays=msg("Bản sửa bài hướng dẫn, vì bà con đang đọc; không còn ghi ai soạn, ai duyệt."),
        ),
    ]


def rules() -> Sequence[Rule]:
    return [Rule("guide_flags", DAYS, msg("sau khi bài được xem lại"), _forget)]


async def _accounts(subject: Subject) -> list[int]:
    """Return the ids of the person's accounts."""
    theirs = Q(*(Q(platform=held.platform, native_id=held.native_id) for held in subject.accounts), join_type="OR")
    if subject.person_id is None and not subject.accounts:
        return []
    own = Q(person_id=subject.person_id) if subject.person_id is not None else theirs
    return [row.id for row in await Account.filter(own)]


async def _read_flags(subject: Subject, find_guide: FindGuide) -> Sequence[Fact]:
    mine = Q(account_id__in=await _accounts(subject))
    if subject.person_id is not None:
        mine |= Q(person_id=subject.person_id)
    rows = await GuideFlag.filter(mine).order_by("id")
    return [
        Fact(
            msg("Báo khác lúc {at}: bài “{guide}”, bước “{step}”, lời bác ghi: {note}"),
            {"at": row.created_at, **titles(find_guide, row.guide, row.step), "note": row.note or "–"},
        )
        for row in rows
    ]


async def _notes(subject: Subject) -> Sequence[str]:
    return [row.note for row in await GuideFlag.filter(account_id__in=await _accounts(subject))]


async def _erase_flags(subject: Subject) -> None:
    """Erase a resident's remarks; the report that the step looks different stays, as it names nobody."""
    await GuideFlag.filter(account_id__in=await _accounts(subject)).update(account_id=None, note="", device="")
    if subject.person_id is not None:
        await GuideFlag.filter(person_id=subject.person_id).update(person_id=None)


async def _read_checks(subject: Subject) -> Sequence[Fact]:
    count = 0 if subject.person_id is None else await GuideCheck.filter(person_id=subject.person_id).count()
    return [Fact(msg("Đã kiểm tra bài hướng dẫn {count} lần"), {"count": count})] if count else []


async def _erase_checks(subject: Subject) -> None:
    """Take the person off the checks; the fact that a guide was tried stays."""
    if subject.person_id is not None:
        await GuideCheck.filter(person_id=subject.person_id).update(person_id=None)


async def _read_texts(subject: Subject, find_guide: FindGuide) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await GuideText.filter(Q(author_id=subject.person_id) | Q(decider_id=subject.person_id)).order_by("id")
    return [
        Fact(
            msg("Bản sửa bài “{guide}”, gửi lúc {at}"),
            {"guide": titles(find_guide, row.guide, "")["guide"], "at": row.created_at},
        )
        for row in rows
    ]


async def _erase_texts(subject: Subject) -> None:
    """Take the person off the commune's texts, as author and as approver; the texts stay."""
    if subject.person_id is not None:
        await GuideText.filter(author_id=subject.person_id).update(author_id=None)
        await GuideText.filter(decider_id=subject.person_id).update(decider_id=None)


async def _forget(before: datetime, now: datetime) -> int:
    return await GuideFlag.filter(closed_at__lt=before).delete()
