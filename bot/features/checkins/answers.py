"""Pending answers: the reported figures, their effect on the totals, and the doubts that have to be settled first.

Nothing of it is a figure until it is confirmed. Each view is computed anew from the figures as they stand, so two
people who answer at once never overwrite one another: the second one is shown the current figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct
from pydantic import BaseModel, ConfigDict

from bot.core.lean.values import replace
from bot.features.calendar.periods import CutOff, Period, period
from bot.storage.prepared import marks, row_of
from bot.storage.sql import Row as SqlRow
from bot.storage.sql import asked, moment_or_none, must_find, whole
from bot.storage.tables.checkins import Answer as Row

from .background import Background, background
from .model import GIVEN, FigureEntry, Indicator, Sign
from .reading import values
from .reading.values import NewFigure, Source, Value
from .sent import SentPhotos

Doubt = Literal["part", "sign", "whole", "over", "falling", "jump"]
"""`part`: what was said to be the whole is not what the village has, as in 15 of 20 households visited."""
State = Literal["waiting", "proposed", "done", "cancelled"]
_JUMP = 3
LONGEST_NOTE = 500


class FigureLine(BaseModel, defer_build=True):
    """One figure of an answer, as stored. `sure` are the doubts that the person has put aside."""

    model_config = ConfigDict(frozen=True)

    indicator: str
    unit_id: int
    period: str
    sign: Sign
    value: Decimal
    out_of: Decimal | None = None
    added: Decimal | None = None
    sure: tuple[Doubt, ...] = ()


class AnswerBody(BaseModel, defer_build=True):
    """`bases` are the versions that the lines replace, as shown at the last read-back, to notice changes since.

    `note` is what the reporter says beside the figures: one for all of them. `photos` are names of the media store.
    `sent` are photos that become some of these once the figures count; they are fetched then.
    """

    model_config = ConfigDict(frozen=True)

    lines: tuple[FigureLine, ...] = ()
    difficulties: tuple[str, ...] = ()
    bases: tuple[int, ...] = ()
    source: Source = "chat"
    note: str = ""
    photos: tuple[str, ...] = ()
    sent: tuple[SentPhotos, ...] = ()


class Answer(Struct, frozen=True):
    id: int
    unit_id: int
    state: State
    version: int
    body: AnswerBody
    author_id: int | None
    done_at: datetime | None


class ShownLine(Struct, frozen=True):
    """A line with what it means: `total` after it, `step` what it adds, `whole` its denominator.

    `again`: the same number as in the two periods before.
    """

    line: FigureLine
    indicator: Indicator
    period: Period
    base: int
    before: Decimal | None
    total: Decimal
    step: Decimal | None
    whole: Decimal | None
    target: Decimal | None
    doubt: Doubt | None = None
    again: bool = False

    @property
    def share(self) -> Decimal | None:
        """Percent of the denominator."""
        return None if not self.whole else self.total * 100 / self.whole

    @property
    def new(self) -> NewFigure:
        out_of = self.whole if self.indicator.denominator == GIVEN else None
        return NewFigure(self.line.unit_id, self.line.indicator, self.period, self.total, out_of, self.base)


class Review(Struct, frozen=True):
    shown: tuple[ShownLine, ...]
    bases: tuple[int, ...] = ()

    @property
    def doubt(self) -> tuple[int, ShownLine] | None:
        """The first line that has to be asked about, and its number."""
        return next(((at, one) for at, one in enumerate(self.shown) if one.doubt is not None), None)


def line_of(entry: FigureEntry, unit_id: int, of: Period) -> FigureLine:
    return FigureLine(
        indicator=entry.indicator,
        unit_id=unit_id,
        period=of.name,
        sign=entry.sign,
        value=entry.value,
        out_of=entry.out_of,
        added=entry.added,
    )


def merged(old: Iterable[FigureLine], new: Iterable[FigureLine]) -> tuple[FigureLine, ...]:
    """Merge lines: a later line replaces an earlier one of the same indicator, village and period."""
    lines = {(one.indicator, one.unit_id, one.period): one for one in old}
    lines.update({(one.indicator, one.unit_id, one.period): one for one in new})
    return tuple(lines.values())


async def review(lines: Sequence[FigureLine], indicators: Sequence[Indicator], cut_off: CutOff) -> Review:
    """Return the effect that the lines would have on the figures as they stand now."""
    by_code = {one.code: one for one in indicators}
    around: dict[str, Background] = {}
    for name in dict.fromkeys(one.period for one in lines):
        mine = [one for one in lines if one.period == name]
        counted = {by_code[one.indicator] for one in mine}
        around[name] = await background(period(name, cut_off), {one.unit_id for one in mine}, counted)
    shown = [_show(line, by_code[line.indicator], around[line.period], cut_off) for line in lines]
    return Review(tuple(shown), tuple(one.base for one in shown))


def _show(line: FigureLine, indicator: Indicator, around: Background, cut_off: CutOff) -> ShownLine:
    of, place = around.period, (indicator.code, line.unit_id)
    held = around.held(*place)
    before = held if indicator.sums else around.latest(*place)
    past = around.past(*place)
    usual = values.usual_step(past, sums=indicator.sums)
    counted = around.counted(indicator, line.unit_id)
    is_part = line.out_of is not None and counted is not None and line.out_of != counted
    whole = counted if is_part else line.out_of if line.out_of is not None else around.whole(indicator, line.unit_id)
    sign = _sign(line, indicator, before, usual, whole)
    old = None if before is None else before.value
    total = line.value if sign == "=" or old is None else old + line.value
    step = total if indicator.sums else None if old is None else total - old
    shown = ShownLine(
        line=line if sign is None else line.model_copy(update={"sign": sign}),
        indicator=indicator,
        period=of,
        base=0 if held is None else held.version,
        before=old,
        total=total,
        step=step,
        whole=whole,
        target=around.target(*place),
        again=values.would_repeat(total, past, of, cut_off),
    )
    return replace(shown, doubt="part" if is_part else _doubt(shown, sign, usual, before))


def _sign(
    line: FigureLine, indicator: Indicator, before: Value | None, usual: Decimal | None, whole: Decimal | None
) -> Sign | None:
    """Return the sign, guessed if it was not said and only one meaning is likely; None if the person has to say."""
    if line.sign != "?":
        return line.sign
    if before is None:
        return "="
    if indicator.sums or usual is None or usual <= 0:
        return None
    as_total = 0 <= line.value - before.value <= _JUMP * usual
    as_step = line.value <= _JUMP * usual and (whole is None or before.value + line.value <= whole)
    if as_total != as_step:
        return "=" if as_total else "+"
    return None


def _doubt(shown: ShownLine, sign: Sign | None, usual: Decimal | None, before: Value | None) -> Doubt | None:
    line, indicator = shown.line, shown.indicator
    if sign is None:
        return "sign"
    if indicator.denominator == GIVEN and shown.whole is None:
        return "whole"
    if shown.whole is not None and shown.total > shown.whole:
        return "over"
    if not indicator.sums and before is not None and shown.total < before.value and "falling" not in line.sure:
        return "falling"
    mismatch = line.added is not None and before is not None and before.value + line.added != shown.total
    jump = usual is not None and usual > 0 and shown.step is not None and shown.step > _JUMP * usual
    return "jump" if (jump or mismatch) and "jump" not in line.sure else None


def settled(line: FigureLine, asked: Doubt | None, choice: str) -> FigureLine | None:
    """Return a line after the answer to its doubt: plus, total, sure or leave; None for one that is left out."""
    if choice == "leave":
        return None
    if choice in ("plus", "total"):
        out_of = None if asked == "part" else line.out_of
        return line.model_copy(update={"sign": "+" if choice == "plus" else "=", "out_of": out_of})
    if asked in ("falling", "jump"):
        return line.model_copy(update={"sure": (*line.sure, asked)})
    return line


# Rows


async def begin(unit_id: int, body: AnswerBody, *, author: int | None, now: datetime) -> Answer:
    row = await Row.create(
        unit_id=unit_id, state="waiting", body=body.model_dump_json(), author_id=author, created_at=now
    )
    return _answer(row)


async def get(answer_id: int) -> Answer | None:
    row = await row_of(Row, "id = ?", [answer_id])
    return None if row is None else _answer(row)


async def change(answer: Answer, body: AnswerBody) -> Answer | None:
    """Replace the content of a pending answer; None if it is no longer as the caller saw it."""
    return await _move(answer, ("waiting", "proposed"), {"body": body.model_dump_json()})


async def rewrite(answer: Answer, body: AnswerBody) -> Answer:
    """Replace the content of a pending answer, inside the changes of an event.

    If it is no longer as the caller saw it, nothing is changed and the event is handled anew.
    """
    await must_find(
        "update answers set body = ?, version = version + 1 where id = ? and version = ?"
        " and state in ('waiting', 'proposed') returning id",
        [body.model_dump_json(), answer.id, answer.version],
    )
    return replace(answer, body=body, version=answer.version + 1)


async def annotate(answer: Answer, note: str) -> Answer | None:
    """Replace the note ("" for none) beside figures that count.

    None if the answer is no longer as the caller saw it.
    """
    return await _move(answer, ("done",), {"body": _body(answer, note=note)})


async def illustrate(answer: Answer, photos: tuple[str, ...]) -> Answer | None:
    """Replace the photos beside figures that count; None if the answer is no longer as the caller saw it."""
    return await _move(answer, ("done",), {"body": _body(answer, photos=photos)})


async def last_of(author: int) -> Answer | None:
    """Return the last report of an author that counts."""
    row = await Row.filter(author_id=author, state="done").order_by("-id").first()
    return None if row is None else _answer(row)


async def waiting_of(author: int) -> Answer | None:
    """Return the last report of an author that waits."""
    row = await Row.filter(author_id=author, state="waiting").order_by("-id").first()
    return None if row is None else _answer(row)


async def illustrated(author: int, since: datetime, most: int) -> list[Answer]:
    """List the reports of an author that count and have photos, the last first."""
    rows = Row.filter(author_id=author, state="done", done_at__gt=since, body__contains='"photos":["')
    return [_answer(row) for row in await rows.order_by("-id").limit(most)]


async def propose(answer: Answer) -> Answer | None:
    """Propose a member's confirmed answer to the leader, who has to sign it off."""
    return await _move(answer, ("waiting",), {"state": "proposed"})


