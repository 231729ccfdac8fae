"""What the tables of conversations hold of somebody: sessions, inbox, outbox, logs, places in guides."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from tortoise.expressions import F, Q

from bot.core.messages import message_from_json
from bot.core.sessions import Key, Session, VersionConflict, session_from_json, session_to_json
from bot.features import units
from bot.features.guides.messages import context_of
from bot.features.guides.model import Guide
from bot.features.quality import asking
from bot.i18n import NAMES, SOURCE, msg
from bot.storage.conversation import ConversationLease, InboxEvent, Pause, SessionRow
from bot.storage.jobs import JobRow
from bot.storage.learning import GuideRun, QuizAnswer
from bot.storage.outbox import OutboxRow
from bot.storage.platform_state import LogEntry

from .holding import Fact, Held, Holding, Subject, Title, Value, Values, Word

FORGET = "forget"
"""Fact of a session whose person was erased: the row goes as soon as the answer has left."""
_HOME = ("thon", "xa")
"""Facts of a session: the codes of the village and the commune where the person lives."""
_YES, _NO = msg("có"), msg("không")


FindGuide = Callable[[str], Guide | None]


def holdings(find_guide: FindGuide = lambda slug: None) -> list[Holding]:
    """`find_guide` names guides and steps; one that it does not know is shown by its code."""

    async def read_runs(subject: Subject) -> Sequence[Fact]:
        return await _read_runs(subject, find_guide)

    async def read_answers(subject: Subject) -> Sequence[Fact]:
        return await _read_answers(subject, find_guide)

    return [
        Holding("sessions", msg("Cuộc trò chuyện"), _read_sessions, _erase_sessions),
        Holding("inbox", msg("Dấu của tin đã nhận, không có nội dung, giữ 30 ngày"), _read_inbox, _erase_inbox),
        Holding("outbox", msg("Tin xã gửi cho bác"), _read_outbox, _erase_outbox),
        Holding("jobs", msg("Việc dài đang làm cho bác"), _read_jobs, _erase_jobs),
        Holding("log_entries", msg("Các tin trên trang trò chuyện, giữ 30 ngày"), _read_log, _erase_log),
        Holding("pauses", msg("Lúc phải tạm dừng gửi tin cho bác"), _read_pauses, _erase_pauses),
        Holding("guide_runs", msg("Chỗ đang xem trong bài hướng dẫn"), read_runs, _erase_runs),
        Holding("quiz_answers", msg("Câu đố đã trả lời, giữ 30 ngày"), read_answers, _erase_answers),
    ]


def blank(session: Session) -> None:
    """Nothing is left in a session but that its row is to be forgotten."""
    session.facts, session.flows, session.lists, session.out = {FORGET: "1"}, {}, [], []
    session.locale, session.large, session.next_number = None, False, 1


async def forget_chat(key: Key) -> None:
    """Delete what still knows the address of a chat after the last answer to it."""
    own = Q(platform=key.platform, chat_id=key.chat_id)
    for table in (SessionRow, ConversationLease, InboxEvent, LogEntry, OutboxRow, JobRow, Pause):
        await table.filter(own).delete()


def _chats(subject: Subject) -> Q:
    """Rows of the person's private chats; where there is no account yet, the chat is named by the person's id."""
    return _any([Q(platform=held.platform, chat_id__in=held.ids) for held in subject.accounts])


def _persons(subject: Subject) -> Q:
    return _any([Q(platform=held.platform, person=held.native_id) for held in subject.accounts])


def _any(conditions: list[Q]) -> Q:
    """No condition means no row: an empty Q would mean all of them."""
    return Q(*conditions, join_type="OR") if conditions else Q(platform="")


async def _read_sessions(subject: Subject) -> Sequence[Fact]:
    facts: list[Fact] = []
    for row in await SessionRow.filter(_chats(subject)).order_by("id"):
        session = _session(row)
        locale = session.locale or SOURCE
        home = [await _unit_name(session.facts[name]) for name in _HOME if session.facts.get(name)]
        facts.append(
            Fact(
                msg(
                    "{platform} {chat_id}: ngôn ngữ {locale}, chữ lớn: {large}, ở {home}, "
                    "câu hỏi đang mở: {open}, từ {at}"
                ),
                {
                    "platform": row.platform,
                    "chat_id": row.chat_id,
                    "locale": NAMES.get(locale, locale),
                    "large": Word(_YES if session.large else _NO),
                    "home": ", ".join(home) or "–",
                    "open": len(session.flows) + len(session.lists),
                    "at": row.updated_at,
                },
            )
        )
        if (asked := asking.last(session)) is not None:
            facts.append(
                Fact(msg("Hỏi bác thấy thế nào lần cuối: {day}; câu trả lời chỉ đếm"), {"day": f"{asked:%d/%m/%Y}"})
            )
    for held in subject.accounts:
        waiting = msg("{platform}: có câu hỏi đang chờ bác trong một nhóm")
        facts += [Fact(waiting, {"platform": row.platform}) for row in await _groups_with(held)]
    return facts


async def _unit_name(code: str) -> str:
    unit = await units.get(code)
    return code if unit is None else unit.full_name


async def _erase_sessions(subject: Subject) -> None:
    for row in await SessionRow.filter(_chats(subject)):
        if Key(row.platform, row.chat_id) != subject.present:
            await row.delete()
    for held in subject.accounts:
        for row in await _groups_with(held, subject.name):
            await _scrub(row, held)


async def _groups_with(held: Held, name: str = "") -> list[SessionRow]:
    marks = Q(state__contains=json.dumps(held.native_id))
    if name:
        marks |= Q(state__contains=name)
    return await SessionRow.filter(marks, platform=held.platform).exclude(chat_id__in=held.ids)


async def _scrub(row: SessionRow, held: Held) -> None:
    """Take a person out of a group's session. A handler that is at work on it starts anew."""
    session = _session(row)
    session.flows.pop(held.native_id, None)
    session.lists = [item for item in session.lists if item.owner != held.native_id]
    changed = await SessionRow.filter(id=row.id, version=row.version).update(
        state=session_to_json(session), version=F("version") + 1
    )
    if not changed:
        raise VersionConflict


