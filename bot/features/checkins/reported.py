"""What a unit has reported of a period: who told each figure and when, and what still waits for a signature."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.storage.checkins import Answer, Figure

from .answers import Body


@dataclass(frozen=True, slots=True)
class Report:
    """Figures that came together. `by` and `name` are None and "" where nobody is known (any more)."""

    by: int | None
    name: str
    at: datetime
    indicators: tuple[str, ...]


async def reports(unit_id: int, periods: Sequence[str]) -> Mapping[str, Sequence[Report]]:
    """The figures that count, by period, the first told first; a period without any is left out."""
    rows = (
        await Figure.filter(unit_id=unit_id, period__in=periods, current=True)
        .order_by("reported_at", "id")
        .values_list("period", "indicator", "reported_by_id", "reported_by__name", "reported_at")
    )
    together: defaultdict[tuple[str, int | None, str, datetime], list[str]] = defaultdict(list)
    for period, indicator, by, name, at in rows:
        together[period, by, name or "", at].append(indicator)
    found: defaultdict[str, list[Report]] = defaultdict(list)
    for (period, by, name, at), indicators in together.items():
        found[period].append(Report(by, name, at, tuple(indicators)))
    return found


async def proposed(unit_id: int) -> frozenset[tuple[str, str]]:
    """(period, indicator) of what members handed in and the leader has not signed yet."""
    rows = await Answer.filter(unit_id=unit_id, state="proposed")
    lines = [line for row in rows for line in Body.model_validate_json(row.body).lines]
    return frozenset((line.period, line.indicator) for line in lines if line.unit_id == unit_id)
