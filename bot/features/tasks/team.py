"""People who may be given a task in a village, or by the commune; and how much each has to do already."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct

from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.rights import roster
from bot.features.rights.table import DEPUTY, ENTERPRISE, LEADER, MEMBER, VOLUNTEER
from bot.storage.tables.tasks import Task as Row

from .model import HELD

TEAM = (LEADER, DEPUTY, MEMBER, VOLUNTEER)


class TeamMember(Struct, frozen=True):
    """`load` counts the tasks that are theirs and not done yet."""

    person_id: int
    name: str
    role: str
    load: int


async def team(unit_id: int, now: datetime) -> Sequence[TeamMember]:
    """Return each person of the village's team once, of a commune its enterprises; those with least to do first."""
    place = await units.by_id(unit_id)
    roles = (ENTERPRISE,) if place is not None and place.level == "commune" else TEAM
    parts = await units.merged_parts(unit_id, today(now))
    found: dict[int, roster.RosterEntry] = {}
    for one in (unit_id, *(part.id for part in parts)):
        for entry in await roster.of_unit(one, now):
            if entry.role in roles:
                found.setdefault(entry.person_id, entry)
    loads = await _loads(found)
    members = [TeamMember(one.person_id, one.name, one.role, loads.get(one.person_id, 0)) for one in found.values()]
    return sorted(members, key=lambda one: one.load)


async def _loads(person_ids: Collection[int]) -> dict[int, int]:
    loads: dict[int, int] = {}
    rows = Row.filter(doer_id__in=list(person_ids), state__in=list(HELD)).values_list("doer_id", flat=True)
    for person_id in await rows:
        loads[int(str(person_id))] = loads.get(int(str(person_id)), 0) + 1
    return loads
