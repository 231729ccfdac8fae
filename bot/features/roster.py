"""Who holds which role in a unit, for those who may give and end it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tortoise.expressions import Q

from bot.features.rights.table import ROLES
from bot.storage.people import Account, Role


@dataclass(frozen=True, slots=True)
class Entry:
    """A role that somebody holds now. `come` is False for who is listed and has no account yet."""

    grant_id: int
    person_id: int
    name: str
    role: str
    unit_id: int
    come: bool


async def of_unit(unit_id: int, now: datetime) -> Sequence[Entry]:
    """Everybody with a role in a unit, in the order of the roles."""
    order = list(ROLES)
    rows = await Role.filter(_holds(now), unit_id=unit_id).order_by("id").select_related("person")
    come = await _come([row.person.id for row in rows])
    return sorted((_entry(row, come) for row in rows), key=lambda one: order.index(one.role))


async def entry(grant_id: int, now: datetime) -> Entry | None:
    """None for a role that does not hold any more."""
    row = await Role.filter(_holds(now), id=grant_id).select_related("person").first()
    return None if row is None else _entry(row, await _come([row.person.id]))


async def _come(person_ids: Sequence[int]) -> frozenset[int]:
    found = await Account.filter(person_id__in=list(person_ids)).values_list("person_id", flat=True)
    return frozenset(int(str(one)) for one in found)


def _holds(now: datetime) -> Q:
    return Q(ended_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))


def _entry(row: Role, come: frozenset[int]) -> Entry:
    # Tortoise adds the columns of foreign keys at run time, so no type checker knows them.
    unit_id: int = row.__dict__["unit_id"]
    return Entry(row.id, row.person.id, row.person.name, row.role, unit_id, row.person.id in come)
