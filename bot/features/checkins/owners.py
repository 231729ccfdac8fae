"""Who has to see to a difficulty now."""

from __future__ import annotations

from datetime import datetime

from bot.features import people
from bot.features.rights.table import OFFICER

from .difficulties import Difficulty


async def owners(one: Difficulty, commune_id: int, now: datetime) -> list[int]:
    """Who has it; every officer for what nobody has, or whose owner has left or cannot be told."""
    owner = one.owner_id
    if owner is not None and await people.grants_of(owner, now) and await people.reachable(owner):
        return [owner]
    return [holder.person_id for holder in await people.holders(OFFICER, commune_id, now)]
