"""Jobs of training sessions as time passes: a reminder the evening before, an end to sessions left open."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from tortoise.transactions import in_transaction

from bot.features.calendar.vietnam import VIETNAM

from . import sessions
from .training_notices import TrainingNotices

EVENING = (time(17), time(20, 45))


class TrainingSchedule:
    """A job of the worker; whoever runs it twice writes once, for each notice has a key of its own."""

    def __init__(self, notices: TrainingNotices) -> None:
        self._notices = notices

    async def tick(self, now: datetime) -> None:
        for one in await sessions.forgotten(now):
            await sessions.move(one, "closed", now)
        local = now.astimezone(VIETNAM)
        if not EVENING[0] <= local.time() <= EVENING[1]:
            return
        for one in await sessions.on_day(local.date() + timedelta(days=1)):
            async with in_transaction("default"):
                await self._notices.tomorrow(one, now)
