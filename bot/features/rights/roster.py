"""The roles in a unit and their holders, for those who may give and end them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from msgspec import Struct
from tortoise.expressions import Q, Subquery

from bot.features.at_once import at_once
from bot.storage.sql import Row, asked, moment
from bot.storage.tables.people import Account, Role

from .table import RESIDENT, ROLES

# Plain SQL, because the first page of the desk asks for everybody in a commune.
_OF_UNITS = (
    "select r.id, r.person_id, p.name, r.role, r.unit_id, p.phone, r.expires_at,"
    " exists (select 1 from accounts a where a.person_id = p.id) as come"
    " from roles r join people p on p.id = r.person_id"
    " where r.ended_at is null and (r.expires_at is null or r.expires_at > ?)"
    " and r.unit_id in ({marks}) and r.role <> ? order by r.id"
)


class RosterEntry(Struct, frozen=True):
    """A role that somebody holds now. `come` is False for who is listed and has no account yet.

    `expires_at` is the moment at which it ends by itself.
    """

    grant_id: int
    person_id: int
    name: str
    role: str
    unit_id: int
    come: bool
    phone: str = ""
    expires_at: datetime | None = None


class PastRole(Struct, frozen=True):
    """A role that somebody has or had."""

    grant_id: int
    role: str
    unit_id: int
    since: datetime
    ended_at: datetime | None
    expires_at: datetime | None

    def until(self, now: datetime) -> datetime | None:
        """Return when it ended; None for one that holds."""
        return self.ended_at or (self.expires_at if self.expires_at is not None and self.expires_at <= now else None)


async def ever(person_id: int, unit_ids: Collection[int]) -> Sequence[PastRole]:
    """Return every role that somebody has or had in these units, the newest first; a resident's is none."""
    rows = await Role.filter(~Q(role=RESIDENT), person_id=person_id, unit_id__in=list(unit_ids)).order_by("-id")
    return [
        PastRole(row.id, row.role, row.key_of("unit"), row.granted_at, row.ended_at, row.expires_at) for row in rows
    ]


async def of_unit(unit_id: int, now: datetime) -> Sequence[RosterEntry]:
    """Return everybody with a role in a unit, in the order of the roles."""
    order = list(ROLES)
    held = Role.filter(_holds(now), unit_id=unit_id)
    accounts = Account.filter(person_id__in=Subquery(held.values("person_id")))
    rows, known = await at_once(
        held.order_by("id").select_related("person"), accounts.values_list("person_id", flat=True)
    )
    come = frozenset(int(str(one)) for one in known)
    return sorted((_entry(row, come) for row in rows), key=lambda one: order.index(one.role))


async def of_units(unit_ids: Collection[int], now: datetime) -> Sequence[RosterEntry]:
    """Return everybody with a role in any of these units, in the order of the roles; residents are not listed."""
    if not unit_ids:
        return []
    order = list(ROLES)
    text = _OF_UNITS.format(marks=", ".join("?" * len(unit_ids)))
    found = [_entry_in(row) for row in await asked(text, [now, *unit_ids, RESIDENT])]
    return sorted(found, key=lambda one: order.index(one.role))


async def entry(grant_id: int, now: datetime) -> RosterEntry | None:
    """Return the entry of a grant; None for a role that does not hold any more."""
    row = await Role.filter(_holds(now), id=grant_id).select_related("person").first()
    return None if row is None else _entry(row, await _come([row.person.id]))


async def _come(person_ids: Sequence[int]) -> frozenset[int]:
    found = await Account.filter(person_id__in=list(person_ids)).values_list("person_id", flat=True)
    return frozenset(int(str(one)) for one in found)


def _holds(now: datetime) -> Q:
    return Q(ended_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))


def _entry(row: Role, come: frozenset[int]) -> RosterEntry:
    unit_id = row.key_of("unit")
    person = row.person
    come_in = person.id in come
    return RosterEntry(row.id, person.id, person.name, row.role, unit_id, come_in, person.phone, row.expires_at)


def _entry_in(row: Row) -> RosterEntry:
    ends = row["expires_at"]
    return RosterEntry(
        int(str(row["id"])),
        int(str(row["person_id"])),
        str(row["name"]),
        str(row["role"]),
        int(str(row["unit_id"])),
        bool(row["come"]),
        str(row["phone"]),
        None if ends is None else moment(ends),
    )
