"""Pending targets: the wanted values, the changes that they make, the person who decides; applied all or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, cast

from msgspec import Struct
from pydantic import BaseModel, ConfigDict

from bot.features.targets.tables import TargetPlan as Row
from bot.features.units import Place

from . import targets
from .reading.wishes import Way

State = Literal["draft", "proposed", "done", "cancelled"]
OPEN: tuple[State, ...] = ("draft", "proposed")


class Goal(BaseModel, defer_build=True):
    """One target to set. `base` is the version that it replaces, 0 where there was none; `before` its value."""

    model_config = ConfigDict(frozen=True)

    indicator: str
    unit_id: int
    period: str
    value: Decimal
    base: int = 0
    before: Decimal | None = None


class AssignmentBody(BaseModel, defer_build=True):
    model_config = ConfigDict(frozen=True)

    goals: tuple[Goal, ...]
    reason: str = ""

    @property
    def lacks_reason(self) -> bool:
        """Whether it changes a target without giving a reason."""
        return not self.reason.strip() and any(one.base for one in self.goals)


class Assignment(Struct, frozen=True):
    """`unit_id` is the commune."""

    id: int
    unit_id: int
    state: State
    version: int
    body: AssignmentBody
    author_id: int | None


class NoSize(Exception):
    """Amounts cannot be shared out: these villages have no such count."""

    def __init__(self, villages: Sequence[Place]) -> None:
        super().__init__(", ".join(one.code for one in villages))
        self.villages = villages


def shares(total: Decimal, villages: Sequence[Place], way: Way) -> dict[int, Decimal]:
    """Divide a whole amount among villages, by unit id; the shares sum to it exactly.

    Raises NoSize, and ValueError for an amount that is not a whole number.
    """
    if way == "each":
        return {one.id: total for one in villages}
    if total != total.to_integral_value():
        raise ValueError("only whole numbers can be shared out")
    sizes = {one.code: one.households if way == "households" else one.adults for one in villages}
    unknown = [one for one in villages if not sizes[one.code]]
    if unknown:
        raise NoSize(unknown)
    parts = targets.split(int(total), {code: size for code, size in sizes.items() if size})
    return {one.id: Decimal(parts[one.code]) for one in villages}


async def compared(goals: Iterable[Goal]) -> tuple[Goal, ...]:
    """Return the goals with the targets that they would replace, without those that are in force already."""
    found: list[Goal] = []
    for goal in goals:
        held = await targets.find(goal.unit_id, goal.indicator, goal.period)
        if held is None:
            found.append(goal.model_copy(update={"base": 0, "before": None}))
        elif held.value != goal.value:
            found.append(goal.model_copy(update={"base": held.version, "before": held.value}))
    return tuple(found)


async def begin(commune_id: int, body: AssignmentBody, *, author: int | None, now: datetime) -> Assignment:
    row = await Row.create(
        unit_id=commune_id, state="draft", body=body.model_dump_json(), author_id=author, created_at=now
    )
    return _assignment(row)


async def get(plan_id: int) -> Assignment | None:
    row = await Row.get_or_none(id=plan_id)
    return None if row is None else _assignment(row)


async def open_of(commune_id: int, limit: int = 20) -> Sequence[Assignment]:
    """Return what waits for a decision, or for its author, the newest first."""
    rows = await Row.filter(unit_id=commune_id, state__in=OPEN).order_by("-id").limit(limit)
    return [_assignment(row) for row in rows]


async def change(one: Assignment, body: AssignmentBody) -> Assignment | None:
    """Replace the content; None if the assignment is no longer as the caller saw it."""
    return await _move(one, {"body": body.model_dump_json()})


async def propose(one: Assignment) -> Assignment | None:
    """Propose the assignment to another person, who has to decide."""
    return await _move(one, {"state": "proposed"})


async def cancel(one: Assignment, now: datetime) -> Assignment | None:
    return await _move(one, {"state": "cancelled", "done_at": now})


async def apply(one: Assignment, now: datetime) -> Assignment | None:
    """Set the targets, inside the caller's transaction; None if another person was faster with this very assignment.

    Raises targets.Superseded if one of them is no longer the one that was shown; the caller must then roll back.
    """
    done = await _move(one, {"state": "done", "done_at": now})
    if done is None:
        return None
    if await compared(one.body.goals) != one.body.goals:
        raise targets.Superseded
    for goal in one.body.goals:
        await targets.assign(
            goal.unit_id, goal.indicator, goal.period, goal.value, reason=one.body.reason, by=one.author_id, now=now
        )
    return done


async def _move(one: Assignment, new: dict[str, str | datetime]) -> Assignment | None:
    """Update the assignment with one conditional UPDATE, so that the first of concurrent callers wins.

    None for the others.
    """
    held = Row.filter(id=one.id, version=one.version, state__in=OPEN)
    if not await held.update(**new, version=one.version + 1):
        return None
    return await get(one.id)


def _assignment(row: Row) -> Assignment:
    unit_id = row.key_of("unit")
    author = row.key_or_none("author")
    return Assignment(
        row.id, unit_id, cast("State", row.state), row.version, AssignmentBody.model_validate_json(row.body), author
    )
