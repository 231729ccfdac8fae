"""Reading announcements and the groups that they were frozen for."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import Q

from bot.storage.announcements import Announcement as Row
from bot.storage.announcements import AnnouncementTarget as TargetRow

from .model import OPEN, Announcement, Target, announcement, target


async def get(announcement_id: int) -> Announcement | None:
    row = await Row.get_or_none(id=announcement_id)
    return None if row is None else announcement(row)


async def by_number(commune_id: int, number: int) -> Announcement | None:
    """`TB-0123` of a commune."""
    row = await Row.get_or_none(commune_id=commune_id, number=number)
    return None if row is None else announcement(row)


async def open_ones(commune_id: int) -> Sequence[Announcement]:
    """What is being written, waits or is on its way, the newest first."""
    rows = await Row.filter(commune_id=commune_id, state__in=OPEN).order_by("-id")
    return [announcement(row) for row in rows]


async def open_of(person_id: int) -> Sequence[Announcement]:
    """The same, of what a person wrote or approved, in whatever commune."""
    rows = await Row.filter(Q(author_id=person_id) | Q(approver_id=person_id), state__in=OPEN).order_by("-id")
    return [announcement(row) for row in rows]


async def ended(commune_id: int, limit: int) -> Sequence[Announcement]:
    """What went out (also in part, or was stopped on the way), the newest first."""
    rows = await Row.filter(commune_id=commune_id, rows__gt=0).exclude(state__in=OPEN).order_by("-id").limit(limit)
    return [announcement(row) for row in rows]


async def targets(announcement_id: int) -> Sequence[Target]:
    rows = await TargetRow.filter(announcement_id=announcement_id).order_by("id")
    return [target(row) for row in rows]


async def target_of(target_id: int) -> Target | None:
    row = await TargetRow.get_or_none(id=target_id)
    return None if row is None else target(row)


async def unconfirmed(unit_id: int, limit: int) -> Sequence[tuple[Announcement, Target]]:
    """What a village was sent and has not confirmed, the newest first."""
    rows = TargetRow.filter(unit_id=unit_id, ack_at__isnull=True, announcement__state__in=("sending", "done"))
    found = [target(row) for row in await rows.order_by("-id").limit(limit)]
    asked = [(await get(one.announcement_id), one) for one in found]
    return [(one, where) for one, where in asked if one is not None]


async def corrections(announcement_id: int) -> Sequence[Announcement]:
    """The announcements that correct this one, oldest first."""
    rows = await Row.filter(corrects=announcement_id).order_by("id")
    return [announcement(row) for row in rows]
