"""The right to answer requests for help: in which places, and whether this one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.features import rights, units
from bot.features.calendar.vietnam import today
from bot.features.people.people import Who
from bot.features.rights import Act
from bot.features.rights.table import NOTHING
from bot.features.units import Place
from bot.i18n import msg

from . import requests
from .requests import Request

_GONE = msg("Tôi không thấy yêu cầu này.")
_OWN = msg("Đây là việc bác nhờ. Người khác sẽ trả lời bác.")


async def entrance(who: Who, request_id: int, now: datetime) -> tuple[Request, int] | str:
    """Return the request and the id of a person who may answer it now, otherwise the sentence that says why not."""
    one = await requests.get(request_id)
    if one is None:
        return (await rights.decide(who, Act.ANSWER_HELP, None, on=now)).why or _GONE
    decision = await rights.decide(who, Act.ANSWER_HELP, one.unit_id, on=now)
    if not decision.allowed or who.person_id is None:
        return decision.why
    return _OWN if who.person_id == await requests.asker_person(one) else (one, who.person_id)


async def places(who: Who, now: datetime) -> Mapping[int, Place]:
    """Return the units for which somebody may answer: a village, or the commune with all its villages."""
    found: dict[int, Place] = {}
    for grant in who.grants:
        place = None if grant.unit_id is None else await units.by_id(grant.unit_id)
        if place is None or rights.cell_of(grant.role, Act.ANSWER_HELP) == NOTHING:
            continue
        below = [] if place.level == "village" else await units.villages(place.id, today(now))
        found |= {one.id: one for one in (place, *below)}
    return found
