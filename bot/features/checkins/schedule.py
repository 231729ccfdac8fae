"""The times at which a round opens, reminds and closes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct

from bot.features.calendar.periods import Period, PeriodKind, due, is_off, is_working
from bot.features.calendar.vietnam import moment, today

StepKind = Literal["remind", "deputy", "close"]
MORNING = time(8)
MOST_REMINDERS = 3
EARLIEST, LATEST = 6 * 60, 20 * 60 + 30
"""Reminders go out between these minutes after midnight."""
_OPEN_DAYS: Mapping[PeriodKind, int] = {"week": 2, "month": 5, "quarter": 10, "half": 15, "year": 20}


class RoundStep(Struct, frozen=True):
    at: datetime
    kind: StepKind


def opens(of: Period) -> datetime:
    """Return when the villages are asked for a period, UTC."""
    day = today(due(of)) - timedelta(days=_OPEN_DAYS[of.kind])
    while not is_working(day) and day > of.first:
        day -= timedelta(days=1)
    return moment(day, MORNING)


def steps(due_at: datetime, reminders: int, remind_at: int) -> list[RoundStep]:
    """Plan reminders in the evenings before the due day, the deputy in the evening of it, closing the next morning.

    `remind_at` is minutes after midnight.
    """
    due_day = today(due_at)
    evening = time(remind_at // 60, remind_at % 60)
    evenings: list[date] = []
    day = due_day
    while len(evenings) < reminders and (due_day - day).days < 14:
        day -= timedelta(days=1)
        if not is_off(day):
            evenings.append(day)
    closing = due_day + timedelta(days=1)
    while not is_working(closing):
        closing += timedelta(days=1)
    return [
        *(RoundStep(moment(one, evening), "remind") for one in sorted(evenings)),
        RoundStep(moment(due_day, evening), "deputy"),
        RoundStep(moment(closing, MORNING), "close"),
    ]
