"""What a unit has reported of a period: who told each figure and when, and what still waits for a signature."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.storage.checkins import Answer, Figure

from . import answers
from .answers import Body
from .periods import Period


@dataclass(frozen=True, slots=True)
class Report:
    """Figures that came together. `by` and `name` are None and "" where nobody is known (any more)."""

    by: int | None
    name: str
    at: datetime
    indicators: tuple[str, ...]


async def reports(unit_id: int, periods: Sequence[str]) -> Mapping[str, Sequence[Report]]:
    """The figures that count, by period, the last told first; a period without any is left out."""
    rows = (
        await Figure.filter(unit_id=unit_id, period__in=periods, current=True)
        .order_by("-reported_at", "id")
        .values_list("period", "indicator", "reported_by_id", "reported_by__name", "reported_at")
    )
    together: defaultdict[tuple[str, int | None, str, datetime], list[str]] = defaultdict(list)
    for period, indicator, by, name, at in rows:
        together[period, by, name or "", at].append(indicator)
    found: defaultdict[str, list[Report]] = defaultdict(list)
    for (period, by, name, at), indicators in together.items():
        found[period].append(Report(by, name, at, tuple(indicators)))
    return found


async def notes(unit_id: int, periods: Sequence[str]) -> Mapping[tuple[str, str], str]:
    """What was said beside a figure, by (period, indicator): of its versions the newest that says something."""
    rows = Figure.filter(unit_id=unit_id, period__in=periods, answer__isnull=False).order_by("version")
    told = await rows.values_list("period", "indicator", "answer")
    said = await _said({answer for _, _, answer in told})
    return {(period, indicator): said[answer] for period, indicator, answer in told if answer in said}


async def last_notes(unit_id: int, of: Period) -> Mapping[str, str]:
    """What was said last beside a figure that ends within a period, by indicator."""
    rows = Figure.filter(unit_id=unit_id, ends_on__gte=of.first, ends_on__lte=of.last, answer__isnull=False)
    told = await rows.order_by("ends_on", "version").values_list("indicator", "answer")
    said = await _said({answer for _, answer in told})
    return {indicator: said[answer] for indicator, answer in told if answer in said}


async def drop_note(answer: answers.Answer) -> bool:
    """No note stands beside these figures any more, inside the caller's transaction; False when there was none."""
    ids = {answer.id}
    for line in answer.body.lines:
        versions = Figure.filter(unit_id=line.unit_id, indicator=line.indicator, period=line.period)
        ids |= {number for (number,) in await versions.filter(answer__isnull=False).values_list("answer")}
    noted = [one for one in [await answers.get(number) for number in sorted(ids)] if one is not None and one.body.note]
    return bool([await answers.annotate(one, "") for one in noted])


async def _said(ids: Collection[int]) -> Mapping[int, str]:
    rows = await Answer.filter(id__in=ids).values_list("id", "body")
    found = ((number, Body.model_validate_json(body).note) for number, body in rows)
    return {number: note for number, note in found if note}


async def proposed(unit_id: int) -> frozenset[tuple[str, str]]:
    """(period, indicator) of what members handed in and the leader has not signed yet."""
    rows = await Answer.filter(unit_id=unit_id, state="proposed")
    lines = [line for row in rows for line in Body.model_validate_json(row.body).lines]
    return frozenset((line.period, line.indicator) for line in lines if line.unit_id == unit_id)
