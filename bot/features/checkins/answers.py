"""An answer on its way: what somebody reported, what it would make of the totals, and what has to be asked first.

Nothing of it is a figure until it is confirmed. Every look at it computes anew from the figures as they stand, so two
people who answer at once never overwrite one another: the second one is shown what is there now.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.features import units
from bot.storage.checkins import Answer as Row

from . import targets, values
from .model import ADULTS, GIVEN, HOUSEHOLDS, Entry, Indicator, Sign
from .periods import CutOff, Period, period
from .sent import Sent
from .values import New, Source, Value

Doubt = Literal["part", "sign", "whole", "over", "falling", "jump"]
"""`part`: what was said to be the whole is not what the village has, as in 15 of 20 households visited."""
State = Literal["waiting", "proposed", "done", "cancelled"]
_JUMP = 3
LONGEST_NOTE = 500


class Line(BaseModel):
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


class Body(BaseModel):
    """`bases` are the versions that the lines replace, as shown at the last read-back, to notice changes since.

    `note` is what the reporter says beside the figures: one for all of them. `photos` are names of the media store.
    `sent` are photos that become some of these once the figures count; they are fetched then.
    """

    model_config = ConfigDict(frozen=True)

    lines: tuple[Line, ...] = ()
    difficulties: tuple[str, ...] = ()
    bases: tuple[int, ...] = ()
    source: Source = "chat"
    note: str = ""
    photos: tuple[str, ...] = ()
    sent: tuple[Sent, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    id: int
    unit_id: int
    state: State
    version: int
    body: Body
    author_id: int | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A line with what it means: `total` after it, `step` what it adds, `whole` its denominator.

    `again`: the same number as in the two periods before.
    """

    line: Line
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
    def new(self) -> New:
        out_of = self.whole if self.indicator.denominator == GIVEN else None
        return New(self.line.unit_id, self.line.indicator, self.period, self.total, out_of, self.base)


@dataclass(frozen=True, slots=True)
class Review:
    shown: tuple[Shown, ...]
    bases: tuple[int, ...] = field(default=())

    @property
    def doubt(self) -> tuple[int, Shown] | None:
        """The first line that has to be asked about, and its number."""
        return next(((at, one) for at, one in enumerate(self.shown) if one.doubt is not None), None)


def line_of(entry: Entry, unit_id: int, of: Period) -> Line:
    return Line(
        indicator=entry.indicator,
        unit_id=unit_id,
        period=of.name,
        sign=entry.sign,
        value=entry.value,
        out_of=entry.out_of,
        added=entry.added,
    )


def merged(old: Iterable[Line], new: Iterable[Line]) -> tuple[Line, ...]:
    """Later lines replace earlier ones of the same indicator, village and period."""
    lines = {(one.indicator, one.unit_id, one.period): one for one in old}
    lines.update({(one.indicator, one.unit_id, one.period): one for one in new})
    return tuple(lines.values())


async def review(lines: Sequence[Line], indicators: Sequence[Indicator], cut_off: CutOff) -> Review:
    """What the lines would make of the figures as they stand now."""
    by_code = {one.code: one for one in indicators}
    shown = [await _show(line, by_code[line.indicator], period(line.period, cut_off), cut_off) for line in lines]
    return Review(tuple(shown), tuple(one.base for one in shown))


async def _show(line: Line, indicator: Indicator, of: Period, cut_off: CutOff) -> Shown:
    held = (await values.of_period(line.unit_id, of.name)).get(indicator.code)
    before = held if indicator.sums else await values.latest(line.unit_id, indicator.code, of.last)
    past = await values.past(line.unit_id, indicator.code, of.first)
    usual = values.usual_step(past, sums=indicator.sums)
    whole = await _whole(line, indicator, of, held)
    counted = await _counted(line, indicator, of)
    is_part = line.out_of is not None and counted is not None and line.out_of != counted
    whole = counted if is_part else whole
    sign = _sign(line, indicator, before, usual, whole)
    old = None if before is None else before.value
    total = line.value if sign == "=" or old is None else old + line.value
    step = total if indicator.sums else None if old is None else total - old
    target = await targets.find(line.unit_id, indicator.code, of.name)
    shown = Shown(
        line=line if sign is None else line.model_copy(update={"sign": sign}),
        indicator=indicator,
        period=of,
        base=0 if held is None else held.version,
        before=old,
        total=total,
        step=step,
        whole=whole,
        target=None if target is None else target.value,
        again=values.would_repeat(total, past, of, cut_off),
    )
    return replace(shown, doubt="part" if is_part else _doubt(shown, sign, usual, before))


