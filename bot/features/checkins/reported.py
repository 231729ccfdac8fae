"""The reports of a unit on a period: who told each figure and when, and which still wait for a signature."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct
from tortoise.expressions import Subquery

from bot.features.at_once import at_once
from bot.features.calendar.periods import Period
from bot.storage.sql import asked, moment
from bot.storage.tables.checkins import Answer, Figure

from . import answers
from .answers import AnswerBody
from .reading.values import unscaled


class FigureReport(Struct, frozen=True):
    """Figures that came together. `by` and `name` are None and "" where nobody is known (any more)."""

    by: int | None
    name: str
    at: datetime
    indicators: tuple[str, ...]


async def reports(unit_id: int, periods: Sequence[str]) -> Mapping[str, Sequence[FigureReport]]:
    """Return the figures that count, by period, the last told first; a period without any is left out."""
    rows = (
        await Figure.filter(unit_id=unit_id, period__in=periods, current=True)
        .order_by("-reported_at", "id")
        .values_list("period", "indicator", "reported_by_id", "reported_by__name", "reported_at")
    )
    together: defaultdict[tuple[str, int | None, str, datetime], list[str]] = defaultdict(list)
    for period, indicator, by, name, at in rows:
        together[period, by, name or "", at].append(indicator)
    found: defaultdict[str, list[FigureReport]] = defaultdict(list)
    for (period, by, name, at), indicators in together.items():
        found[period].append(FigureReport(by, name, at, tuple(indicators)))
    return found


class PeriodReported(Struct, frozen=True):
    """How many figures somebody told for a unit and a period, and when last."""

    unit_id: int
    period: str
    figures: int
    at: datetime


async def of_reporter(person_id: int, unit_ids: Collection[int], most: int) -> Sequence[PeriodReported]:
    """Return what somebody told of these units and still counts, the last first."""
    rows = await asked(
        "select unit_id, period, count(*) as figures, max(reported_at) as at from figures"
        f" where reported_by_id = ? and current = ? and unit_id in ({', '.join('?' * len(unit_ids)) or 'null'})"
        " group by unit_id, period order by max(reported_at) desc, unit_id, period limit ?",
        [person_id, True, *unit_ids, most],
    )
    return [
        PeriodReported(int(str(row["unit_id"])), str(row["period"]), int(str(row["figures"])), moment(row["at"]))
        for row in rows
    ]


class FigureVersion(Struct, frozen=True):
    """A value that was told for a period; a later version replaced the ones before it. `name` "" as in FigureReport."""

    version: int
    value: Decimal
    out_of: Decimal | None
    name: str
    at: datetime
    current: bool


async def versions(
    unit_ids: Collection[int], codes: Collection[str], period: str
) -> Mapping[tuple[str, int], Sequence[FigureVersion]]:
    """Return all that was told of these indicators for a period, by indicator and unit, the first version first."""
    rows = (
        await Figure.filter(unit_id__in=unit_ids, indicator__in=codes, period=period)
        .order_by("version")
        .values_list(
            "indicator", "unit_id", "version", "value", "out_of", "reported_by__name", "reported_at", "current"
        )
    )
    found: defaultdict[tuple[str, int], list[FigureVersion]] = defaultdict(list)
    for indicator, unit_id, version, value, out_of, name, at, current in rows:
        whole = None if out_of is None else unscaled(out_of)
        found[indicator, unit_id].append(FigureVersion(version, unscaled(value), whole, name or "", at, current))
    return found


async def notes(unit_id: int, periods: Sequence[str]) -> Mapping[tuple[str, str], str]:
    """Return the notes beside figures, by (period, indicator): of a figure's versions the newest that has a note."""
    rows = Figure.filter(unit_id=unit_id, period__in=periods, answer__isnull=False).order_by("version")
    bodies = Answer.filter(id__in=Subquery(rows.values("answer")))
    told, known = await at_once(rows.values_list("period", "indicator", "answer"), bodies.values_list("id", "body"))
    texts = _notes_in(known)
    return {(period, indicator): texts[answer] for period, indicator, answer in told if answer in texts}


async def last_notes(unit_id: int, of: Period) -> Mapping[str, str]:
    """Return, by indicator, the last note beside a figure that ends within a period."""
    rows = Figure.filter(unit_id=unit_id, ends_on__gte=of.first, ends_on__lte=of.last, answer__isnull=False)
    told = await rows.order_by("ends_on", "version").values_list("indicator", "answer")
    texts = await _notes_of({answer for _, answer in told})
    return {indicator: texts[answer] for indicator, answer in told if answer in texts}


async def drop_note(answer: answers.Answer) -> bool:
    """Remove every note beside these figures, inside the caller's transaction; False if there was none."""
    ids = {answer.id}
    for line in answer.body.lines:
        versions = Figure.filter(unit_id=line.unit_id, indicator=line.indicator, period=line.period)
        ids |= {number for (number,) in await versions.filter(answer__isnull=False).values_list("answer")}
    noted = [one for one in [await answers.get(number) for number in sorted(ids)] if one is not None and one.body.note]
    return bool([await answers.annotate(one, "") for one in noted])


async def _notes_of(ids: Collection[int]) -> Mapping[int, str]:
    return _notes_in(await Answer.filter(id__in=ids).values_list("id", "body"))


def _notes_in(rows: Iterable[tuple[int, str]]) -> Mapping[int, str]:
    found = ((number, AnswerBody.model_validate_json(body).note) for number, body in rows)
    return {number: note for number, note in found if note}


async def proposed(unit_id: int) -> frozenset[tuple[str, str]]:
    """Return each (period, indicator) that members handed in and the leader has not signed yet."""
    rows = await Answer.filter(unit_id=unit_id, state="proposed")
    lines = [line for row in rows for line in AnswerBody.model_validate_json(row.body).lines]
    return frozenset((line.period, line.indicator) for line in lines if line.unit_id == unit_id)
