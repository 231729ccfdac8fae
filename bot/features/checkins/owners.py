"""Who has to see to a difficulty now."""

from __future__ import annotations

from datetime import datetime

from bot.features import people
from bot.features.rights.table import OFFICER

from .difficulties import Difficulty


async def owners(one: Difficulty, commune_id: int, now: datetime) -> list[int]:
    """Who has it; every officer for what nobody has, or whose owner has left."""
    if one.owner_id is not None and (await people.grants_of(one.owner_id, now)):
        return [one.owner_id]
    return [holder.person_id for holder in await people.holders(OFFICER, commune_id, now)]
