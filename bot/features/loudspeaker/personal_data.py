"""Personal data of the loudspeaker: authors of recordings, people who noted a playing or are to press play."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import F, Q

from bot.features.jobs import temporary_files
from bot.features.loudspeaker.tables import LoudspeakerPlan, Play, Recording
from bot.features.privacy.personal_table import Fact, PersonalTable, Subject, Values
from bot.i18n import msg


def personal_tables() -> list[PersonalTable]:
    """Return one personal table for each table that names people."""
    return [
        PersonalTable(
            "recordings",
            msg("Bản phát loa"),
            _read_recordings,
            _erase_recordings,
            why=msg("phát trên loa và biết ai duyệt"),
            until=msg("lâu như hồ sơ thông báo của xã"),
            stays=msg("Bản phát loa đã duyệt, vì đã phát cho bà con; không còn ghi ai đọc, ai duyệt."),
        ),
        PersonalTable(
            "plays",
            msg("Lần phát loa"),
            _read_plays,
            _erase_plays,
            why=msg("nhật ký loa của thôn"),
            until=msg("lâu như hồ sơ thông báo của xã"),
            stays=msg("Lần loa đã phát, vì nhật ký của thôn cần; không còn ghi ai bật."),
        ),
        PersonalTable(
            "loudspeaker_plans",
            msg("Lịch phát loa"),
            _read_plans,
            _erase_plans,
            why=msg("nhắc bác trước giờ phát"),
            until=msg("đến khi thôn đổi người"),
            stays=msg("Giờ phát loa của thôn, vì thôn vẫn phát; không còn ghi bác là người bật."),
        ),
    ]


async def _read_recordings(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    mine = Q(author_id=subject.person_id) | Q(approver_id=subject.person_id)
    rows = await Recording.filter(mine).order_by("id")
    return [Fact(msg("Bản phát loa lúc {at}: {title}"), {"at": row.created_at, "title": row.title}) for row in rows]


async def _erase_recordings(subject: Subject) -> None:
    """Delete a person's recordings that were not approved; keep the approved ones, without the person."""
    if subject.person_id is not None:
        own = Recording.filter(author_id=subject.person_id).exclude(state="approved")
        for row in await own.exclude(media=""):
            await temporary_files.keep(row.media, row.created_at)
        await own.delete()
        await Recording.filter(author_id=subject.person_id).update(author_id=None)
        await Recording.filter(approver_id=subject.person_id).update(approver_id=None)


async def _read_plays(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    own = Play.filter(person_id=subject.person_id).order_by("noted_at")
    count, first = await own.count(), await own.first()
    values: Values = {} if first is None else {"count": count, "at": first.noted_at}
    return [Fact(msg("Đã ghi {count} lần phát loa của thôn, từ {at}"), values)] if values else []


async def _erase_plays(subject: Subject) -> None:
    if subject.person_id is not None:
        await Play.filter(person_id=subject.person_id).update(person_id=None)


async def _read_plans(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await LoudspeakerPlan.filter(player_id=subject.person_id).order_by("id").select_related("unit")
    return [
        Fact(msg("Là người bật loa của {village}"), {"village": f"{row.unit.kind} {row.unit.name}"}) for row in rows
    ]


async def _erase_plans(subject: Subject) -> None:
    """Take the person out of the village's plans, which keep their hours; its leaders are reminded instead."""
    if subject.person_id is not None:
        own = LoudspeakerPlan.filter(player_id=subject.person_id)
        await own.update(player_id=None, version=F("version") + 1)
