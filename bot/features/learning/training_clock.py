"""What is done about training sessions as time passes: a word the evening before, and an end to what nobody ended."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from tortoise.transactions import in_transaction

from bot.features.outbox.hours import VIETNAM

from . import sessions
from .training_letters import TrainingLetters

EVENING = (time(17), time(20, 45))


class TrainingClock:
    """A job of the worker; whoever runs it twice writes once, for each notice has a key of its own."""

    def __init__(self, letters: TrainingLetters) -> None:
        self._letters = letters

    async def tick(self, now: datetime) -> None:
        for one in await sessions.forgotten(now):
            await sessions.move(one, "closed", now)
        local = now.astimezone(VIETNAM)
        if not EVENING[0] <= local.time() <= EVENING[1]:
            return
        for one in await sessions.on_day(local.date() + timedelta(days=1)):
            async with in_transaction("default"):
                await self._letters.tomorrow(one, now)
