"""Personal data in announcements: who wrote, approved, confirmed. The announcement itself is the commune's."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import Q

from bot.features.jobs import temporary_files
from bot.features.privacy.personal_table import Fact, PersonalTable, Subject
from bot.i18n import msg
from bot.storage.tables.announcements import Announcement, AnnouncementTarget, RelayAsk, VillageWay

from .relays import proofs
from .relays.model import ask
from .writing import leftovers


def personal_tables() -> list[PersonalTable]:
    """Return one personal table for each table that names people."""
    return [
        PersonalTable(
            "announcements",
            msg("Thông báo"),
            _read_announcements,
            _erase_announcements,
            why=msg("biết ai soạn, ai duyệt"),
            until=msg("lâu như hồ sơ thông báo của xã"),
            stays=msg("Thông báo đã gửi, vì bà con đã nhận và còn hỏi thật hay giả; không còn ghi ai soạn, ai duyệt."),
        ),
        PersonalTable(
            "announcement_targets",
            msg("Xác nhận thông báo"),
            _read_targets,
            _erase_targets,
            why=msg("biên nhận ghi thôn nào đã có"),
            until=msg("lâu như hồ sơ thông báo của xã"),
            stays=msg("Việc thôn đã nhận thông báo, vì biên nhận của xã cần; không còn ghi ai xác nhận."),
        ),
        PersonalTable(
            "relay_asks",
            msg("Nhờ dán thông báo vào nhóm thôn"),
            _read_asks,
            _erase_asks,
            why=msg("biên nhận ghi thôn nào đã có tin, qua ai"),
            until=msg("lâu như hồ sơ thông báo của xã, ảnh nhóm một năm"),
            stays=msg("Việc thôn đã có thông báo, vì biên nhận của xã cần; không còn ghi ai dán, không còn ảnh."),
        ),
        PersonalTable(
            "village_ways",
            msg("Người đưa tin của thôn"),
            _read_ways,
            _erase_ways,
            why=msg("biết nhờ ai dán tin vào nhóm thôn"),
            until=msg("đến khi thôn chọn người khác"),
            stays=msg("Thứ tự các cách đưa tin của thôn; không còn ghi ai đưa tin."),
        ),
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
    """Delete what was never sent, since no other person may change it; keep what went out, without the name."""
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


async def _read_asks(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    count = await RelayAsk.filter(person_id=subject.person_id).count()
    found = [Fact(msg("Được nhờ dán {count} thông báo vào nhóm thôn"), {"count": count})] if count else []
    asks = RelayAsk.filter(person_id=subject.person_id).exclude(proof="")
    pictures = len(await proofs.there([ask(row) for row in await asks]))
    return [*found, *([Fact(msg("Đã gửi {count} ảnh nhóm thôn"), {"count": pictures})] if pictures else [])]


async def _erase_asks(subject: Subject) -> None:
    if subject.person_id is None:
        return
    for row in await RelayAsk.filter(person_id=subject.person_id).exclude(proof=""):
        await temporary_files.drop(row.proof, row.asked_at)
    await RelayAsk.filter(person_id=subject.person_id).update(person_id=None, proof="")


async def _read_ways(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None or not await VillageWay.exists(person_id=subject.person_id):
        return []
    return [Fact(msg("Là người đưa tin của thôn"), {})]


async def _erase_ways(subject: Subject) -> None:
    if subject.person_id is None:
        return
    await VillageWay.filter(person_id=subject.person_id).update(person_id=None)
