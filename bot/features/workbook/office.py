"""The workbook of a commune for somebody of its office: their people, and the units for who keeps its settings."""

from __future__ import annotations

from datetime import datetime

from bot.features import rights
from bot.features.calendar.vietnam import VIETNAM
from bot.features.people.people import Who
from bot.features.rights import Act

from .book import Workbook
from .don_vi import UnitsSheet
from .nguoi import PeopleSheet
from .sheet import Sheet, WorkbookScope


async def workbook_of(who: Who, commune_id: int, now: datetime) -> Workbook:
    """Return the sheets that this person may change; the roles in them are checked row by row."""
    keeps = await rights.decide(who, Act.CHANGE_SETTINGS, commune_id, on=now)
    sheets: list[Sheet] = [UnitsSheet()] if keeps.allowed else []
    return Workbook([*sheets, PeopleSheet(who)])


def scope_of(commune_id: int, now: datetime) -> WorkbookScope:
    return WorkbookScope(now, VIETNAM, commune_id)
