"""Personal data in the tables of conversations: sessions, inbox, outbox, logs, places in guides."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from tortoise.expressions import F, Q
from tortoise.functions import Count, Max, Min
from tortoise.queryset import QuerySet

from bot.core.events import UnreadableEvent
from bot.core.sessions import Key, Session, VersionConflict, session_from_json, session_to_json
from bot.features import units
from bot.features.outbox import bodies
from bot.i18n import NAMES, SOURCE, msg
from bot.storage.core_tables.conversation import InboxEvent, Pause, SessionRow
from bot.storage.core_tables.jobs import JobRow
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.core_tables.platform_state import LogEntry
from bot.storage.portions import AnyTable
from bot.storage.sql import asked, holds, moment
from bot.storage.tables.learning import GuideRun, QuizAnswer

from .last_question import last_question
from .names import FindGuide, called, titles
from .personal_table import Fact, Held, PersonalTable, Subject, TranslatedWord, Values

FORGET = "forget"
"""Fact of a session whose person was erased: the row goes as soon as the answer has left."""
_HOME = ("thon", "xa")
"""Facts of a session: the codes of the village and the commune where the person lives."""
_YES, _NO = msg("có"), msg("không")


def personal_tables(find_guide: FindGuide = lambda slug: None) -> list[PersonalTable]:
    """List the personal tables of conversations and of guides; `find_guide` looks up the titles of guides and steps."""
    return [*_of_conversations(), *_of_guides(find_guide)]


def _of_conversations() -> list[PersonalTable]:
    return [
        PersonalTable(
            "sessions",
            msg("Cuộc trò chuyện với tôi"),
            _read_sessions,
            _erase_sessions,
            why=msg("nhớ đang nói dở việc gì, bác thích chữ lớn hay tiếng nào"),
            until=msg("đến 90 ngày sau lần liên lạc cuối"),
        ),
        PersonalTable(
            "inbox",
            msg("Dấu các tin bác đã gửi, không có nội dung"),
            _read_inbox,
            _erase_inbox,
            why=msg("không làm một việc hai lần khi ứng dụng gửi lại tin"),
            until=msg("30 ngày"),
        ),
        PersonalTable(
            "outbox",
            msg("Tin xã gửi cho bác"),
            _read_outbox,
            _erase_outbox,
            why=msg("gửi đúng một lần và biết tin đã tới chưa"),
            until=msg("đến 30 ngày sau khi gửi"),
        ),
        PersonalTable(
            "jobs",
            msg("Việc dài đang làm cho bác"),
            _read_jobs,
            _erase_jobs,
            why=msg("làm xong việc bác nhờ dù máy tắt giữa chừng"),
            until=msg("đến 30 ngày sau khi làm xong"),
        ),
        PersonalTable(
            "log_entries",
            msg("Các tin trên trang trò chuyện"),
            _read_log,
            _erase_log,
            why=msg("mở lại trang thì bác còn thấy"),
            until=msg("30 ngày"),
        ),
        PersonalTable(
            "pauses",
            msg("Lúc phải tạm dừng gửi tin cho bác"),
            _read_pauses,
            _erase_pauses,
            why=msg("không gửi khi ứng dụng bắt chờ"),
            until=msg("đến giờ ghi ở trên"),
        ),
    ]


def _of_guides(find_guide: FindGuide) -> list[PersonalTable]:
    async def read_runs(subject: Subject) -> Sequence[Fact]:
        return await _read_runs(subject, find_guide)

    async def read_answers(subject: Subject) -> Sequence[Fact]:
        return await _read_answers(subject, find_guide)

    return [
        PersonalTable(
            "guide_runs",
            msg("Chỗ đang xem trong bài hướng dẫn"),
            read_runs,
            _erase_runs,
            why=msg("bác xem tiếp từ chỗ đang dở"),
            until=msg("đến 90 ngày sau lần xem cuối"),
        ),
        PersonalTable(
            "quiz_answers",
            msg("Câu đố đã trả lời"),
            read_answers,
            _erase_answers,
            why=msg("xem bài nào còn khó với bà con"),
            until=msg("30 ngày, rồi chỉ còn số đếm"),
        ),
    ]


def blank(session: Session) -> None:
    """Blank a session: nothing is left in it but that its row is to be forgotten."""
    session.facts, session.flows, session.lists, session.out = {FORGET: "1"}, {}, [], []
    session.locale, session.large, session.next_number = None, False, 1


async def forget_chat(key: Key) -> None:
    """Delete what still knows the address of a chat after the last answer to it."""
    own = Q(platform=key.platform, chat_id=key.chat_id)
    for table in (SessionRow, InboxEvent, LogEntry, JobRow, Pause):
        await table.filter(own).delete()
    await _forget_rows(own)


def _chats(subject: Subject) -> Q:
    """Select rows of the person's private chats; without an account, the chat is named by the person's id."""
    return _any([Q(platform=held.platform, chat_id__in=held.ids) for held in subject.accounts])


def _but_present(rows: QuerySet[AnyTable], subject: Subject) -> QuerySet[AnyTable]:
    here = subject.present
    return rows if here is None else rows.filter(~Q(platform=here.platform, chat_id=here.chat_id))


def _persons(subject: Subject) -> Q:
    return _any([Q(platform=held.platform, person=held.native_id) for held in subject.accounts])


def _any(conditions: list[Q]) -> Q:
    """Join the conditions. No condition means no row: an empty Q would mean all of them."""
    return Q(*conditions, join_type="OR") if conditions else Q(platform="")


async def _read_sessions(subject: Subject) -> Sequence[Fact]:
    facts: list[Fact] = []
    for row in await SessionRow.filter(_chats(subject)).order_by("id"):
        session = _session(row)
        locale = session.locale or SOURCE
        home = [await _unit_name(session.facts[name]) for name in _HOME if session.facts.get(name)]
        facts.append(
            Fact(
                msg("{platform}: bác dùng {locale}, chữ lớn: {large}, nơi ở: {home}, lần cuối {at}"),
                {
                    "platform": called(row.platform),
                    "locale": NAMES.get(locale, locale),
                    "large": TranslatedWord(_YES if session.large else _NO),
                    "home": ", ".join(home) or "–",
                    "at": row.updated_at,
                },
            )
        )
        if (asked := last_question(session)) is not None:
            facts.append(
                Fact(msg("Hỏi bác thấy thế nào lần cuối: {day}; câu trả lời chỉ đếm"), {"day": f"{asked:%d/%m/%Y}"})
            )
    for held in subject.accounts:
        waiting = msg("{platform}: có câu hỏi đang chờ bác trong một nhóm")
        facts += [Fact(waiting, {"platform": called(row.platform)}) for row in await _groups_with(held)]
    return facts


async def _unit_name(code: str) -> str:
    unit = await units.get(code)
    return code if unit is None else unit.full_name


async def _erase_sessions(subject: Subject) -> None:
    await _but_present(SessionRow.filter(_chats(subject)), subject).delete()
    for held in subject.accounts:
        for row in await _groups_with(held, subject.name):
            await _scrub(row, held)


async def _groups_with(held: Held, name: str = "") -> list[SessionRow]:
    """Return other chats' sessions that name the person; without the word `like`, which takes ten times as long."""
    marks = [json.dumps(held.native_id), *([name] if name else [])]
    named = " or ".join([holds("state")] * len(marks))
    rows = await asked(f"select id from sessions where platform = ? and ({named})", [held.platform, *marks])
    if not rows:
        return []
    return await SessionRow.filter(id__in=[row["id"] for row in rows]).exclude(chat_id__in=held.ids)


