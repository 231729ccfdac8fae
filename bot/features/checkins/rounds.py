"""Rounds: asking for a period's figures, reminding who is missing, closing with the gaps named.

Everything that is due is persisted in the database; `tick` does it, however late. After an outage there is no pile of
messages: of several overdue reminders only the last one is sent, and of several periods only the last one is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, time, timedelta

from msgspec import Struct
from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from bot.features import units
from bot.features.calendar.periods import (
    Cadence,
    CutOff,
    Period,
    at,
    due,
    following,
    is_skipped,
    is_summed,
    is_working,
    period,
)
from bot.features.calendar.vietnam import moment, today
from bot.features.notices.notice_outbox import NoticeOutbox
from bot.features.units import Place
from bot.storage.prepared import row_of
from bot.storage.tables.checkins import Figure, Round, RoundPlan

from .round_notices import RoundNotices
from .schedule import StepKind, opens, steps

_OF_PLAN = "plan_id in (select id from round_plans where unit_id = ? and cadence = ?)"
_ANY_CUT_OFF = timedelta(days=31)
"""A period of the same name ends at most this much earlier or later with another cut-off: so its days are looked up,
of which there is an index, and not all that was ever reported."""


class Status(Struct, frozen=True):
    """A round as people see it."""

    id: int
    commune_id: int
    period: Period
    open: bool
    due_at: datetime
    missing: tuple[str, ...]


class Rounds:
    """`cut_off` is the commune's."""

    def __init__(self, outbox: NoticeOutbox, cut_off: CutOff = "calendar") -> None:
        self._notices = RoundNotices(outbox)
        self._cut_off = cut_off

    async def plan(self, commune_id: int, cadence: Cadence, now: datetime, *, reminders: int = 1) -> None:
        """Ask a commune's villages from the present period on; no effect if that is planned already."""
        if not await RoundPlan.exists(unit_id=commune_id, cadence=cadence):
            first = at(today(now), cadence, self._cut_off)
            await RoundPlan.create(unit_id=commune_id, cadence=cadence, next_period=first.name, reminders=reminders)

    async def tick(self, now: datetime) -> float | None:
        """Do everything that is due; idempotent. Return the seconds until the next step, None if unknown."""
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
            missing = await self.missing(one.plan.key_of("unit"), of)
            await self._notices.reopened(round_id, of, due_at, reason, missing, now)
        return True

    async def status(self, commune_id: int, cadence: Cadence, name: str) -> Status | None:
        """Return the round of a period."""
        one = await row_of(Round, f"{_OF_PLAN} and period = ?", [commune_id, cadence, name])
        return None if one is None else self._status(one, commune_id)

    async def takes(self, commune_id: int, cadence: Cadence, name: str) -> bool:
        """Tell whether figures for a period are taken: it was never asked for, or its round is open."""
        status = await self.status(commune_id, cadence, name)
        return status is None or status.open

    async def remind(self, round_id: int, now: datetime) -> tuple[list[Place], int]:
        """Remind those who have not reported, as an official wishes; inside the caller's transaction, once a day.

        Return the villages that are missing, and how many messages are new: none after the first time of a day.
        """
        one = await Round.get_or_none(id=round_id, state="open").select_related("plan")
        if one is None:
            return [], 0
        of = period(one.period, self._cut_off)
        missing = await self.missing(one.plan.key_of("unit"), of)
        return missing, await self._notices.remind(one, of, missing, now, step=f"now{today(now):%m%d}")

    async def awaited(self, commune_id: int, cadence: Cadence) -> Status | None:
        """Return the oldest round that still takes figures."""
        one = await row_of(Round, f"{_OF_PLAN} and state = 'open'", [commune_id, cadence], order="due_at, id")
        return None if one is None else self._status(one, commune_id)

    async def open_or_of(self, commune_id: int, names: Sequence[str]) -> list[Status]:
        """Return the rounds that still take figures and those of these periods, those due first first."""
        rows = Round.filter(Q(state="open") | Q(period__in=list(names)), plan__unit_id=commune_id)
        return [self._status(one, commune_id) for one in await rows.order_by("due_at", "id")]

    async def latest(self, commune_id: int, limit: int = 6) -> list[Status]:
        """Return the rounds of a commune, the last one first."""
        rows = await Round.filter(plan__unit_id=commune_id).order_by("-due_at", "-id").limit(limit)
        return [self._status(one, commune_id) for one in rows]

    async def open_of(self, commune_id: int) -> list[Status]:
        """Return the rounds of a commune that take figures, the first due first."""
        rows = await Round.filter(plan__unit_id=commune_id, state="open").order_by("due_at", "id")
        return [self._status(row, commune_id) for row in rows]

    async def get(self, round_id: int) -> Status | None:
        one = await Round.get_or_none(id=round_id).select_related("plan")
        return None if one is None else self._status(one, one.plan.key_of("unit"))

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
        missing = [village.code for village in await self.missing(plan.key_of("unit"), of)]
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
        await self._notices.ask(one.id, of, due_at, await self.missing(plan.key_of("unit"), of), now)

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
        commune_id = one.plan.key_of("unit")
        missing = await self.missing(commune_id, of)
        if kind == "close":
            await self._close(one, of, commune_id, missing, now)
            return
        remind = self._notices.remind if kind == "remind" else self._notices.turn_to_deputies
        await remind(one, of, missing, now)

    async def _close(self, one: Round, of: Period, commune_id: int, missing: Sequence[Place], now: datetime) -> None:
        codes = [village.code for village in missing]
        await Round.filter(id=one.id).update(state="closed", closed_at=now, next_at=None, missing=json.dumps(codes))
        expected = len(await units.villages(commune_id, min(of.last, today(now))))
        await self._notices.closed(one.id, of, commune_id, expected, missing, now)
        await self._notices.tell_who_oversees(one.id, of, missing, now)

    async def missing(self, commune_id: int, of: Period) -> list[Place]:
        """Return the villages that have not reported anything for a period.

        A half-year and a year are the sum of shorter periods: the report of their last month or quarter counts for
        them.
        """
        villages = await units.villages(commune_id, of.last)
        told = Q(period=of.name)
        if is_summed(of):
            told |= Q(ends_on=of.last) & ~Q(period__contains="-W")
        around = Figure.filter(told, ends_on__gte=of.last - _ANY_CUT_OFF, ends_on__lte=of.last + _ANY_CUT_OFF)
        rows = await around.filter(current=True).distinct().values("unit_id")
        reported = {int(row["unit_id"]) for row in rows}
        return [village for village in villages if village.id not in reported]

    def _status(self, one: Round, commune_id: int) -> Status:
        codes = tuple(json.loads(one.missing))
        return Status(one.id, commune_id, period(one.period, self._cut_off), one.state == "open", one.due_at, codes)
