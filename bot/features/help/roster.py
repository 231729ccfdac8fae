"""The roster of a unit: people who may be asked to help, in which order, and who is on duty on which weekday."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, tzinfo

from bot.features import rights, units
from bot.features.calendar.vietnam import today
from bot.features.people import people
from bot.features.rights import Act
from bot.features.rights import roster as roles
from bot.features.rights.decide import cell_of
from bot.features.rights.roster import RosterEntry
from bot.features.rights.table import CHAIR, NOTHING
from bot.storage.tables.help import HelpDuty

from . import requests


async def helpers(unit_id: int, now: datetime) -> Sequence[RosterEntry]:
    """Return all in a unit who may answer, each person once; the chair only if the commune has nobody else."""
    found: dict[int, RosterEntry] = {}
    for entry in await roles.of_unit(unit_id, now):
        if cell_of(entry.role, Act.ANSWER_HELP) != NOTHING:
            found.setdefault(entry.person_id, entry)
    others = [entry for entry in found.values() if entry.role != CHAIR]
    return others or list(found.values())


async def in_turn(unit_id: int, without: Collection[int], now: datetime, zone: tzinfo) -> Sequence[int]:
    """Return persons on duty now who can be written to, without some; the one asked longest ago comes first."""
    able = {entry.person_id for entry in await helpers(unit_id, now)}
    on_duty = await on_duty_on(unit_id, now.astimezone(zone).weekday()) & able
    left = sorted((on_duty or able) - set(without))
    reachable = [person_id for person_id in left if await people.accounts_of(person_id)]
    last = await requests.last_asked(reachable)
    return sorted(reachable, key=lambda person_id: (person_id in last, last.get(person_id, now), person_id))


async def can_help(person_id: int | None, unit_id: int, now: datetime) -> bool:
    """Tell whether somebody who took a request may still answer it: roles end."""
    if person_id is None:
        return False
    who = await people.who_is(person_id, now)
    return (await rights.decide(who, Act.ANSWER_HELP, unit_id, on=now)).allowed


async def everybody(unit_id: int, now: datetime) -> Sequence[int]:
    """Return the whole roster of the unit, its commune's officers and its chairs."""
    commune = await units.commune_of(unit_id, today(now))
    found = {entry.person_id for entry in await helpers(unit_id, now)}
    if commune is not None:
        entries = await roles.of_unit(commune.id, now)
        found |= {entry.person_id for entry in entries if cell_of(entry.role, Act.ANSWER_HELP) != NOTHING}
    return sorted(found)


# Duty


async def on_duty_on(unit_id: int, weekday: int) -> set[int]:
    """Return the persons who were put on duty; empty means everybody."""
    return {row.key_of("person") for row in await HelpDuty.filter(unit_id=unit_id, weekday=weekday)}


async def rota(unit_id: int) -> Mapping[int, set[int]]:
    """Return the persons on duty by weekday; on a weekday that is missing everybody is."""
    found: dict[int, set[int]] = {}
    for row in await HelpDuty.filter(unit_id=unit_id):
        found.setdefault(row.weekday, set()).add(row.key_of("person"))
    return found


async def put(unit_id: int, weekday: int, person_id: int, *, on: bool) -> None:
    """Put a person on duty, or off, inside the caller's transaction; twice is once."""
    if on:
        row = HelpDuty(unit_id=unit_id, weekday=weekday, person_id=person_id)
        await HelpDuty.bulk_create([row], ignore_conflicts=True)
    else:
        await HelpDuty.filter(unit_id=unit_id, weekday=weekday, person_id=person_id).delete()
