"""Rounds: asking for a period's figures, reminding who is missing, closing with the gaps named.

Everything that is due stands in the database; `tick` does it, however late. What an outage overslept is not made up
for with a pile of messages: of several reminders only the last one goes out, and of several periods only the last one
is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.post import Post
from bot.features.units import Place
from bot.storage.checkins import Figure, Round, RoundPlan

from .model import Cadence
from .periods import (
    CutOff,
    Period,
    at,
    due,
    following,
    is_skipped,
    is_summed,
    is_working,
    moment,
    period,
    today,
)  # fmt: skip
from .round_letters import RoundLetters
from .schedule import StepKind, opens, steps


@dataclass(frozen=True, slots=True)
class Status:
    """A round as people see it."""

    id: int
    commune_id: int
    period: Period
    open: bool
    due_at: datetime
    missing: tuple[str, ...]


class Rounds:
    """`cut_off` is the commune's."""

    def __init__(self, post: Post, cut_off: CutOff = "calendar") -> None:
        self._letters = RoundLetters(post)
        self._cut_off = cut_off

    async def plan(self, commune_id: int, cadence: Cadence, now: datetime, *, reminders: int = 1) -> None:
        """Ask a commune's villages from the present period on; nothing happens when it is planned already."""
        if not await RoundPlan.exists(unit_id=commune_id, cadence=cadence):
            first = at(today(now), cadence, self._cut_off)
            await RoundPlan.create(unit_id=commune_id, cadence=cadence, next_period=first.name, reminders=reminders)

    async def tick(self, now: datetime) -> float | None:
        """Do what is due; safe at any time and twice. Returns the seconds until the next step, None if unknown."""
        for plan in await RoundPlan.filter(enabled=True).order_by("id"):
            await self._open(plan.id, now)
        for one in await Round.filter(state="open", next_at__lte=now).order_by("id"):
            await self._advance(one.id, now)
        coming = await Round.filter(state="open", next_at__isnull=False).order_by("next_at").first()
        return None if coming is None or coming.next_at is None else max(0.0, (coming.next_at - now).total_seconds())

    async def reopen(self, round_id: int, reason: str, due_at: datetime, now: datetime) -> bool:
        """Take late figures into a closed period; False when it is not closed. Raises ValueError without a reason."""
        if not reason.strip():
            raise ValueError("reopening needs a reason")
        async with in_transaction("default"):
            closed = Round.filter(id=round_id, state="closed")
            if not await closed.update(
                state="open", reopened_reason=reason, due_at=due_at, next_at=due_at, steps_done=0
            ):
                return False
            one = await Round.get(id=round_id).select_related("plan")
            of = period(one.period, self._cut_off)
            coming = steps(due_at, one.plan.reminders, one.plan.remind_at)
            await Round.filter(id=round_id).update(steps_done=len(coming) - 1, next_at=coming[-1].at)
            await self._letters.reopened(round_id, of, due_at, reason, await self.missing(_commune(one.plan), of), now)
        return True

    async def status(self, commune_id: int, cadence: Cadence, name: str) -> Status | None:
        """The round of a period."""
        one = await Round.get_or_none(plan__unit_id=commune_id, plan__cadence=cadence, period=name)
        return None if one is None else self._status(one, commune_id)

    async def awaited(self, commune_id: int, cadence: Cadence) -> Status | None:
        """The oldest round that still takes figures."""
        rows = Round.filter(plan__unit_id=commune_id, plan__cadence=cadence, state="open")
        one = await rows.order_by("due_at").first()
        return None if one is None else self._status(one, commune_id)

    async def latest(self, commune_id: int, limit: int = 6) -> list[Status]:
        """The rounds of a commune, the last one first."""
        rows = await Round.filter(plan__unit_id=commune_id).order_by("-due_at", "-id").limit(limit)
        return [self._status(one, commune_id) for one in rows]

    async def get(self, round_id: int) -> Status | None:
        one = await Round.get_or_none(id=round_id).select_related("plan")
        return None if one is None else self._status(one, _commune(one.plan))

    async def _open(self, plan_id: int, now: datetime) -> None:
        async with in_transaction("default"):
            # The first statement writes: it takes SQLite's lock at once, and a second process waits here. What an
            # officer switched off meanwhile stays off.
            if not await RoundPlan.filter(id=plan_id, enabled=True).update(enabled=True):
                return
            plan = await RoundPlan.get(id=plan_id)
            ready: list[Period] = []
            of = period(plan.next_period, self._cut_off)
            while opens(of) <= now:
                if not is_skipped(of):
                    ready.append(of)
                of = following(of, self._cut_off)
            if of.name == plan.next_period:
                return
            await RoundPlan.filter(id=plan_id).update(next_period=of.name)
            for overslept in ready[:-1]:
                await self._record_missed(plan, overslept, now)
            for one in ready[-1:]:
                await self._begin(plan, one, now)

    async def _record_missed(self, plan: RoundPlan, of: Period, now: datetime) -> None:
        missing = [village.code for village in await self.missing(_commune(plan), of)]
        await Round.create(
            plan_id=plan.id, period=of.name, state="closed", opened_at=now, due_at=due(of), closed_at=now,
            missing=json.dumps(missing),
        )  # fmt: skip

    async def _begin(self, plan: RoundPlan, of: Period, now: datetime) -> None:
        due_at = due(of)
        if due_at <= now:
            day = today(now) + timedelta(days=1)
            while not is_working(day):
                day += timedelta(days=1)
            due_at = moment(day, time(16))
        coming = steps(due_at, plan.reminders, plan.remind_at)
        passed = sum(step.at <= now for step in coming)
        one = await Round.create(
            plan_id=plan.id, period=of.name, state="open", opened_at=now, due_at=due_at, steps_done=passed,
            next_at=coming[passed].at,
        )  # fmt: skip
        await self._letters.ask(one.id, of, due_at, await self.missing(_commune(plan), of), now)

    async def _advance(self, round_id: int, now: datetime) -> None:
        async with in_transaction("default"):
            # Likewise: what another process has closed meanwhile stays closed.
            if not await Round.filter(id=round_id, state="open").update(state="open"):
                return
            one = await Round.get(id=round_id).select_related("plan")
            if one.next_at is None or one.next_at > now:
                return
            coming = steps(one.due_at, one.plan.reminders, one.plan.remind_at)
            overdue = [step for step in coming[one.steps_done :] if step.at <= now]
            done = one.steps_done + len(overdue)
            following_at = coming[done].at if done < len(coming) else None
            await Round.filter(id=round_id).update(steps_done=done, next_at=following_at)
            if overdue:
                await self._do(overdue[-1].kind, one, now)

    async def _do(self, kind: StepKind, one: Round, now: datetime) -> None:
        of = period(one.period, self._cut_off)
        commune_id = _commune(one.plan)
        missing = await self.missing(commune_id, of)
        if kind == "close":
            await self._close(one, of, commune_id, missing, now)
            return
        remind = self._letters.remind if kind == "remind" else self._letters.turn_to_deputies
        await remind(one, of, missing, now)

    async def _close(self, one: Round, of: Period, commune_id: int, missing: Sequence[Place], now: datetime) -> None:
        codes = [village.code for village in missing]
        await Round.filter(id=one.id).update(state="closed", closed_at=now, next_at=None, missing=json.dumps(codes))
        expected = len(await units.villages(commune_id, min(of.last, today(now))))
        await self._letters.closed(one.id, of, commune_id, expected, missing, now)
        await self._letters.tell_who_oversees(one.id, of, missing, now)

    async def missing(self, commune_id: int, of: Period) -> list[Place]:
        """Villages that have not reported anything for a period.

        A half-year and a year are the sum of shorter periods: who told their last month or quarter has told them.
        """
        villages = await units.villages(commune_id, of.last)
        ids = [village.id for village in villages]
        told = Q(period=of.name)
        if is_summed(of):
            told |= Q(ends_on=of.last) & ~Q(period__contains="-W")
        rows = await Figure.filter(told, unit_id__in=ids, current=True).distinct().values("unit_id")
        reported = {int(row["unit_id"]) for row in rows}
        return [village for village in villages if village.id not in reported]

    def _status(self, one: Round, commune_id: int) -> Status:
        codes = tuple(json.loads(one.missing))
        return Status(one.id, commune_id, period(one.period, self._cut_off), one.state == "open", one.due_at, codes)


def _commune(plan: RoundPlan) -> int:
    commune_id: int = getattr(plan, "unit_id")  # noqa: B009 - made at run time, where no type checker sees it
    return commune_id
