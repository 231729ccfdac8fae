"""People whom an office listed with their roles and who have not come yet: they have no account to write to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from tortoise.expressions import Q

from bot.features import rights
from bot.features.at_once import at_once
from bot.features.people.people import Grant, Who
from bot.features.rights.table import RESIDENT
from bot.i18n import msg
from bot.storage.tables.people import Account, Invite, Person, Role

PURPOSE = "listed"
HAS_COME = msg("Người này đã vào rồi, hoặc không còn vai trò nào.")


class ListedPerson(Struct, frozen=True):
    """A person with roles and no account. `code_until` is the end of the code that was made for them, if it holds."""

    person_id: int
    name: str
    grants: tuple[Grant, ...]
    code_until: datetime | None = None


async def find(unit_ids: Collection[int], now: datetime, *, by: Who | None = None) -> Sequence[ListedPerson]:
    """Find people with a role in these units who have not come, in the order of the roles; name all roles of each.

    `by` asks for those whom this person may invite to every one of their roles: the user of the code gets them all.
    """
    ids = await Role.filter(_holds(now), unit_id__in=list(unit_ids)).exclude(role=RESIDENT).values_list(
        "person_id", flat=True
    )  # fmt: skip
    return await among({int(str(one)) for one in ids}, now, by=by)


async def among(person_ids: Collection[int], now: datetime, *, by: Who | None = None) -> Sequence[ListedPerson]:
    """Filter these people, as `find`."""
    found = await _of_persons(person_ids, now)
    if by is not None:
        held = {(grant.role, grant.unit_id) for one in found for grant in one.grants}
        allowed = await rights.invitable(by, held, on=now)
        found = [one for one in found if all((grant.role, grant.unit_id) in allowed for grant in one.grants)]
    return sorted(found, key=_place_in_list)


async def get(person_id: int, now: datetime) -> ListedPerson | None:
    """Return the listed person; None for somebody who has come, or who holds no role any more."""
    return next(iter(await _of_persons({person_id}, now)), None)


async def refused(by: Who | None, one: ListedPerson | None, now: datetime) -> str:
    """Say why `by` may make no code for them, "" where they may. None is the command line, which may invite anybody."""
    if one is None:
        return HAS_COME
    if by is None:
        return ""
    for grant in one.grants:
        decision = await rights.may_invite(by, grant.role, grant.unit_id or 0, on=now)
        if not decision.allowed:
            return decision.why
    return ""


async def end_codes(person_ids: Iterable[int], now: datetime) -> int:
    """End the codes that were made for them before; return how many were still good."""
    live = Invite.filter(purpose=PURPOSE, person_id__in=list(person_ids), uses_left__gt=0, expires_at__gt=now)
    return await live.update(expires_at=now, uses_left=0)


async def lock(person_id: int | None) -> None:
    """Lock the person's row until the end of the transaction.

    A role given to them at the same time comes before or fails, for the row goes with all that names it.
    """
    await Person.filter(id=person_id).select_for_update().first()


async def came_with(code_hash: str, person_id: int | None) -> bool:
    """Tell whether the person came with this code: a slip read again by the one it brought is no wrong code."""
    return person_id is not None and await Invite.exists(purpose=PURPOSE, code_hash=code_hash, person_id=person_id)


async def _of_persons(ids: Collection[int], now: datetime) -> list[ListedPerson]:
    come = Account.filter(person_id__in=list(ids)).values_list("person_id", flat=True)
    held = Role.filter(_holds(now), person_id__in=list(ids)).exclude(role=RESIDENT).order_by("id")
    codes = Invite.filter(purpose=PURPOSE, person_id__in=list(ids), uses_left__gt=0, expires_at__gt=now)
    here, rows, given = await at_once(
        come, held.select_related("person", "unit"), codes.values_list("person_id", "expires_at")
    )
    away = set(ids) - {int(str(one)) for one in here}
    names: dict[int, str] = {}
    grants: Mapping[int, list[Grant]] = defaultdict(list)
    for row in rows:
        if row.person.id in away:
            names[row.person.id] = row.person.name
            grants[row.person.id].append(Grant(row.role, row.unit.id, row.expires_at, row.id))
    until = {int(str(who)): at for who, at in given}
    return [ListedPerson(one, name, tuple(grants[one]), until.get(one)) for one, name in names.items()]


def _place_in_list(one: ListedPerson) -> tuple[int, int, str]:
    order = list(rights.ROLES)
    return one.grants[0].unit_id or 0, -order.index(one.grants[0].role), one.name


def _holds(now: datetime) -> Q:
    return Q(ended_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))
