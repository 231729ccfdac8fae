"""The seat of an official: the commune for which somebody with a role at a desk works."""

from __future__ import annotations

from datetime import datetime

from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.people.people import Who
from bot.features.rights.table import AT_THE_DESK
from bot.features.units import Place


async def commune_of(who: Who, now: datetime) -> Place | None:
    """Return the commune of the first role that has a desk; None for whoever has none now."""
    for grant in who.grants:
        if grant.role in AT_THE_DESK and grant.unit_id is not None:
            commune = await units.commune_of(grant.unit_id, today(now))
            if commune is not None:
                return commune
    return None
