"""What check-ins keep of a person. Figures stay when the person is erased, without the link to who reported them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from tortoise.expressions import Q

from bot.features import passing
from bot.features.privacy.holding import Fact, Holding, Subject
from bot.i18n import msg
from bot.storage.checkins import Answer, Difficulty, Figure, Target, TargetPlan

from .answers import Body
from .sent import count


def holdings() -> list[Holding]:
    """One for each table that names people."""
    return [
        Holding("figures", msg("Số liệu đã báo"), _read_figures, _erase_figures),
        Holding("answers", msg("Tin báo cáo"), _read_answers, _erase_answers),
        Holding("difficulties", msg("Khó khăn"), _read_difficulties, _erase_difficulties),
        Holding("targets", msg("Chỉ tiêu"), _read_targets, _erase_targets),
        Holding("target_plans", msg("Dự thảo chỉ tiêu"), _read_plans, _erase_plans),
    ]


def _known(erase: Callable[[int], Awaitable[None]]) -> Callable[[Subject], Awaitable[None]]:
    async def of(subject: Subject) -> None:
        if subject.person_id is not None:
            await erase(subject.person_id)

    return of


async def _read_figures(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    count = await Figure.filter(reported_by_id=subject.person_id).count()
    return [Fact(msg("Đã báo {count} số liệu của thôn"), {"count": count})] if count else []


@_known
async def _erase_figures(person_id: int) -> None:
    await Figure.filter(reported_by_id=person_id).update(reported_by_id=None)


async def _read_answers(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await Answer.filter(author_id=subject.person_id).order_by("id")
    return [fact for row in rows for fact in _told(row.created_at, Body.model_validate_json(row.body))]


def _told(at: datetime, body: Body) -> list[Fact]:
    said = Fact(msg("Tin báo cáo lúc {at}"), {"at": at})
    if body.note:
        said = Fact(msg("Tin báo cáo lúc {at}, ghi chú: {note}"), {"at": at, "note": body.note})
    photos = len(body.photos) + count(body.sent)
    return [said, *(Fact(msg("Ảnh kèm tin báo cáo lúc {at}"), {"at": at}) for _ in range(photos))]


@_known
async def _erase_answers(person_id: int) -> None:
    for row in await Answer.filter(author_id=person_id):
        for media in Body.model_validate_json(row.body).photos:
            await passing.drop(media, row.created_at)
    await Answer.filter(author_id=person_id).delete()


async def _read_difficulties(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    mine = Q(reporter_id=subject.person_id) | Q(owner_id=subject.person_id)
    rows = await Difficulty.filter(mine).order_by("id")
    return [Fact(msg("Khó khăn lúc {at}: {text}"), {"at": row.created_at, "text": row.text}) for row in rows]


@_known
async def _erase_difficulties(person_id: int) -> None:
    await Difficulty.filter(reporter_id=person_id).update(reporter_id=None, text="")
    await Difficulty.filter(owner_id=person_id).update(owner_id=None)


async def _read_targets(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    count = await Target.filter(Q(set_by_id=subject.person_id) | Q(acknowledged_by_id=subject.person_id)).count()
    return [Fact(msg("Đã giao hoặc nhận {count} chỉ tiêu"), {"count": count})] if count else []


@_known
async def _erase_targets(person_id: int) -> None:
    await Target.filter(set_by_id=person_id).update(set_by_id=None)
    await Target.filter(acknowledged_by_id=person_id).update(acknowledged_by_id=None)


async def _read_plans(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await TargetPlan.filter(author_id=subject.person_id).order_by("id")
    return [Fact(msg("Dự thảo chỉ tiêu lúc {at}"), {"at": row.created_at}) for row in rows]


@_known
async def _erase_plans(person_id: int) -> None:
    await TargetPlan.filter(author_id=person_id, state__in=["draft", "cancelled"]).delete()
    await TargetPlan.filter(author_id=person_id).update(author_id=None)
