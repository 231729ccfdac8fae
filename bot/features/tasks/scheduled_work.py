"""Jobs of tasks as time passes: reminders in the evening, late ones, and those whose doer has left."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from tortoise.transactions import in_transaction

from bot.features.calendar import vietnam
from bot.features.calendar.vietnam import VIETNAM
from bot.storage.tables.tasks import Task as Row

from . import board
from .model import ALIVE, HELD
from .notices import LEFT, LEFT_OUTSIDE, TaskNotices
from .team import team

EVENING = (time(18, 30), time(20, 45))
_LATE_FOR = timedelta(days=3)
"""After an outage the giver still hears of what became late in these days."""


class TaskSchedule:
    """A job of the worker; whoever runs it twice writes once, for each notice has a key of its own."""

    def __init__(self, notices: TaskNotices) -> None:
        self._notices = notices

    async def tick(self, now: datetime) -> None:
        await board.sweep_drafts(now)
        await self._give_back(now)
        local = now.astimezone(VIETNAM)
        if EVENING[0] <= local.time() <= EVENING[1]:
            await self._remind(now)

    async def _give_back(self, now: datetime) -> None:
        """Return the tasks of those who are no longer in the team to the giver."""
        teams: dict[int, set[int]] = {}
        for one in await board.found(Row.filter(state__in=list(HELD)).order_by("id")):
            if one.unit_id not in teams:
                teams[one.unit_id] = {member.person_id for member in await team(one.unit_id, now)}
            if one.doer_id in teams[one.unit_id]:
                continue
            async with in_transaction("default"):
                if await board.refuse(one, LEFT_OUTSIDE if one.outside else LEFT, now):
                    fresh = await board.get(one.id)
                    if fresh is not None:
                        await self._notices.returned(fresh, now)

    async def _remind(self, now: datetime) -> None:
        today = vietnam.today(now)
        soon = Row.filter(state__in=list(HELD), due_on__in=[today, today + timedelta(days=1)]).order_by("id")
        late = Row.filter(state__in=list(ALIVE), due_on__lt=today, due_on__gte=today - _LATE_FOR).order_by("id")
        for one in await board.found(soon):
            async with in_transaction("default"):
                await self._notices.remind(one, (one.due_on - today).days, now)
        for one in await board.found(late):
            async with in_transaction("default"):
                await self._notices.late(one, now)
