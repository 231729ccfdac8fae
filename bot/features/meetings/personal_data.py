"""Personal data of meetings: who called one. Attendance is a number, and a meeting goes after a year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.features.meetings.tables import Meeting, MeetingPoint
from bot.features.privacy.personal_table import Fact, PersonalTable, Subject
from bot.features.privacy.retention import Rule
from bot.i18n import msg

DAYS = 365


def personal_tables() -> list[PersonalTable]:
    return [
        PersonalTable(
            "meetings",
            msg("Cuộc họp đã mời"),
            _read,
            _erase,
            why=msg("mời họp và ghi biên bản"),
            until=msg("một năm sau cuộc họp"),
            stays=msg("Cuộc họp và biên bản, vì là việc chung; không còn ghi ai mời."),
        ),
    ]


def rules() -> Sequence[Rule]:
    return [Rule("meetings", DAYS, msg("sau cuộc họp"), _forget)]


async def _read(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await Meeting.filter(caller_id=subject.person_id).order_by("id")
    return [Fact(msg("Mời họp “{title}” lúc {at}"), {"title": row.subject, "at": row.starts_at}) for row in rows]


async def _erase(subject: Subject) -> None:
    if subject.person_id is not None:
        await Meeting.filter(caller_id=subject.person_id).update(caller_id=None)


async def _forget(before: datetime, now: datetime) -> int:
    old = [row.id for row in await Meeting.filter(starts_at__lt=before)]
    await MeetingPoint.filter(meeting_id__in=old).delete()
    return await Meeting.filter(id__in=old).delete()
