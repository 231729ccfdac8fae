"""The meetings of villages, and each change as one conditional UPDATE.

A change names the meeting as it was shown; False means that somebody else was first, and nothing was written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.features.meetings.tables import Meeting as Row
from bot.features.meetings.tables import MeetingPoint as PointRow

from .model import Kind, Meeting, Point, PointKind, meeting, point


async def call(
    unit_id: int,
    kind: Kind,
    subject: str,
    starts_at: datetime,
    place: str,
    agenda: str,
    *,
    by: int | None,
    now: datetime,
) -> Meeting:
    """Store a new meeting, inside the caller's transaction."""
    row = await Row.create(
        unit_id=unit_id, caller_id=by, kind=kind, subject=subject, place=place, agenda=agenda, starts_at=starts_at,
        state="called", created_at=now, updated_at=now,
    )  # fmt: skip
    return meeting(row)


async def get(meeting_id: int) -> Meeting | None:
    row = await Row.get_or_none(id=meeting_id)
    return None if row is None else meeting(row)


async def of_units(unit_ids: Sequence[int], limit: int) -> Sequence[Meeting]:
    """Return the meetings that were not called off: those without minutes first, then the latest first."""
    rows = Row.filter(unit_id__in=list(unit_ids)).exclude(state="cancelled")
    return [meeting(row) for row in await rows.order_by("state", "-starts_at", "-id").limit(limit)]


async def cancel(one: Meeting, now: datetime) -> bool:
    return one.state == "called" and await _move(one, now, state="cancelled")


async def hold(
    one: Meeting, present: int, decisions: Sequence[str], questions: Sequence[str], now: datetime
) -> Meeting | None:
    """Store the minutes in place of earlier ones; questions kept before stay. None: the meeting changed."""
    if one.state == "cancelled" or not await _move(one, now, state="held", present=present):
        return None
    await PointRow.filter(meeting_id=one.id, kind="decision").delete()
    await PointRow.bulk_create([PointRow(meeting_id=one.id, kind="decision", text=text) for text in decisions])
    await ask(one.id, questions)
    return await get(one.id)


async def ask(meeting_id: int, questions: Sequence[str]) -> int:
    """Keep what people asked, each once; returns how many were new."""
    known = {row.text for row in await PointRow.filter(meeting_id=meeting_id, kind="question")}
    fresh = [text for text in dict.fromkeys(questions) if text not in known]
    await PointRow.bulk_create([PointRow(meeting_id=meeting_id, kind="question", text=text) for text in fresh])
    return len(fresh)


async def points(meeting_id: int, kind: PointKind) -> Sequence[Point]:
    return [point(row) for row in await PointRow.filter(meeting_id=meeting_id, kind=kind).order_by("id")]


async def get_point(point_id: int) -> Point | None:
    row = await PointRow.get_or_none(id=point_id)
    return None if row is None else point(row)


async def pass_on(one: Point) -> bool:
    """Mark a question as passed on to the commune, once."""
    return bool(await PointRow.filter(id=one.id, kind="question", passed_on=False).update(passed_on=True))


async def _move(one: Meeting, now: datetime, **columns: str | int) -> bool:
    held = Row.filter(id=one.id, version=one.version)
    return bool(await held.update(**columns, version=one.version + 1, updated_at=now))
