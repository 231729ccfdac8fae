"""What announcements keep of a person: who wrote, approved, confirmed. The announcement itself is the commune's."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import Q

from bot.features.privacy.holding import Fact, Holding, Subject
from bot.i18n import msg
from bot.storage.announcements import Announcement, AnnouncementTarget

from . import leftovers


def holdings() -> list[Holding]:
    """One for each table that names people."""
    return [
        Holding("announcements", msg("Thông báo"), _read_announcements, _erase_announcements),
        Holding("announcement_targets", msg("Xác nhận thông báo"), _read_targets, _erase_targets),
    ]


async def _read_announcements(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await Announcement.filter(Q(author_id=subject.person_id) | Q(approver_id=subject.person_id)).order_by("id")
    return [
        Fact(msg("Đã soạn hoặc duyệt TB-{number} lúc {at}"), {"number": f"{row.number:04}", "at": row.created_at})
        for row in rows
    ]


async def _erase_announcements(subject: Subject) -> None:
    """What was never sent goes, for nobody else may change it; what went out stays without the name."""
    if subject.person_id is None:
        return
    unsent = Announcement.filter(author_id=subject.person_id, state__in=["draft", "waiting"])
    await leftovers.release(await unsent)
    await unsent.delete()
    await Announcement.filter(author_id=subject.person_id).update(author_id=None, reason="")
    await Announcement.filter(approver_id=subject.person_id).update(approver_id=None)


async def _read_targets(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    mine = Q(ack_by_id=subject.person_id) | Q(played_by_id=subject.person_id)
    count = await AnnouncementTarget.filter(mine).count()
    return [Fact(msg("Đã xác nhận {count} thông báo cho thôn"), {"count": count})] if count else []


async def _erase_targets(subject: Subject) -> None:
    if subject.person_id is None:
        return
    await AnnouncementTarget.filter(ack_by_id=subject.person_id).update(ack_by_id=None)
    await AnnouncementTarget.filter(played_by_id=subject.person_id).update(played_by_id=None)
