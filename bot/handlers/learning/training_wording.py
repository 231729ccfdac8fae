"""A training session in words: its heading, its counts, and what its trainer can do next."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import ReaderWords
from bot.core.messages import Button
from bot.core.text import Text, upper_first
from bot.features import units
from bot.features.calendar.vietnam import VIETNAM
from bot.features.learning.answers import FEW
from bot.features.learning.seats import SeatResults, Side
from bot.features.learning.sessions import AUDIENCES, STATES, State, TrainingEvent
from bot.features.learning.training_actions import (
    CancelTraining,
    CountPresent,
    ListTraining,
    MoveTraining,
    OpenTraining,
    ShareTraining,
    TrainingFigures,
    TrainingFile,
)
from bot.i18n import msg, number, time_in_words, weekday_date

_ONWARD: dict[State, str] = {
    "planned": msg("Bắt đầu, mở câu hỏi đầu buổi"),
    "before": msg("Đóng câu hỏi, vào học"),
    "taught": msg("Dạy xong, mở câu hỏi cuối buổi"),
    "after": msg("Đóng buổi tập huấn"),
}


async def heading(ctx: ReaderWords, one: TrainingEvent) -> Text:
    """Return title, audience, time and place; the same for teachers and learners."""
    at, place = one.starts_at.astimezone(VIETNAM), await units.by_id(one.unit_id)
    return ctx.t(
        "**Buổi tập huấn “{title}”** ({state})\n{unit}, cho {audience}\nLúc {time}, {day}\nTại: {place}",
        title=one.title, state=ctx.word(STATES[one.state]), unit="" if place is None else upper_first(place.full_name),
        audience=ctx.word(AUDIENCES[one.audience]), time=time_in_words(at.time(), ctx.locale),
        day=weekday_date(at.date(), ctx.locale), place=one.place,
    )  # fmt: skip


def counts(ctx: ReaderWords, one: TrainingEvent, found: SeatResults) -> Sequence[Text]:
    present = ctx.word("chưa ghi") if one.present is None else str(one.present)
    lines = [
        ctx.t("Mã vào buổi: **{code}**", code=one.code) if one.live else Text(),
        ctx.t("Đã vào bằng điện thoại: {joined}. Người ngồi dự: {present}.", joined=found.joined, present=present),
    ]
    if one.questions:
        lines.append(
            ctx.t(
                "Trả lời hết {questions} câu: đầu buổi {before} người, cuối buổi {after} người.",
                questions=len(one.questions), before=found.before.people, after=found.after.people,
            )
        )  # fmt: skip
    if found.both_before.shown:
        lines.append(
            ctx.t(
                "Người trả lời cả hai lần đúng trung bình {before}% đầu buổi, {after}% cuối buổi.",
                before=_percent(ctx, found.both_before), after=_percent(ctx, found.both_after),
            )
        )  # fmt: skip
    elif found.before.shown:
        lines.append(ctx.t("Đầu buổi đúng trung bình {before}%.", before=_percent(ctx, found.before)))
    elif one.questions:
        lines.append(ctx.t("Dưới {few} người trả lời hết thì tôi không tính trung bình.", few=FEW))
    return [*(line for line in lines if line), *_by_question(ctx, one, found)]


def _by_question(ctx: ReaderWords, one: TrainingEvent, found: SeatResults) -> Sequence[Text]:
    if not found.before.shown and not found.after.shown:
        return []
    return [
        ctx.t(
            "• Câu {number}: đúng đầu buổi {before}, cuối buổi {after}",
            number=at + 1, before=_of(found.before, at), after=_of(found.after, at),
        )
        for at in range(len(one.questions))
    ]  # fmt: skip


def _of(side: Side, at: int) -> str:
    return f"{side.right[at]}/{side.people}" if side.shown else "–"


def _percent(ctx: ReaderWords, side: Side) -> str:
    return number(round(side.percent), ctx.locale)


def buttons(ctx: ReaderWords, one: TrainingEvent) -> list[Button]:
    found = []
    if one.live:
        found.append(Button.to(ctx.word(_ONWARD[one.state]), MoveTraining(one.id, one.version)))
        found.append(Button.to(ctx.word("Mã QR và tài liệu"), ShareTraining(one.id)))
    if one.state in ("before", "after"):
        found.append(Button.to(ctx.word("Xem lại số người"), OpenTraining(one.id)))
    if one.state != "cancelled":
        found.append(Button.to(ctx.word("Ghi số người dự"), CountPresent(one.id)))
    if one.state in ("taught", "after", "closed"):
        found.append(Button.to(ctx.word("Đưa vào số liệu"), TrainingFigures(one.id)))
        found.append(Button.to(ctx.word("Xuất Excel"), TrainingFile(one.id)))
    if one.live:
        found.append(Button.to(ctx.word("Hủy buổi"), CancelTraining(one.id, one.version, False)))
    return [*found, Button.to(ctx.word("Các buổi tập huấn"), ListTraining())]