def _sign(
    line: Line, indicator: Indicator, before: Value | None, usual: Decimal | None, whole: Decimal | None
) -> Sign | None:
    """What an unsaid sign means when only one meaning is likely; None when the person has to say."""
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


def _doubt(shown: Shown, sign: Sign | None, usual: Decimal | None, before: Value | None) -> Doubt | None:
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


async def _whole(line: Line, indicator: Indicator, of: Period, held: Value | None) -> Decimal | None:
    """The denominator that holds for the period."""
    if line.out_of is not None:
        return line.out_of
    if indicator.denominator == GIVEN:
        return None if held is None else held.out_of
    if indicator.denominator and indicator.denominator not in (HOUSEHOLDS, ADULTS):
        other = await values.latest(line.unit_id, indicator.denominator, of.last)
        return None if other is None else other.value
    return await _counted(line, indicator, of)


async def _counted(line: Line, indicator: Indicator, of: Period) -> Decimal | None:
    """The households or adults of the village, where the indicator is a part of these."""
    if indicator.denominator not in (HOUSEHOLDS, ADULTS):
        return None
    size = await units.size(line.unit_id, of.last)
    count = None if size is None else size.households if indicator.denominator == HOUSEHOLDS else size.adults
    return None if count is None else Decimal(count)


# Rows


async def begin(unit_id: int, body: Body, *, author: int | None, now: datetime) -> Answer:
    row = await Row.create(
        unit_id=unit_id, state="waiting", body=body.model_dump_json(), author_id=author, created_at=now
    )
    return _answer(row)


async def get(answer_id: int) -> Answer | None:
    row = await Row.get_or_none(id=answer_id)
    return None if row is None else _answer(row)


async def change(answer: Answer, body: Body) -> Answer | None:
    """New content for an answer that waits; None when it is no longer what the caller saw."""
    return await _move(answer, ("waiting", "proposed"), {"body": body.model_dump_json()})


async def annotate(answer: Answer, note: str) -> Answer | None:
    """Another note, "" for none, beside figures that count; None when it is no longer what the caller saw."""
    return await _move(answer, ("done",), {"body": _body(answer, note=note)})


async def illustrate(answer: Answer, photos: tuple[str, ...]) -> Answer | None:
    """Other photos beside figures that count; None when it is no longer what the caller saw."""
    return await _move(answer, ("done",), {"body": _body(answer, photos=photos)})


async def last_of(author: int) -> Answer | None:
    """What somebody reported last, of what counts."""
    row = await Row.filter(author_id=author, state="done").order_by("-id").first()
    return None if row is None else _answer(row)


async def illustrated(author: int, since: datetime, most: int) -> list[Answer]:
    """What somebody reported with photos, of what counts, the last first."""
    rows = Row.filter(author_id=author, state="done", done_at__gt=since, body__contains='"photos":["')
    return [_answer(row) for row in await rows.order_by("-id").limit(most)]


async def propose(answer: Answer) -> Answer | None:
    """A member confirmed; the leader has to sign off."""
    return await _move(answer, ("waiting",), {"state": "proposed"})


async def cancel(answer: Answer, now: datetime) -> Answer | None:
    return await _move(
        answer, ("waiting", "proposed"), {"state": "cancelled", "done_at": now, "body": _body(answer, sent=())}
    )


async def confirm(answer: Answer, looked: Review, *, by: int | None, now: datetime) -> Answer | None:
    """Make the figures, inside the caller's transaction; None when somebody was faster with this very answer.

    The photos that were sent are no part of it any more: the caller has them fetched. Raises `values.Changed` when a
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
    """One conditional UPDATE decides who was first."""
    held = Row.filter(id=answer.id, version=answer.version, state__in=states)
    if not await held.update(**new, version=answer.version + 1):
        return None
    return await get(answer.id)


def _answer(row: Row) -> Answer:
    unit_id: int = getattr(row, "unit_id")  # noqa: B009 - made at run time, where no type checker sees it
    author: int | None = getattr(row, "author_id")  # noqa: B009
    state: State = row.state  # type: ignore[assignment]  # written by this module alone
    return Answer(row.id, unit_id, state, row.version, Body.model_validate_json(row.body), author, row.done_at)
