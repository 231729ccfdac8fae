"""The owners of a difficulty: the people who have to handle it now."""

from __future__ import annotations

from datetime import datetime

from bot.features.people import people
from bot.features.rights.table import OFFICER

from .difficulties import Difficulty


async def owners(one: Difficulty, commune_id: int, now: datetime) -> list[int]:
    """Return its owner; every officer if it has none, or if the owner has left or cannot be reached."""
    owner = one.owner_id
    if owner is not None and await people.grants_of(owner, now) and await people.reachable(owner):
        return [owner]
    return [holder.person_id for holder in await people.holders(OFFICER, commune_id, now)]