async def _scrub(row: SessionRow, held: Held) -> None:
    """Take a person out of a group's session. A handler that is at work on it starts anew."""
    try:
        session = _session(row)
    except UnreadableEvent:
        # The conversation begins anew in any case, without the replies on their way; see `bot.storage.store`.
        session = Session(Key(row.platform, row.chat_id), "group", sent_seq=row.out_seq)
    session.flows.pop(held.native_id, None)
    session.lists = [item for item in session.lists if item.owner != held.native_id]
    changed = await SessionRow.filter(id=row.id, version=row.version).update(
        state=session_to_json(session), sent_seq=max(row.sent_seq, session.sent_seq), version=F("version") + 1
    )
    if not changed:
        raise VersionConflict


def _session(row: SessionRow) -> Session:
    return session_from_json(
        Key(row.platform, row.chat_id), row.version, row.done_seq, row.out_seq, row.sent_seq, row.state
    )


async def _read_inbox(subject: Subject) -> Sequence[Fact]:
    own, in_groups = InboxEvent.filter(_chats(subject)), await _bodies_in_groups(subject)
    unread = Q(body__isnull=False, failed__isnull=False, failed__not="")
    count, kept, times = await _counted(own, "noted_at", unread)
    times += [row.noted_at for row in in_groups]
    if not times:
        return []
    values: Values = {"count": count + len(in_groups), "first": times[0], "last": times[-1]}
    kept += sum(bool(row.failed) for row in in_groups)
    whole = [Fact(msg("{count} tin còn cả lời, vì lúc ấy máy gặp lỗi"), {"count": kept})] if kept else []
    return [Fact(msg("{count} tin, từ {first} đến {last}"), values), *whole]


