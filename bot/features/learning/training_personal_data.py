"""Personal data of training sessions. The counts stay when the person is gone, without the link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tortoise.expressions import Q

from bot.features.learning.tables import TrainingAnswer, TrainingSeat, TrainingSession
from bot.features.privacy.personal_table import Fact, PersonalTable, Subject, Values
from bot.features.privacy.retention import Rule
from bot.i18n import msg

DAYS = 90


def personal_tables() -> list[PersonalTable]:
    return [
        PersonalTable(
            "training_sessions",
            msg("Buổi tập huấn đã mở"),
            _read_sessions,
            _erase_sessions,
            why=msg("biết ai mở buổi học"),
            until=msg("lâu như báo cáo của xã"),
            stays=msg("Buổi tập huấn, vì báo cáo của xã đếm; không còn ghi ai mở."),
        ),
        PersonalTable(
            "training_seats",
            msg("Buổi tập huấn đã dự"),
            _read_seats,
            _erase_seats,
            why=msg("làm giấy chứng nhận và đếm người học"),
            until=msg("đến 90 ngày sau buổi học, rồi chỉ còn số đếm"),
            stays=msg("Số người dự và kết quả chung của buổi học, để xã đếm; không còn tên."),
            own=_names,
        ),
    ]


def rules() -> Sequence[Rule]:
    return [Rule("training_seats", DAYS, msg("sau buổi tập huấn, rồi chỉ còn số đếm"), _forget)]


async def _read_sessions(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await TrainingSession.filter(trainer_id=subject.person_id).order_by("id")
    return [Fact(msg("Mở buổi “{title}” lúc {at}"), {"title": row.title, "at": row.starts_at}) for row in rows]


async def _erase_sessions(subject: Subject) -> None:
    if subject.person_id is not None:
        await TrainingSession.filter(trainer_id=subject.person_id).update(trainer_id=None)


async def _read_seats(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await TrainingSeat.filter(person_id=subject.person_id).order_by("id").select_related("session")
    facts = []
    for row in rows:
        answered = await TrainingAnswer.filter(seat_id=row.id).count()
        one = row.session
        values: Values = {"title": one.title, "at": one.starts_at, "name": row.name or "–", "count": answered}
        facts.append(Fact(msg("Buổi “{title}” lúc {at}, tên trong danh sách: {name}, {count} câu trả lời"), values))
    return facts


async def _names(subject: Subject) -> Sequence[str]:
    rows = [] if subject.person_id is None else await TrainingSeat.filter(person_id=subject.person_id)
    return [row.name for row in rows]


async def _erase_seats(subject: Subject) -> None:
    if subject.person_id is not None:
        await TrainingSeat.filter(person_id=subject.person_id).update(person_id=None, name="")


async def _forget(before: datetime, now: datetime) -> int:
    old = [row.id for row in await TrainingSession.filter(starts_at__lt=before)]
    known = Q(person_id__isnull=False) | ~Q(name="")
    return await TrainingSeat.filter(known, session_id__in=old).update(person_id=None, name="")
