"""How a commune is asked: the rhythms, from a week to a year, the number of reminders, their time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from msgspec import Struct

from bot.features.calendar.periods import Cadence, CutOff, at, following
from bot.features.calendar.vietnam import today
from bot.storage.tables.checkins import Round, RoundPlan

from .schedule import EARLIEST, LATEST, MOST_REMINDERS, steps


class CheckinPlan(Struct, frozen=True):
    """`remind_at` is minutes after midnight, `reminders` how many evenings before the due day."""

    id: int
    cadence: Cadence
    enabled: bool
    reminders: int
    remind_at: int


async def of_commune(commune_id: int) -> Mapping[Cadence, CheckinPlan]:
    rows = await RoundPlan.filter(unit_id=commune_id).order_by("id")
    plans = [
        CheckinPlan(row.id, cast("Cadence", row.cadence), row.enabled, row.reminders, row.remind_at) for row in rows
    ]
    return {one.cadence: one for one in plans}


async def start(commune_id: int, cadence: Cadence, now: datetime, cut_off: CutOff) -> bool:
    """Start asking from the present period on, inside the caller's transaction; False if it is so already."""
    present = at(today(now), cadence, cut_off)
    held = await RoundPlan.get_or_none(unit_id=commune_id, cadence=cadence)
    if held is None:
        await RoundPlan.create(unit_id=commune_id, cadence=cadence, next_period=present.name)
        return True
    # Nobody was asked while it stood still: those periods are not gaps.
    if await Round.exists(plan_id=held.id, period=present.name):
        present = following(present, cut_off)
    return bool(await RoundPlan.filter(id=held.id, enabled=False).update(enabled=True, next_period=present.name))


async def stop(commune_id: int, cadence: Cadence) -> bool:
    """Stop opening rounds; open ones still close. False if it is so already."""
    return bool(await RoundPlan.filter(unit_id=commune_id, cadence=cadence, enabled=True).update(enabled=False))


async def remind(
    commune_id: int, cadence: Cadence, now: datetime, *, reminders: int | None = None, remind_at: int | None = None
) -> bool:
    """Change how villages are reminded, in open rounds too, inside the caller's transaction; False without a plan.

    Raises ValueError for more than MOST_REMINDERS and for a time at night.
    """
    plan = await RoundPlan.get_or_none(unit_id=commune_id, cadence=cadence)
    if plan is None:
        return False
    count = plan.reminders if reminders is None else reminders
    minute = plan.remind_at if remind_at is None else remind_at
    if not 0 <= count <= MOST_REMINDERS or not EARLIEST <= minute <= LATEST:
        raise ValueError(f"{count} reminders at minute {minute}")
    await RoundPlan.filter(id=plan.id).update(reminders=count, remind_at=minute)
    for one in await Round.filter(plan_id=plan.id, state="open"):
        coming = steps(one.due_at, count, minute)
        passed = sum(step.at <= now for step in coming)
        await Round.filter(id=one.id, state="open").update(
            steps_done=min(passed, len(coming) - 1), next_at=coming[min(passed, len(coming) - 1)].at
        )
    return True
