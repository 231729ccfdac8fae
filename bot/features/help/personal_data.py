"""Personal data of help, how it is erased, and the figures left after thirty days: counts and times."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from tortoise.expressions import Q

from bot.features.privacy.names import FindGuide, titles
from bot.features.privacy.personal_table import Fact, PersonalTable, Subject, TranslatedWord
from bot.features.privacy.retention import Rule
from bot.i18n import msg
from bot.storage.sql import asked, begins
from bot.storage.tables.commune import PassingFile
from bot.storage.tables.help import HelpAsk, HelpDuty, HelpMessage, HelpRequest
from bot.storage.tables.people import Account

DAYS = 30
_OPEN = ("waiting", "taken", "answered")
_DEVICES = {"iphone": "iPhone", "android": "Android", "unknown": TranslatedWord(msg("không rõ loại"))}


def personal_tables(find_guide: FindGuide = lambda slug: None) -> list[PersonalTable]:
    """Return one personal table for each table that names people; messages go before the request they belong to."""

    async def read_requests(subject: Subject) -> Sequence[Fact]:
        return await _read_requests(subject, find_guide)

    return [
        PersonalTable(
            "help_messages",
            msg("Lời nhờ giúp và câu trả lời"),
            _read_messages,
            _erase_messages,
            why=msg("người giúp biết bác cần gì"),
            until=msg("30 ngày"),
            own=_words,
        ),
        PersonalTable(
            "help_asks",
            msg("Được hỏi giúp"),
            _read_asks,
            _erase_asks,
            why=msg("chia đều việc giúp bà con"),
            until=msg("30 ngày sau khi việc xong"),
            stays=msg("Số lần có người được nhờ giúp, để xã đếm; không còn ghi ai."),
        ),
        PersonalTable(
            "help_duty",
            msg("Lịch trực giúp bà con"),
            _read_duty,
            _erase_duty,
            why=msg("biết hôm nay nhờ ai"),
            until=msg("đến khi đổi lịch trực"),
        ),
        PersonalTable(
            "help_requests",
            msg("Yêu cầu giúp đỡ"),
            read_requests,
            _erase_requests,
            why=msg("tìm người giúp bác"),
            until=msg("30 ngày, rồi chỉ còn số đếm"),
            stays=msg("Việc có người nhờ giúp ở bài nào, để xã biết chỗ khó; không còn ghi ai nhờ, ai giúp."),
            own=_contacts,
        ),
    ]


def rules() -> Sequence[Rule]:
    return [Rule("help_requests", DAYS, msg("sau khi nhờ giúp, rồi chỉ còn số đếm"), _forget)]


async def _asked_by(subject: Subject) -> list[int]:
    """Return the ids of the person's requests, from any of their accounts."""
    theirs = Q(*(Q(platform=held.platform, native_id=held.native_id) for held in subject.accounts), join_type="OR")
    own = Q(person_id=subject.person_id) if subject.person_id is not None else theirs
    if subject.person_id is None and not subject.accounts:
        return []
    accounts = [row.id for row in await Account.filter(own)]
    return [row.id for row in await HelpRequest.filter(asker_id__in=accounts).order_by("id")]


async def _read_requests(subject: Subject, find_guide: FindGuide) -> Sequence[Fact]:
    rows = await HelpRequest.filter(id__in=await _asked_by(subject)).order_by("id")
    facts = [
        Fact(
            msg("Nhờ giúp lúc {at}: bài “{guide}”, bước “{step}”, máy {device}, để lại: {contact}")
            if row.guide
            else msg("Nhờ giúp lúc {at}, máy {device}, để lại: {contact}"),
            {
                "at": row.created_at,
                **titles(find_guide, row.guide, row.step),
                "device": _DEVICES.get(row.device, "–"),
                "contact": row.contact or "–",
            },
        )
        for row in rows
    ]
    helped = 0 if subject.person_id is None else await HelpRequest.filter(helper_id=subject.person_id).count()
    return [*facts, *([Fact(msg("Đã nhận giúp {count} người"), {"count": helped})] if helped else [])]


async def _erase_requests(subject: Subject) -> None:
    """Erase the requests. An open one closes: there is nobody any more to answer."""
    ids = await _asked_by(subject)
    own = HelpRequest.filter(id__in=ids)
    await own.filter(state__in=_OPEN).update(state="closed", next_at=None)
    await _strip(ids)
    if subject.person_id is not None:
        await HelpRequest.filter(helper_id=subject.person_id).update(helper_id=None)


async def _read_messages(subject: Subject) -> Sequence[Fact]:
    rows = await _messages_of(subject)
    return [Fact(msg("{at}: {text}"), {"at": row.at, "text": row.text or "[ảnh]"}) for row in rows]


async def _messages_of(subject: Subject) -> Sequence[HelpMessage]:
    mine = Q(request_id__in=await _asked_by(subject), from_asker=True)
    if subject.person_id is not None:
        mine |= Q(person_id=subject.person_id)
    return await HelpMessage.filter(mine).order_by("id")


async def _words(subject: Subject) -> Sequence[str]:
    return [row.text for row in await _messages_of(subject)]


async def _contacts(subject: Subject) -> Sequence[str]:
    return [row.contact for row in await HelpRequest.filter(id__in=await _asked_by(subject))]


async def _erase_messages(subject: Subject) -> None:
    """Erase the messages, with the notices that brought the person's words to somebody else."""
    ids = await _asked_by(subject)
    await _delete_messages(ids)
    for request_id in ids:
        own, values = begins("key", f"help{request_id}-")
        await asked(f"delete from outbox where {own}", values)
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
    """Erase who asked, who was asked and the messages; guide, step, village and times stay to be counted."""
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
    """Delete the messages; their photos go at the next sweep of files."""
    rows = await HelpMessage.filter(request_id__in=list(ids))
    for row in rows:
        if row.photo:
            await PassingFile.filter(name=row.photo).update(until=row.at)
    await HelpMessage.filter(id__in=[row.id for row in rows]).delete()