def _session(row: SessionRow) -> Session:
    return session_from_json(
        Key(row.platform, row.chat_id), row.version, row.done_seq, row.out_seq, row.sent_seq, row.state
    )


async def _read_inbox(subject: Subject) -> Sequence[Fact]:
    rows = await InboxEvent.filter(_chats(subject)).order_by("seq")
    rows += await _bodies_in_groups(subject)
    if not rows:
        return []
    values: Values = {"count": len(rows), "first": rows[0].noted_at, "last": rows[-1].noted_at}
    kept = sum(bool(row.failed) and row.body is not None for row in rows)
    whole = [Fact(msg("{count} tin còn cả lời, vì lúc ấy máy gặp lỗi"), {"count": kept})] if kept else []
    return [Fact(msg("{count} tin, từ {first} đến {last}"), values), *whole]


async def _erase_inbox(subject: Subject) -> None:
    for row in await InboxEvent.filter(_chats(subject)):
        if Key(row.platform, row.chat_id) != subject.present:
            await row.delete()
    # In the present chat ids stay until the answer has left, so that a repeated event is known; bodies do not.
    await InboxEvent.filter(_chats(subject), failed__isnull=False).update(body=None, failed="")
    await InboxEvent.filter(seq__in=[row.seq for row in await _bodies_in_groups(subject)]).delete()


async def _bodies_in_groups(subject: Subject) -> list[InboxEvent]:
    """Events in groups that were set aside with their body."""
    found: list[InboxEvent] = []
    for held in subject.accounts:
        rows = await InboxEvent.filter(platform=held.platform, failed__isnull=False, body__isnull=False)
        marked = json.dumps(held.native_id)
        found += [row for row in rows if row.chat_id not in held.ids and marked in str(row.body)]
    return found


async def _read_outbox(subject: Subject) -> Sequence[Fact]:
    rows = await OutboxRow.filter(_chats(subject)).order_by("id")
    return [
        Fact(msg("{at}: {text}"), {"at": row.created_at, "text": message_from_json(json.loads(row.message)).text.plain})
        for row in rows
    ]


async def _erase_outbox(subject: Subject) -> None:
    await OutboxRow.filter(_chats(subject)).delete()


async def _read_jobs(subject: Subject) -> Sequence[Fact]:
    rows = await JobRow.filter(_chats(subject)).order_by("id")
    return [Fact(msg("Bác nhờ lúc {at}"), {"at": row.created_at}) for row in rows]


async def _erase_jobs(subject: Subject) -> None:
    await JobRow.filter(_chats(subject)).delete()


async def _read_log(subject: Subject) -> Sequence[Fact]:
    rows = await LogEntry.filter(_chats(subject)).order_by("at")
    if not rows:
        return []
    return [
        Fact(msg("{count} tin, từ {first} đến {last}"), {"count": len(rows), "first": rows[0].at, "last": rows[-1].at})
    ]


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
            {**_titles(find_guide(row.guide), row.guide, row.step), "at": row.updated_at},
        )
        for row in rows
    ]


def _titles(guide: Guide | None, slug: str, step_id: str) -> dict[str, Value]:
    step = None if guide is None else guide.steps.get(step_id)
    return {
        "guide": slug if guide is None else Title(guide.title, context_of(slug)),
        "step": step_id if step is None else Title(step.title, context_of(slug, step_id)),
    }


async def _erase_runs(subject: Subject) -> None:
    await GuideRun.filter(_persons(subject)).delete()


async def _read_answers(subject: Subject, find_guide: FindGuide) -> Sequence[Fact]:
    rows = await QuizAnswer.filter(_persons(subject)).order_by("id")
    return [
        Fact(
            msg("Bài “{guide}”, câu “{step}”, chọn ý {choice}, lúc {at}"),
            {
                **_titles(find_guide(row.guide), row.guide, row.step),
                "choice": row.choice + 1,
                "at": row.answered_at,
            },
        )
        for row in rows
    ]


async def _erase_answers(subject: Subject) -> None:
    await QuizAnswer.filter(_persons(subject)).delete()
