"""Confirmations “Đã nhận” and “Đã phát loa” by a village's people; each is recorded once and never changed."""

from __future__ import annotations

from datetime import datetime

from bot.storage.tables.announcements import AnnouncementTarget as TargetRow


async def received(target_id: int, person_id: int | None, now: datetime) -> bool:
    """Record that a group received it, inside the caller's transaction; return False if that was recorded before."""
    return bool(await TargetRow.filter(id=target_id, ack_at__isnull=True).update(ack_at=now, ack_by_id=person_id))


async def played(target_id: int, person_id: int | None, now: datetime) -> bool:
    """Record that it was played, and so received. Return False if it was played before: the first time counts."""
    await received(target_id, person_id, now)
    return bool(
        await TargetRow.filter(id=target_id, played_at__isnull=True).update(played_at=now, played_by_id=person_id)
    )
