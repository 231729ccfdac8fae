"""Personal data in check-ins. Figures stay when the person is erased, without the link to who reported them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from bot.features.jobs import temporary_files
from bot.features.privacy.personal_table import Fact, PersonalTable, Subject, Values
from bot.i18n import msg
from bot.storage.tables.checkins import Answer, Figure

from .answers import AnswerBody
from .sent import count


def personal_tables() -> list[PersonalTable]:
    """Return one personal table for each table that names people."""
    return [
        PersonalTable(
            "figures",
            msg("Số liệu đã báo"),
            _read_figures,
            _erase_figures,
            why=msg("biết hỏi lại ai khi số có chỗ lạ"),
            until=msg("lâu như báo cáo của xã"),
            stays=msg("Số liệu bác đã báo cho thôn, vì báo cáo của xã tính từ đó; không còn ghi ai báo."),
        ),
        PersonalTable(
            "answers",
            msg("Tin báo cáo"),
            _read_answers,
            _erase_answers,
            why=msg("cán bộ xem lại lời ghi và ảnh khi cần"),
            until=msg("lâu như báo cáo; ảnh thì một năm"),
            own=_notes,
        ),
    ]


def _known(erase: Callable[[int], Awaitable[None]]) -> Callable[[Subject], Awaitable[None]]:
    async def of(subject: Subject) -> None:
        if subject.person_id is not None:
            await erase(subject.person_id)

    return of


async def _read_figures(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    own = Figure.filter(reported_by_id=subject.person_id).order_by("reported_at")
    count, first = await own.count(), await own.first()
    values: Values = {} if first is None else {"count": count, "at": first.reported_at}
    return [Fact(msg("Đã báo {count} số liệu của thôn, từ {at}"), values)] if values else []


@_known
async def _erase_figures(person_id: int) -> None:
    await Figure.filter(reported_by_id=person_id).update(reported_by_id=None)


async def _read_answers(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await Answer.filter(author_id=subject.person_id).order_by("id")
    return [fact for row in rows for fact in _told(row.created_at, AnswerBody.model_validate_json(row.body))]


def _told(at: datetime, body: AnswerBody) -> list[Fact]:
    fact = Fact(msg("Tin báo cáo lúc {at}"), {"at": at})
    if body.note:
        fact = Fact(msg("Tin báo cáo lúc {at}, ghi chú: {note}"), {"at": at, "note": body.note})
    photos = len(body.photos) + count(body.sent)
    return [fact, *(Fact(msg("Ảnh kèm tin báo cáo lúc {at}"), {"at": at}) for _ in range(photos))]


async def _notes(subject: Subject) -> Sequence[str]:
    rows = [] if subject.person_id is None else await Answer.filter(author_id=subject.person_id)
    return [AnswerBody.model_validate_json(row.body).note for row in rows]


@_known
async def _erase_answers(person_id: int) -> None:
    for row in await Answer.filter(author_id=person_id):
        for media in AnswerBody.model_validate_json(row.body).photos:
            await temporary_files.drop(media, row.created_at)
    await Answer.filter(author_id=person_id).delete()
