"""Which figures one person reported, for the page of that person."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.text import upper_first
from bot.features import rights, units
from bot.features.calendar import periods
from bot.features.calendar.vietnam import today
from bot.features.checkins import reported
from bot.features.reports.access import access
from bot.features.rights import Act
from bot.handlers.checkins.common import named
from bot.office.desk.visit import OF_PERSON, PersonLine, PersonPart, Visit

from .ground import TABLE, FiguresGround, to


async def of_person(ground: FiguresGround, visit: Visit, person_id: int) -> Sequence[PersonPart]:
    """Return a line for each village and period, as the table of figures may be seen by the visitor."""
    decision = await rights.decide(visit.who, Act.EXPORT_REPORTS, visit.commune.id, on=visit.now)
    if not decision.allowed or (await access(visit.who, visit.commune, visit.now)).sums_only:
        return []
    places = {place.id: place for place in await units.descendants(visit.commune.id, today(visit.now))}
    lines = []
    for one in await reported.of_reporter(person_id, list(places), OF_PERSON):
        of = named(visit, periods.period(one.period, ground.service.cut_off))
        village = upper_first(places[one.unit_id].full_name)
        text = visit.t("{village}, {period}: {count} chỉ tiêu", village=village, period=of, count=one.figures).plain
        lines.append(PersonLine(text, one.at, to(TABLE, ky=one.period)))
    return [PersonPart(visit.word("Số liệu đã báo"), lines)] if lines else []
