"""The tasks of a village: what there is, and each change as one conditional UPDATE.

A change names the task as it was shown; False means that somebody else was first, and nothing was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from bot.features.at_once import at_once
from bot.storage.tables.tasks import Task as Row
from bot.storage.tables.tasks import TaskSource

from .model import ALIVE, HELD, LONGEST_NOTE, State, Task, task
from .sources import Source

DRAFT_KEPT = timedelta(days=7)


async def draft(unit_id: int, title: str, outcome: str, due_on: date, *, giver: int | None, now: datetime) -> Task:
    """Store a task without a doer, inside the caller's transaction: `give` or `open_up` come next."""
    row = await Row.create(
        unit_id=unit_id, title=title, outcome=outcome, due_on=due_on, state="draft", giver_id=giver,
        created_at=now, updated_at=now,
    )  # fmt: skip
    (one,) = await found(Row.filter(id=row.id))
    return one


async def get(task_id: int) -> Task | None:
    return next(iter(await found(Row.filter(id=task_id))), None)


async def found(query: QuerySet[Row]) -> Sequence[Task]:
    """Return the tasks of a query, with their sources."""
    of_these = TaskSource.filter(task_id__in=Subquery(query.values("id")))
    rows, known = await at_once(query.select_related("unit"), of_these)
    sources = {row.key_of("task"): Source(row.level, row.document, row.dated) for row in known}
    return [task(row, sources.get(row.id, Source())) for row in rows]


async def put_source(task_id: int, source: Source) -> None:
    """Say who wants it done, inside the caller's transaction. The task's version stays: nobody decides by it."""
    new = {"level": source.level, "document": source.document, "dated": source.dated}
    await TaskSource.update_or_create(task_id=task_id, defaults=new)


async def of_person(person_id: int) -> Sequence[Task]:
    """Return the tasks that somebody has to do, the most urgent first."""
    return await found(Row.filter(doer_id=person_id, state__in=list(HELD)).order_by("due_on", "id"))


async def of_units(unit_ids: Sequence[int], *states: State) -> Sequence[Task]:
    """Return tasks of these villages in these states (all that are alive without one), the most urgent first."""
    return await found(Row.filter(unit_id__in=list(unit_ids), state__in=list(states or ALIVE)).order_by("due_on", "id"))


async def give(one: Task, doer: int, now: datetime, *, giver: int | None) -> bool:
    """Give the task to a named person, by the giver (who may be another leader by now)."""
    return one.state != "done" and await _move(one, "given", now, doer=doer, giver=giver)


async def open_up(one: Task, now: datetime, *, giver: int | None) -> bool:
    """Open the task to anybody who wants to take it."""
    return one.state != "done" and await _move(one, "open", now, doer=None, giver=giver)


async def take(one: Task, person_id: int, now: datetime) -> bool:
    """Take the task, as the person it was given to, or as the first who wants it."""
    mine = Q(state="open") | Q(state="given", doer_id=person_id)
    return bool(
        await Row.filter(mine, id=one.id, version=one.version).update(
            state="taken", doer_id=person_id, version=one.version + 1, updated_at=now
        )
    )


async def refuse(one: Task, reason: str, now: datetime) -> bool:
    """Return the task to the giver, with the reason."""
    return one.state in HELD and await _move(one, "returned", now, doer=None, note=reason)


async def hand_over(one: Task, colleague: int, now: datetime) -> bool:
    return one.state in HELD and await _move(one, "given", now, doer=colleague)


async def finish(one: Task, result: str, now: datetime) -> bool:
    return one.state in HELD and await _move(one, "done", now, doer=one.doer_id, note=result)


async def drop(one: Task, now: datetime) -> bool:
    return one.state != "done" and await _move(one, "dropped", now, doer=one.doer_id)


async def sweep_drafts(now: datetime) -> None:
    """Delete drafts that were begun and never given."""
    await Row.filter(state="draft", created_at__lt=now - DRAFT_KEPT).delete()


async def _move(
    one: Task, state: State, now: datetime, *, doer: int | None, giver: int | None = None, note: str | None = None
) -> bool:
    new: dict[str, str | int | datetime | None] = {
        "state": state, "doer_id": doer, "version": one.version + 1, "updated_at": now,
    }  # fmt: skip
    if giver is not None:
        new["giver_id"] = giver
    if note is not None:
        new["note"] = note[:LONGEST_NOTE]
    return bool(await Row.filter(id=one.id, version=one.version, state=one.state).update(**new))
