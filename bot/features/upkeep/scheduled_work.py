"""Officers hear once that guides are due, and once a week as long as they are."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.calendar.vietnam import VIETNAM
from bot.features.people import people
from bot.features.rights.table import OFFICER

from . import checks, flags
from .notices import UpkeepNotices
from .shown import LibrarySync

OFFICE = (time(8), time(16, 30))
AGAIN = timedelta(days=7)
SETTLED = timedelta(days=1)
"""So long after the first officer took the role nobody is reminded: on that day there is enough to learn."""


class UpkeepSchedule:
    """A job of the worker. Run twice it writes once: notices already sent stand in a table."""

    def __init__(self, shown: LibrarySync, notices: UpkeepNotices) -> None:
        self._shown = shown
        self._notices = notices

    async def tick(self, now: datetime) -> None:
        local = now.astimezone(VIETNAM)
        if not OFFICE[0] <= local.time() <= OFFICE[1]:
            return
        await self._shown.refresh()
        due = checks.due(self._shown.library, await flags.counts(), local.date())
        slugs = [one.guide.slug for one in due]
        for place in await units.communes(local.date()):
            officers = await people.holders(OFFICER, place.id, now)
            if not any(one.since + SETTLED <= now for one in officers):
                continue
            told = await checks.told(place.id)
            if not any(slug not in told or told[slug] + AGAIN <= local.date() for slug in slugs):
                continue
            async with in_transaction("default"):
                await self._notices.remind(place.id, due, now)
                await checks.set_told(place.id, slugs, local.date())