async def _counted(rows: QuerySet[AnyTable], at: str, which: Q) -> tuple[int, int, list[datetime]]:
    """Count rows, and which of them are so; return that and the first and the last of their times, [] for none.

    The database does it: of who writes all day for a month there are hundreds of thousands.
    """
    key = rows.model.key_name()
    query = rows.annotate(count=Count(key), some=Count(key, _filter=which), first=Min(at), last=Max(at))
    [(count, some, first, last)] = await query.values_list("count", "some", "first", "last")
    return int(str(count)), int(str(some)), [moment(first), moment(last)] if count else []


async def _erase_inbox(subject: Subject) -> None:
    await _but_present(InboxEvent.filter(_chats(subject)), subject).delete()
    # In the present chat ids stay until the answer has left, so that a repeated event is known; bodies do not.
    await InboxEvent.filter(_chats(subject), failed__isnull=False).update(body=None, failed="")
    await InboxEvent.filter(seq__in=[row.seq for row in await _bodies_in_groups(subject)]).delete()


async def _bodies_in_groups(subject: Subject) -> list[InboxEvent]:
    """Return the events in groups that were set aside with their body."""
    found: list[InboxEvent] = []
    for held in subject.accounts:
        # In these words, so that an index serves: few have a body.
        seqs = await asked("select seq from inbox where body is not null and failed is not null")
        rows = await InboxEvent.filter(seq__in=[row["seq"] for row in seqs], platform=held.platform) if seqs else []
        marked = json.dumps(held.native_id)
        found += [row for row in rows if row.chat_id not in held.ids and marked in str(row.body)]
    return found


async def _read_outbox(subject: Subject) -> Sequence[Fact]:
    rows = await OutboxRow.filter(_chats(subject)).order_by("id")
    return [
        Fact(msg("{at}: {text}"), {"at": row.created_at, "text": message.text.plain})
        for row, message in zip(rows, await bodies.messages_of(rows), strict=True)
    ]


async def _erase_outbox(subject: Subject) -> None:
    await _forget_rows(_chats(subject))


async def _forget_rows(own: Q) -> None:
    """Delete rows of the outbox, and the words that no other row says."""
    bodies_of = await OutboxRow.filter(own, body_id__gt=0).distinct().values_list("body_id", flat=True)
    await OutboxRow.filter(own).delete()
    await bodies.forget_unnamed([int(str(one)) for one in bodies_of])


async def _read_jobs(subject: Subject) -> Sequence[Fact]:
    rows = await JobRow.filter(_chats(subject)).order_by("id")
    return [Fact(msg("Bác nhờ lúc {at}"), {"at": row.created_at}) for row in rows]


async def _erase_jobs(subject: Subject) -> None:
    await JobRow.filter(_chats(subject)).delete()


async def _read_log(subject: Subject) -> Sequence[Fact]:
    count, _, times = await _counted(LogEntry.filter(_chats(subject)), "at", Q())
    if not times:
        return []
    return [Fact(msg("{count} tin, từ {first} đến {last}"), {"count": count, "first": times[0], "last": times[-1]})]


async def _erase_log(subject: Subject) -> None:
    await LogEntry.filter(_chats(subject)).delete()


async def _read_pauses(subject: Subject) -> Sequence[Fact]:
    rows = await Pause.filter(_chats(subject)).order_by("id")
    return [Fact(msg("Đến {at}"), {"at": row.until}) for row in rows]


async def _erase_pauses(subject: Subject) -> None:
    await Pause.filter(_chats(subject)).delete()


async def _read_runs(subject: Subject, find_guide: FindGuide) -> Sequence[Fact]:
    rows = await GuideRun.filter(_persons(subject)).order_by("id")
    return [
        Fact(
            msg("Bài “{guide}”, bước “{step}”, lúc {at}"),
            {**titles(find_guide, row.guide, row.step), "at": row.updated_at},
        )
        for row in rows
    ]


async def _erase_runs(subject: Subject) -> None:
    await GuideRun.filter(_persons(subject)).delete()


async def _read_answers(subject: Subject, find_guide: FindGuide) -> Sequence[Fact]:
    rows = await QuizAnswer.filter(_persons(subject)).order_by("id")
    return [
        Fact(
            msg("Bài “{guide}”, câu “{step}”, chọn ý {choice}, lúc {at}"),
            {
                **titles(find_guide, row.guide, row.step),
                "choice": row.choice + 1,
                "at": row.answered_at,
            },
        )
        for row in rows
    ]


async def _erase_answers(subject: Subject) -> None:
    await QuizAnswer.filter(_persons(subject)).delete()
