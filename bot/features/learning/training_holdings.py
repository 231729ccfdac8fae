"""What training sessions keep of a person. The counts stay when the person is gone, without the link."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tortoise.expressions import Q

from bot.features.privacy.holding import Fact, Holding, Subject, Values
from bot.features.privacy.retention import Rule
from bot.i18n import msg
from bot.storage.training import TrainingAnswer, TrainingSeat, TrainingSession

DAYS = 90


def holdings() -> list[Holding]:
    return [
        Holding("training_sessions", msg("Buổi tập huấn đã mở"), _read_sessions, _erase_sessions),
        Holding("training_seats", msg("Buổi tập huấn đã dự"), _read_seats, _erase_seats),
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


async def _erase_seats(subject: Subject) -> None:
    if subject.person_id is not None:
        await TrainingSeat.filter(person_id=subject.person_id).update(person_id=None, name="")


async def _forget(before: datetime, now: datetime) -> int:
    old = [row.id for row in await TrainingSession.filter(starts_at__lt=before)]
    known = Q(person_id__isnull=False) | ~Q(name="")
    return await TrainingSeat.filter(known, session_id__in=old).update(person_id=None, name="")
