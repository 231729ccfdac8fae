"""Personal data of the register: who noted a request and who closed it, and who asked, until a year has passed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from tortoise.expressions import Q

from bot.features.privacy.personal_table import Fact, PersonalTable, Subject
from bot.features.privacy.retention import Rule
from bot.features.privacy_requests.tables import PrivacyRequest
from bot.i18n import msg

DAYS = 365


def personal_tables() -> list[PersonalTable]:
    return [
        PersonalTable(
            "privacy_requests",
            msg("Sổ yêu cầu về dữ liệu cá nhân"),
            _read,
            _erase,
            why=msg("làm đúng hạn điều người dân xin xã về dữ liệu của mình"),
            until=msg("một năm sau khi làm xong"),
            stays=msg("Lời xin ghi trong sổ yêu cầu, đến một năm sau khi làm xong; không còn ghi ai ghi sổ."),
        )
    ]


def rules() -> list[Rule]:
    return [Rule("privacy_requests", DAYS, msg("sau khi làm xong"), _forget)]


async def _read(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    own = Q(noter_id=subject.person_id) | Q(closer_id=subject.person_id)
    rows = await PrivacyRequest.filter(own).order_by("id")
    return [
        Fact(msg("Bác ghi hoặc trả lời yêu cầu số {number}, {at}"), {"number": row.id, "at": row.noted_at})
        for row in rows
    ]


async def _erase(subject: Subject) -> None:
    if subject.person_id is None:
        return
    await PrivacyRequest.filter(noter_id=subject.person_id).update(noter_id=None)
    await PrivacyRequest.filter(closer_id=subject.person_id).update(closer_id=None)


async def _forget(before: datetime, now: datetime) -> int:
    return await PrivacyRequest.filter(closed_at__lt=before).delete()
