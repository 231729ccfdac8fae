"""Confirmations “Đã nhận” and “Đã phát loa” by a village's people; each is recorded once and never changed."""

from __future__ import annotations

from datetime import datetime

from bot.features import happenings
from bot.features.announcements.model import AnnouncementTarget
from bot.storage.tables.announcements import AnnouncementTarget as TargetRow


async def received(target: AnnouncementTarget, person_id: int | None, now: datetime) -> bool:
    """Record that a group received it, inside the caller's transaction; return False if that was recorded before."""
    rows = TargetRow.filter(id=target.id, ack_at__isnull=True)
    return await _told(target, bool(await rows.update(ack_at=now, ack_by_id=person_id)), now)


async def played(target: AnnouncementTarget, person_id: int | None, now: datetime) -> bool:
    """Record that it was played, and so received. Return False if it was played before: the first time counts."""
    await received(target, person_id, now)
    rows = TargetRow.filter(id=target.id, played_at__isnull=True)
    return await _told(target, bool(await rows.update(played_at=now, played_by_id=person_id)), now)


async def _told(target: AnnouncementTarget, new: bool, now: datetime) -> bool:
    if new:
        await happenings.note(happenings.RECEIPT_CHANGED, [(target.unit_id, str(target.announcement_id))], now)
    return new
