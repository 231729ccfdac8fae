"""Giving a role from a page: which roles the visitor may give where, and the button that begins it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.actions import Action
from bot.features import rights, units
from bot.features.calendar.vietnam import today
from bot.features.units import Place
from bot.handlers.people.inviting import PickInviteUnit
from bot.office.desk.visit import Visit


async def roles_to_give(visit: Visit, unit_id: int) -> Sequence[tuple[str, str]]:
    """Return code and name of the roles to which the visitor may invite in a unit."""
    return [
        (role, visit.word(name))
        for role, name in reversed(list(rights.ROLES.items()))
        if (await rights.may_invite(visit.who, role, unit_id, on=visit.now)).allowed
    ]


async def units_of(visit: Visit) -> Sequence[Place]:
    """Return the commune and what lies in it now."""
    return [visit.commune, *await units.descendants(visit.commune.id, today(visit.now))]


async def picked(visit: Visit, unit: str) -> Action | None:
    """Return the button for the role that a form names; None for a role or a unit that are none of ours.

    Whether the visitor may give it is decided by the conversation, as for every press.
    """
    role = visit.said("vai")
    known = {place.code for place in await units_of(visit)}
    return PickInviteUnit(role, unit) if role in rights.ROLES and unit in known else None
