"""Counting how people found the help they got, and reading the counts of a commune."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.calendar import periods
from bot.features.calendar.periods import CutOff, Period
from bot.features.calendar.vietnam import today
from bot.features.insight import TallyPlace, places_of
from bot.features.quality.tables import OpinionTally
from bot.i18n import msg
from bot.storage.sql import Sql

Mood = Literal["good", "fair", "poor"]
About = Literal["help", "guide"]

MOODS: Mapping[Mood, str] = {"good": msg("Tốt"), "fair": msg("Tạm được"), "poor": msg("Chưa được")}
ABOUT: Mapping[About, str] = {"help": msg("Sau khi được người giúp"), "guide": msg("Sau khi xem bài hướng dẫn")}
Given = Counter[Mood]
"""How often each answer was given; nothing of it is hidden yet."""

_ADD = (
    "insert into opinion_tallies (unit, month, about, mood, count) values (?, ?, ?, ?, 1)"
    " on conflict (unit, month, about, mood) do update set count = opinion_tallies.count + 1"
)


class Opinions:
    """Months are those of the reports, so the figures of a report are sums of them."""

    def __init__(self, db: BaseDBAsyncClient, cut_off: CutOff) -> None:
        self._sql = Sql(db)
        self.cut_off: CutOff = cut_off

    async def add(self, mood: Mood, about: About, unit: str, now: datetime) -> None:
        """Count one more, inside the caller's transaction; `unit` as in OpinionTally."""
        await self._sql.write(_ADD, [unit, self.month(now).name, about, mood])

    def month(self, now: datetime) -> Period:
        return periods.at(today(now), "month", self.cut_off)

    def before(self, month: Period) -> Period:
        return periods.before(month, self.cut_off)

    async def of_commune(self, code: str, about: About, month: Period) -> Mapping[TallyPlace, Given]:
        """Return the answers of a month by village; villages without any are missing."""
        places = await places_of(code, month.last)
        found: dict[TallyPlace, Given] = {}
        for row in await OpinionTally.filter(unit__in=list(places), about=about, month=month.name):
            mood: Mood = row.mood  # type: ignore[assignment]  # written by this module alone
            found.setdefault(places[row.unit], Counter())[mood] += row.count
        return found


def together(parts: Mapping[TallyPlace, Given]) -> Given:
    return sum(parts.values(), Counter[Mood]())
