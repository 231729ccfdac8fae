"""Making one person of two rows: somebody who was listed before they came, and the account with which they came."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from tortoise.expressions import Q

from bot.storage import apps
from bot.storage.table import Table
from bot.storage.tables.audit import Actor, AuditRow
from bot.storage.tables.help import HelpDuty
from bot.storage.tables.people import Account, Person, Role

ACT = "listed_came"
"""Noted as `was`: the number of the one who was listed, by which a backup from before knows them."""


async def absorb(listed: int, into: int, now: datetime) -> None:
    """Give everything of a person who never wrote to one who did; the first one is gone afterwards.

    The one who wrote stays, because the audit log and open buttons name them. Name, phone and the last days of roles
    are those of the list, by which an import will know the person again.
    """
    person = await Person.get(id=listed)
    await _one_role_of_two(listed, into, now)
    on_duty = await HelpDuty.filter(person_id=into).values_list("unit_id", "weekday")
    for unit_id, weekday in on_duty:
        await HelpDuty.filter(person_id=listed, unit_id=unit_id, weekday=weekday).delete()
    for model, column in _references():
        await model.filter(**{column: listed}).update(**{column: into})
    named = {"name": person.name, "listed_name": person.listed_name or person.name}
    await Person.filter(id=into).update(**named, **({"phone": person.phone} if person.phone else {}))
    await Person.filter(id=listed).delete()


async def numbers_before(number: int) -> Sequence[int]:
    """Return the numbers of those whom the person with this number absorbed."""
    rows = await AuditRow.filter(actor=number, act=ACT)
    return [int(was) for row in rows if (was := json.loads(row.details).get("was")) is not None]


async def _one_role_of_two(listed: int, into: int, now: datetime) -> None:
    holds = Q(ended_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))
    for row in await Role.filter(holds, person_id=listed).select_related("unit"):
        same = Role.filter(holds, person_id=into, role=row.role, unit_id=row.unit.id)
        if await same.update(expires_at=row.expires_at):
            await row.delete()


def _references() -> Iterator[tuple[type[Table], str]]:
    """Yield every column in which somebody who never wrote can be named."""
    for table in apps.tables():
        if table not in (Account, Actor):
            yield from ((table, f"{name}_id") for name in table.links_to("bot.Person"))
