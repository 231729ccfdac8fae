"""Personal data in difficulties, which stay when the person is erased, without words and links."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import Q

from bot.features.difficulties.tables import Difficulty, MentorQuestion
from bot.features.privacy.personal_table import Fact, PersonalTable, Subject
from bot.i18n import msg


def personal_tables() -> list[PersonalTable]:
    """Return questions to mentors first: after the difficulties no reporter of one is known any more."""
    return [
        PersonalTable(
            "mentor_questions",
            msg("Câu hỏi cho quan sát viên"),
            _read_questions,
            _erase_questions,
            why=msg("xã và quan sát viên hỏi đáp nhau"),
            until=msg("lâu như giữ khó khăn ấy"),
            stays=msg(
                "Lời hỏi đáp giữa xã và quan sát viên, vì là việc của cơ quan; không còn ghi ai hỏi, ai trả lời."
            ),
        ),
        PersonalTable(
            "difficulties",
            msg("Khó khăn"),
            _read_difficulties,
            _erase_difficulties,
            why=msg("xã giải quyết và trả lời"),
            until=msg("lâu như hồ sơ công việc của xã"),
            stays=msg("Việc thôn có khó khăn, vì xã còn phải giải quyết; không còn lời bác viết và ghi ai báo."),
            own=_difficulties,
        ),
    ]


async def _read_questions(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    mine = Q(asker_id=subject.person_id) | Q(mentor_id=subject.person_id)
    rows = await MentorQuestion.filter(mine).order_by("id")
    return [
        Fact(msg("Hỏi ý kiến lúc {at}: {text} Trả lời: {answer}"), {
            "at": row.asked_at, "text": row.text or "–", "answer": row.answer or "–",
        })
        for row in rows
    ]  # fmt: skip


async def _erase_questions(subject: Subject) -> None:
    """Keep what offices wrote to each other, without the link.

    Blank questions about difficulties that the person raised.
    """
    if subject.person_id is None:
        return
    await MentorQuestion.filter(difficulty__reporter_id=subject.person_id).update(text="")
    await MentorQuestion.filter(asker_id=subject.person_id).update(asker_id=None)
    await MentorQuestion.filter(mentor_id=subject.person_id).update(mentor_id=None)


async def _read_difficulties(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    mine = Q(reporter_id=subject.person_id) | Q(owner_id=subject.person_id)
    rows = await Difficulty.filter(mine).order_by("id")
    return [Fact(msg("Khó khăn lúc {at}: {text}"), {"at": row.created_at, "text": row.text}) for row in rows]


async def _difficulties(subject: Subject) -> Sequence[str]:
    rows = [] if subject.person_id is None else await Difficulty.filter(reporter_id=subject.person_id)
    return [row.text for row in rows]


async def _erase_difficulties(subject: Subject) -> None:
    if subject.person_id is None:
        return
    await Difficulty.filter(reporter_id=subject.person_id).update(reporter_id=None, text="")
    await Difficulty.filter(owner_id=subject.person_id).update(owner_id=None)
