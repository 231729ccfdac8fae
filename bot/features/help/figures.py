"""How fast people are helped: the time to the first answer, by village and month."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta, tzinfo

from msgspec import Struct

from . import requests


class Speed(Struct, frozen=True):
    """Of one unit and month: how many asked, how many have an answer, and the median wait (None without answers)."""

    asked: int
    answered: int
    wait: timedelta | None


async def speeds(unit_ids: Collection[int], now: datetime, zone: tzinfo) -> Mapping[int, Speed]:
    """Return the present month's figures by unit; units without a request are missing."""
    first = now.astimezone(zone).date().replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    start, end = (datetime.combine(day, time(), zone) for day in (first, following))
    waits: dict[int, list[timedelta | None]] = {}
    for one in await requests.between(unit_ids, start, end):
        wait = None if one.first_answer_at is None else one.first_answer_at - one.created_at
        waits.setdefault(one.unit_id, []).append(wait)
    return {unit_id: _speed(found) for unit_id, found in waits.items()}


def _speed(waits: list[timedelta | None]) -> Speed:
    from statistics import median

    seconds = [wait.total_seconds() for wait in waits if wait is not None]
    return Speed(len(waits), len(seconds), timedelta(seconds=median(seconds)) if seconds else None)
