"""Words and buttons about how urgent a difficulty is."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.context import Context
from bot.core.messages import Button
from bot.core.text import Text
from bot.features.calendar.vietnam import today
from bot.features.checkins.actions import GradeDifficulty
from bot.features.difficulties.difficulties import Difficulty
from bot.features.difficulties.grades import GRADES, LABELS, Grade
from bot.i18n import msg, short_date

URGENT = msg("⚠️ **Khó khăn cần ngay**, bác xem giúp:")
_SHOWN = 28


def graded(ctx: Context, one: Difficulty) -> Text:
    """Say how urgent the difficulty is, and by when there is an answer."""
    grade, due = ctx.word(GRADES[one.grade]), short_date(one.due_on, ctx.locale)
    return ctx.t("Khó khăn số {id} ghi là “{grade}”, hạn trả lời {due}.", id=one.id, grade=grade, due=due)


def noted(ctx: Context, one: Difficulty) -> Text:
    """Return the receipt of a difficulty: its number, its day, and by when there is an answer."""
    day, due = short_date(today(one.created_at), ctx.locale), short_date(one.due_on, ctx.locale)
    if one.grade == "normal":
        return ctx.t("Khó khăn số {id}, ghi ngày {day}, hạn trả lời {due}.", id=one.id, day=day, due=due)
    grade = ctx.word(GRADES[one.grade])
    return ctx.t(
        "Khó khăn số {id} ghi là “{grade}”, ghi ngày {day}, hạn trả lời {due}.",
        id=one.id,
        grade=grade,
        day=day,
        due=due,
    )


def choices(ctx: Context, one: Difficulty, *but: Grade) -> list[Button]:
    return [
        Button.to(ctx.word(LABELS[grade]), GradeDifficulty(one.id, one.grade, grade))
        for grade in GRADES
        if grade not in but
    ]


def how_urgent(ctx: Context, raised: Sequence[Difficulty]) -> tuple[list[Text], list[Button]]:
    """Return receipts of new difficulties and the question how urgent they are, unless their words said so."""
    lines = [noted(ctx, one) for one in raised]
    open_ = [one for one in raised if one.grade == "normal"]
    if len(open_) == 1:
        asked = ctx.t("Việc này gấp đến đâu? Bác không chọn thì tôi ghi là bình thường.")
        return [*lines, asked], choices(ctx, open_[0])
    if not open_:
        return lines, []
    most: Grade = "urgent"
    label = LABELS[most]
    buttons = [
        Button.to(f"{ctx.word(label)}: {one.text[:_SHOWN]}", GradeDifficulty(one.id, one.grade, most)) for one in open_
    ]
    return [*lines, ctx.t("Có việc nào cần ngay thì bác chọn việc ấy.")], buttons
