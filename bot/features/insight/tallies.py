"""Counting what happens at the steps of guides, and reading the counts of a commune."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct, field
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features import units
from bot.features.calendar.vietnam import VIETNAM
from bot.storage.sql import Sql
from bot.storage.tables.learning import GuideTally

What = Literal["reached", "completed", "stuck", "different"]

_ADD = (
    "insert into guide_tallies (unit, week, guide, step, what, count) values (?, ?, ?, ?, ?, 1)"
    " on conflict (unit, week, guide, step, what) do update set count = guide_tallies.count + 1"
)


class TallyPlace(Struct, frozen=True):
    """The code and name of a village; both "" for people whose village is not known."""

    code: str
    name: str


class Use(Struct):
    """Of one guide in one commune and span of weeks; none of these figures is hidden yet.

    `reached` and `stuck` by step; `started`, `completed` by village; `weeks` are starts by the ISO week.
    """

    reached: Counter[str] = field(default_factory=Counter)
    stuck: Counter[str] = field(default_factory=Counter)
    started: Counter[TallyPlace] = field(default_factory=Counter)
    completed: Counter[TallyPlace] = field(default_factory=Counter)
    weeks: Counter[str] = field(default_factory=Counter)


class Tallies:
    def __init__(self, db: BaseDBAsyncClient) -> None:
        self._sql = Sql(db)

    async def add(self, what: What, guide: str, step: str, unit: str, now: datetime) -> None:
        """Count one more, inside the caller's transaction and in one statement; `unit` as in GuideTally."""
        await self._sql.write(_ADD, [unit, week_of(now), guide, step, what])

    async def of_commune(self, code: str, weeks: Sequence[str], first_steps: Mapping[str, str]) -> dict[str, Use]:
        """Return the use of guides in these weeks; `first_steps` names the first step of each guide that exists."""
        places = await places_of(code, last_day(weeks[-1]))
        rows = await GuideTally.filter(unit__in=list(places), week__in=list(weeks), guide__in=list(first_steps))
        found: dict[str, Use] = {}
        for row in rows:
            use = found.setdefault(row.guide, Use())
            if row.what == "reached":
                use.reached[row.step] += row.count
                if row.step == first_steps[row.guide]:
                    use.started[places[row.unit]] += row.count
                    use.weeks[row.week] += row.count
            elif row.what == "completed":
                use.completed[places[row.unit]] += row.count
            elif row.what == "stuck":
                use.stuck[row.step] += row.count
        return found


def week_of(now: datetime) -> str:
    return now.astimezone(VIETNAM).strftime("%G-W%V")


def weeks_before(now: datetime, count: int) -> list[str]:
    """Return the last whole weeks: figures that grow by the hour would tell who was there in between."""
    return [week_of(now - timedelta(weeks=ago)) for ago in range(count, 0, -1)]


def first_day(week: str) -> date:
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)


def last_day(week: str) -> date:
    return first_day(week) + timedelta(days=6)


async def places_of(commune: str, on: date) -> dict[str, TallyPlace]:
    """Return, by unit code of a commune, the village of that day to which it belongs now."""
    top = await units.get(commune)
    places = {commune: TallyPlace("", "")}
    for village in [] if top is None else await units.villages(top.id, on):
        place = TallyPlace(village.code, village.full_name)
        places[village.code] = place
        places.update((part.code, place) for part in await units.merged_parts(village.id, on))
    return places
