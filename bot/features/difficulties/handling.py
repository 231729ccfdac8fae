"""The right to handle a difficulty, and the sentences for whoever has none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.features import rights
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.features.rights.table import CHAIR, OFFICER, POLICE, STEERING
from bot.i18n import msg

from .difficulties import Difficulty

HANDLERS = (OFFICER, CHAIR, POLICE)
DIRECTS = (CHAIR, STEERING)
"""Who says what is to be done about it, without doing it."""
GONE = msg("Không còn khó khăn này.")
NOT_YOURS = msg("Việc xử lý khó khăn là của cán bộ xã.")


async def may_handle(who: Who, one: Difficulty, now: datetime, roles: Sequence[str] = HANDLERS) -> bool:
    """Tell whether somebody with one of these roles may handle this difficulty."""
    decision = await rights.decide(who, Act.HANDLE_DIFFICULTIES, one.unit_id, on=now)
    return decision.allowed and decision.for_category(one.category) and who.has(*roles)