async def cancel(answer: Answer, now: datetime) -> Answer | None:
    return await _move(
        answer, ("waiting", "proposed"), {"state": "cancelled", "done_at": now, "body": _body(answer, sent=())}
    )


async def confirm(answer: Answer, looked: Review, *, by: int | None, now: datetime) -> Answer | None:
    """Write the figures, inside the caller's transaction; None if another person was faster with this very answer.

    The photos that were sent are removed from the answer: the caller has them fetched. Raises `values.Changed` if a
    figure is no longer the one that was read back.
    """
    done = await _move(
        answer, ("waiting", "proposed"), {"state": "done", "done_at": now, "body": _body(answer, sent=())}
    )
    if done is None:
        return None
    if looked.bases != answer.body.bases:
        raise values.Changed
    await values.write([one.new for one in looked.shown], source=answer.body.source, by=by, now=now, answer=answer.id)
    return done


def _body(answer: Answer, **new: str | tuple[str, ...]) -> str:
    return answer.body.model_copy(update=new).model_dump_json()


async def _move(answer: Answer, states: Sequence[State], new: dict[str, str | datetime]) -> Answer | None:
    """Update the answer with one conditional UPDATE, so that the first of concurrent callers wins.

    None for the others.
    """
    columns = ", ".join(f"{column} = ?" for column in new)
    moved = await asked(
        f"update answers set {columns}, version = version + 1 where id = ? and version = ?"
        f" and state in ({marks(len(states))}) returning id, unit_id, state, version, body, author_id, done_at",
        [*new.values(), answer.id, answer.version, *states],
    )
    return _of_row(moved[0]) if moved else None


def _answer(row: Row) -> Answer:
    unit_id = row.key_of("unit")
    author = row.key_or_none("author")
    state: State = row.state  # type: ignore[assignment]  # written by this module alone
    return Answer(row.id, unit_id, state, row.version, AnswerBody.model_validate_json(row.body), author, row.done_at)


def _of_row(row: SqlRow) -> Answer:
    state: State = str(row["state"])  # type: ignore[assignment]  # written by this module alone
    return Answer(
        whole(row["id"]),
        whole(row["unit_id"]),
        state,
        whole(row["version"]),
        AnswerBody.model_validate_json(str(row["body"])),
        None if row["author_id"] is None else whole(row["author_id"]),
        moment_or_none(row["done_at"]),
    )
