"""What help keeps of a person, how it is erased, and what is left after thirty days: counts and times."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from tortoise.expressions import Q

from bot.features.privacy.holding import Fact, Holding, Subject
from bot.features.privacy.retention import Rule
from bot.i18n import msg
from bot.storage.commune import PassingFile
from bot.storage.help import HelpAsk, HelpDuty, HelpMessage, HelpRequest
from bot.storage.outbox import OutboxRow
from bot.storage.people import Account

DAYS = 30
_OPEN = ("waiting", "taken", "answered")


def holdings() -> list[Holding]:
    """One for each table that names people; what was written goes before the request that it belongs to."""
    return [
        Holding("help_messages", msg("Lời nhờ giúp và câu trả lời"), _read_messages, _erase_messages),
        Holding("help_asks", msg("Được hỏi giúp"), _read_asks, _erase_asks),
        Holding("help_duty", msg("Lịch trực giúp bà con"), _read_duty, _erase_duty),
        Holding("help_requests", msg("Yêu cầu giúp đỡ"), _read_requests, _erase_requests),
    ]


def rules() -> Sequence[Rule]:
    return [Rule("help_requests", DAYS, msg("sau khi nhờ giúp, rồi chỉ còn số đếm"), _forget)]


async def _asked_by(subject: Subject) -> list[int]:
    """Ids of what the person asked for, on any of their accounts."""
    theirs = Q(*(Q(platform=held.platform, native_id=held.native_id) for held in subject.accounts), join_type="OR")
    own = Q(person_id=subject.person_id) if subject.person_id is not None else theirs
    if subject.person_id is None and not subject.accounts:
        return []
    accounts = [row.id for row in await Account.filter(own)]
    return [row.id for row in await HelpRequest.filter(asker_id__in=accounts).order_by("id")]


async def _read_requests(subject: Subject) -> Sequence[Fact]:
    rows = await HelpRequest.filter(id__in=await _asked_by(subject)).order_by("id")
    facts = [
        Fact(
            msg("Nhờ giúp lúc {at}: {guide}/{step}, máy {device}, để lại: {contact}"),
            {
                "at": row.created_at,
                "guide": row.guide or "–",
                "step": row.step or "–",
                "device": row.device or "–",
                "contact": row.contact or "–",
            },
        )
        for row in rows
    ]
    helped = 0 if subject.person_id is None else await HelpRequest.filter(helper_id=subject.person_id).count()
    return [*facts, *([Fact(msg("Đã nhận giúp {count} người"), {"count": helped})] if helped else [])]


async def _erase_requests(subject: Subject) -> None:
    """A request that is still open closes: nobody is there any more to answer."""
    ids = await _asked_by(subject)
    own = HelpRequest.filter(id__in=ids)
    await own.filter(state__in=_OPEN).update(state="closed", next_at=None)
    await _strip(ids)
    if subject.person_id is not None:
        await HelpRequest.filter(helper_id=subject.person_id).update(helper_id=None)


async def _read_messages(subject: Subject) -> Sequence[Fact]:
    mine = Q(request_id__in=await _asked_by(subject), from_asker=True)
    if subject.person_id is not None:
        mine |= Q(person_id=subject.person_id)
    rows = await HelpMessage.filter(mine).order_by("id")
    return [Fact(msg("{at}: {text}"), {"at": row.at, "text": row.text or "[ảnh]"}) for row in rows]


async def _erase_messages(subject: Subject) -> None:
    """With the notices that brought the person's words to somebody else."""
    ids = await _asked_by(subject)
    await _delete_messages(ids)
    for request_id in ids:
        await OutboxRow.filter(key__startswith=f"help{request_id}-").delete()
    if subject.person_id is not None:
        await HelpMessage.filter(person_id=subject.person_id).delete()


async def _read_asks(subject: Subject) -> Sequence[Fact]:
    count = 0 if subject.person_id is None else await HelpAsk.filter(person_id=subject.person_id).count()
    return [Fact(msg("Được hỏi giúp {count} lần"), {"count": count})] if count else []


async def _erase_asks(subject: Subject) -> None:
    if subject.person_id is not None:
        await HelpAsk.filter(person_id=subject.person_id).update(person_id=None)


async def _read_duty(subject: Subject) -> Sequence[Fact]:
    count = 0 if subject.person_id is None else await HelpDuty.filter(person_id=subject.person_id).count()
    return [Fact(msg("Trực {count} ngày trong tuần"), {"count": count})] if count else []


async def _erase_duty(subject: Subject) -> None:
    if subject.person_id is not None:
        await HelpDuty.filter(person_id=subject.person_id).delete()


async def _forget(before: datetime, now: datetime) -> int:
    """Guide, step, village and times stay to be counted; who asked, what was written and who was asked goes."""
    rows = await HelpRequest.filter(Q(asker_id__isnull=False) | ~Q(contact=""), created_at__lt=before, state="closed")
    ids = [row.id for row in rows]
    await _delete_messages(ids)
    await HelpAsk.filter(request_id__in=ids).delete()
    await HelpRequest.filter(id__in=ids).update(helper_id=None)
    await _strip(ids)
    return len(ids)


async def _strip(ids: Collection[int]) -> None:
    await HelpRequest.filter(id__in=list(ids)).update(asker_id=None, contact="", device="")


async def _delete_messages(ids: Collection[int]) -> None:
    """Their photos go at the next sweep of files."""
    rows = await HelpMessage.filter(request_id__in=list(ids))
    for row in rows:
        if row.photo:
            await PassingFile.filter(name=row.photo).update(until=row.at)
    await HelpMessage.filter(id__in=[row.id for row in rows]).delete()
