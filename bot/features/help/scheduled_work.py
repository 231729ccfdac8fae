"""Steps of requests for help as time goes by: the next one is asked, promises are kept, old ones are closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from . import requests, roster
from .requests import Request
from .service import HelpService, HelpTurn

CLOSE_AFTER = timedelta(days=7)
AT_WORK = 2
"""So many times the patience a helper has for the answer; then one reminder and as long again."""


class HelpSchedule:
    """A job of the worker. Run twice it asks once: each step claims the request first."""

    def __init__(self, help_: HelpService) -> None:
        self._help = help_

    async def tick(self, now: datetime) -> float | None:
        """Take the steps that are due; return the seconds until the next step, None when nothing waits."""
        for one in await requests.older_than(now - CLOSE_AFTER):
            async with in_transaction("default"):
                await self._close(one, now)
        for one in await requests.taken():
            if not await roster.can_help(one.helper_id, one.unit_id, now):
                async with in_transaction("default"):
                    await self.give_on(one, now)
        for one in await requests.due(now):
            async with in_transaction("default"):
                if await requests.claim(one):
                    await self._step(one, now)
        following = await requests.next_at()
        return None if following is None else max(0.0, (following - now).total_seconds())

    async def _step(self, one: Request, now: datetime) -> None:
        if one.state == "taken":
            await self._hurry_helper(one, now)
            return
        await requests.pass_over(one.id)
        await self.say_turn(one, await self._help.next(one, now), now)

    async def _hurry_helper(self, one: Request, now: datetime) -> None:
        if one.reminded or one.helper_id is None:
            await self.give_on(one, now)
            return
        hours = await self._help.hours(one.unit_id, now)
        opens = hours.opens(now)
        if opens is not None:
            await requests.schedule(one, stage=one.stage, next_at=opens, promised_at=one.promised_at)
            return
        await requests.schedule(
            one, stage=one.stage, next_at=now + AT_WORK * hours.patience, promised_at=one.promised_at, reminded=True
        )
        await self._help.tell_helper(one, self._help.words.reminder(one), f"remind{one.version}", now)

    async def give_on(self, one: Request, now: datetime) -> bool:
        """Ask the next one, since the helper does not help any more, and tell the resident."""
        if not await requests.free(one, now):
            return False
        if one.helper_id is not None:
            await requests.set_asked(one.id, one.helper_id, "passed")
        fresh = await requests.get(one.id)
        if fresh is not None:
            await self._help.tell_asker(fresh, self._help.words.next_one(fresh), f"next{fresh.version}", now)
            await self.say_turn(fresh, await self._help.next(fresh, now), now)
        return True

    async def say_turn(self, one: Request, turn: HelpTurn, now: datetime) -> None:
        """Tell the resident about the changes for them: it takes until the morning, or the commune has it now."""
        words, promised = self._help.words, turn.promised_at
        if turn.kind == "night" and promised is not None and promised != one.promised_at:
            await self._help.tell_asker(one, words.night(one, promised, now), f"night{promised:%m%d}", now)
        elif turn.kind == "centre" and one.stage == "village" and promised is not None:
            await self._help.tell_asker(one, words.centre(one, promised, now), "centre", now)
        elif turn.kind == "nobody" or (turn.kind == "all" and one.stage != "centre"):
            commune = await self._help.commune(one.unit_id, now)
            office = commune.hours or words.translate(one.locale, "giờ hành chính")
            await self._help.tell_asker(one, words.sorry(one, commune.phone, office), "sorry", now)

    async def _close(self, one: Request, now: datetime) -> None:
        if await requests.close(one, now):
            await self._help.tell_asker(one, self._help.words.too_old(one), "old", now)
