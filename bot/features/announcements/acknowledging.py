"""“Đã nhận” and “Đã phát loa”: what a village's people say of an announcement, once and for good."""

from __future__ import annotations

from datetime import datetime

from bot.storage.announcements import AnnouncementTarget as TargetRow


async def received(target_id: int, person_id: int | None, now: datetime) -> bool:
    """Inside the caller's transaction; False when somebody said so before."""
    return bool(await TargetRow.filter(id=target_id, ack_at__isnull=True).update(ack_at=now, ack_by_id=person_id))


async def played(target_id: int, person_id: int | None, now: datetime) -> bool:
    """Who played it has received it. False when it was played before: the first time counts."""
    await received(target_id, person_id, now)
    return bool(
        await TargetRow.filter(id=target_id, played_at__isnull=True).update(played_at=now, played_by_id=person_id)
    )
