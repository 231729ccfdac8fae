"""What the upkeep of guides keeps of a person, how it is erased, and what goes after a month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tortoise.expressions import Q

from bot.features.privacy.holding import Fact, Holding, Subject
from bot.features.privacy.retention import Rule
from bot.i18n import msg
from bot.storage.people import Account
from bot.storage.upkeep import GuideCheck, GuideFlag, GuideText

DAYS = 30


def holdings() -> list[Holding]:
    return [
        Holding("guide_flags", msg("Báo màn hình khác"), _read_flags, _erase_flags),
        Holding("guide_checks", msg("Kiểm tra bài hướng dẫn"), _read_checks, _erase_checks),
        Holding("guide_texts", msg("Bản sửa bài hướng dẫn"), _read_texts, _erase_texts),
    ]


def rules() -> Sequence[Rule]:
    return [Rule("guide_flags", DAYS, msg("sau khi bài được xem lại"), _forget)]


async def _accounts(subject: Subject) -> list[int]:
    """Ids of the person's accounts."""
    theirs = Q(*(Q(platform=held.platform, native_id=held.native_id) for held in subject.accounts), join_type="OR")
    if subject.person_id is None and not subject.accounts:
        return []
    own = Q(person_id=subject.person_id) if subject.person_id is not None else theirs
    return [row.id for row in await Account.filter(own)]


async def _read_flags(subject: Subject) -> Sequence[Fact]:
    mine = Q(account_id__in=await _accounts(subject))
    if subject.person_id is not None:
        mine |= Q(person_id=subject.person_id)
    rows = await GuideFlag.filter(mine).order_by("id")
    return [
        Fact(
            msg("Báo khác lúc {at}: {guide}/{step} {note}"),
            {"at": row.created_at, "guide": row.guide, "step": row.step, "note": row.note or "–"},
        )
        for row in rows
    ]


async def _erase_flags(subject: Subject) -> None:
    """What a resident wrote goes with them; that the step looks different stays, as it names nobody."""
    await GuideFlag.filter(account_id__in=await _accounts(subject)).update(account_id=None, note="", device="")
    if subject.person_id is not None:
        await GuideFlag.filter(person_id=subject.person_id).update(person_id=None)


async def _read_checks(subject: Subject) -> Sequence[Fact]:
    count = 0 if subject.person_id is None else await GuideCheck.filter(person_id=subject.person_id).count()
    return [Fact(msg("Đã kiểm tra bài hướng dẫn {count} lần"), {"count": count})] if count else []


async def _erase_checks(subject: Subject) -> None:
    """That a guide was tried stays true."""
    if subject.person_id is not None:
        await GuideCheck.filter(person_id=subject.person_id).update(person_id=None)


async def _read_texts(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await GuideText.filter(Q(author_id=subject.person_id) | Q(decider_id=subject.person_id)).order_by("id")
    return [Fact(msg("Bản sửa bài {guide}, gửi lúc {at}"), {"guide": row.guide, "at": row.created_at}) for row in rows]


async def _erase_texts(subject: Subject) -> None:
    """A text of the commune stays, without who wrote or approved it."""
    if subject.person_id is not None:
        await GuideText.filter(author_id=subject.person_id).update(author_id=None)
        await GuideText.filter(decider_id=subject.person_id).update(decider_id=None)


async def _forget(before: datetime, now: datetime) -> int:
    return await GuideFlag.filter(closed_at__lt=before).delete()
