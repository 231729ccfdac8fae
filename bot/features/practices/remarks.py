"""Remarks: what leaders, the steering committee and observers say about a period's report; no figure is touched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from bot.features.calendar.periods import Period
from bot.features.people.people import Who
from bot.features.practices.tables import Remark as Row
from bot.features.privacy.personal_table import Fact, PersonalTable, Subject
from bot.features.reports.data import Directive
from bot.features.rights.table import CHAIR, COUNCIL, OBSERVER, OFFICER, ROLES, STEERING
from bot.i18n import msg

WRITERS = (CHAIR, STEERING, OBSERVER, COUNCIL, OFFICER)
"""The roles that may remark; somebody with several does so under the first of them."""
LONGEST = 1000


class Remark(Struct, frozen=True):
    id: int
    role: str
    text: str
    at: datetime


def role_of(who: Who) -> str | None:
    return next((role for role in WRITERS if who.has(role)), None)


async def write(unit_id: int, of: Period, role: str, text: str, *, author: int | None, now: datetime) -> Remark:
    """Store a remark inside the caller's transaction."""
    row = await Row.create(unit_id=unit_id, period=of.name, role=role, text=text, author_id=author, at=now)
    return Remark(row.id, row.role, row.text, row.at)


async def about(unit_id: int, period: str) -> Sequence[Remark]:
    """Return the remarks on the report of a unit, the first one first."""
    rows = await Row.filter(unit_id=unit_id, period=period).exclude(text="").order_by("id")
    return [Remark(row.id, row.role, row.text, row.at) for row in rows]


async def for_report(unit_id: int, of: Period) -> Sequence[Directive]:
    """Return the remarks with the author's office, never the name."""
    return [Directive(ROLES[one.role], one.text) for one in await about(unit_id, of.name)]


def personal_tables() -> list[PersonalTable]:
    return [
        PersonalTable(
            "remarks",
            msg("Góp ý về báo cáo"),
            _read,
            _erase,
            why=msg("xã biết lãnh đạo góp ý gì"),
            until=msg("lâu như báo cáo ấy"),
            stays=msg("Góp ý về báo cáo, vì là ý kiến của cơ quan; không còn ghi ai viết."),
        ),
    ]


async def _read(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await Row.filter(author_id=subject.person_id).order_by("id")
    return [Fact(msg("Góp ý lúc {at}: {text}"), {"at": row.at, "text": row.text}) for row in rows]


async def _erase(subject: Subject) -> None:
    """Take the author off the remarks; an office's remark stays with the report, as figures do."""
    if subject.person_id is not None:
        await Row.filter(author_id=subject.person_id).update(author_id=None)
