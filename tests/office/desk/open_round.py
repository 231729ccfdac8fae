"""A round that is open whatever day it is: a week is asked for on Wednesday, and closed on the Monday after it."""

from __future__ import annotations

from bot.features.calendar import periods
from bot.features.checkins.rounds import Rounds
from bot.features.checkins.schedule import opens
from bot.framework.process import CLOCK
from bot.storage.tables.checkins import RoundPlan


async def open_round(rounds: Rounds) -> None:
    """Open the demo's next round as the clock does, if need be before its day."""
    plan = await RoundPlan.filter(enabled=True).order_by("id").first()
    assert plan is not None
    await rounds.tick(max(CLOCK.now(), opens(periods.period(plan.next_period))))
