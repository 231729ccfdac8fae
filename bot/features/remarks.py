"""Remarks: what leaders, the steering committee and observers say about a period's report; no figure is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.features.checkins.periods import Period
from bot.features.people import Who
from bot.features.privacy.holding import Fact, Holding, Subject
from bot.features.reports.data import Directive
from bot.features.rights.table import CHAIR, COUNCIL, OBSERVER, OFFICER, ROLES, STEERING
from bot.i18n import msg
from bot.storage.remarks import Remark as Row

WRITERS = (CHAIR, STEERING, OBSERVER, COUNCIL, OFFICER)
"""Who may remark, in this order the role under which somebody with several does."""
LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Remark:
    id: int
    role: str
    text: str
    at: datetime


def role_of(who: Who) -> str | None:
    return next((role for role in WRITERS if who.has(role)), None)


async def write(unit_id: int, of: Period, role: str, text: str, *, author: int | None, now: datetime) -> Remark:
    """Inside the caller's transaction."""
    row = await Row.create(unit_id=unit_id, period=of.name, role=role, text=text, author_id=author, at=now)
    return Remark(row.id, row.role, row.text, row.at)


async def about(unit_id: int, period: str) -> Sequence[Remark]:
    """On the report of a unit, the first one first."""
    rows = await Row.filter(unit_id=unit_id, period=period).exclude(text="").order_by("id")
    return [Remark(row.id, row.role, row.text, row.at) for row in rows]


async def for_report(unit_id: int, of: Period) -> Sequence[Directive]:
    """With the office, never the name, of who said it."""
    return [Directive(ROLES[one.role], one.text) for one in await about(unit_id, of.name)]


def holdings() -> list[Holding]:
    return [Holding("remarks", msg("Góp ý về báo cáo"), _read, _erase)]


async def _read(subject: Subject) -> Sequence[Fact]:
    if subject.person_id is None:
        return []
    rows = await Row.filter(author_id=subject.person_id).order_by("id")
    return [Fact(msg("Góp ý lúc {at}: {text}"), {"at": row.at, "text": row.text}) for row in rows]


async def _erase(subject: Subject) -> None:
    """What an office said about a report stays with the report, as figures do."""
    if subject.person_id is not None:
        await Row.filter(author_id=subject.person_id).update(author_id=None)
