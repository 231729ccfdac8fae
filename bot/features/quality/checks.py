"""Can people still do it a month later? Some visits are drawn, and whoever helped goes back and asks.

The log does not know who was helped, so only the helper can ask; of one visit one person is asked. A result is a
figure for indicator CL01 only when a leader reports it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal

from msgspec import Struct
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from bot.core.machine import chance
from bot.features.calendar.vietnam import moment, today
from bot.features.quality.tables import VisitCheck as Row
from bot.features.visits import log as visits
from bot.features.visits.log import Visit
from bot.features.visits.tables import Visit as VisitRow
from bot.i18n import msg

Result = Literal["able", "forgot", "absent"]
Pick = Callable[[Sequence[int], int], Sequence[int]]

RESULTS: Mapping[Result, str] = {
    "able": msg("Vẫn làm được"),
    "forgot": msg("Đã quên"),
    "absent": msg("Không gặp"),
}
AFTER, LATEST = timedelta(days=30), timedelta(days=90)
"""A visit is asked about when it was so long ago, and no longer."""
WAITS = timedelta(days=60)
"""So long after the drawing a visit is still to be asked about."""
MOST = 20


class Check(Struct, frozen=True):
    """`result` None: not asked yet."""

    id: int
    visit: Visit
    result: Result | None


def span(now: datetime) -> tuple[date, date]:
    """Return the first and last day of visits that may be drawn."""
    return today(now) - LATEST, today(now) - AFTER


def at_random(ids: Sequence[int], count: int) -> Sequence[int]:
    return chance.sample(ids, count)


async def draw(unit_ids: Collection[int], count: int, now: datetime, pick: Pick = at_random) -> Sequence[Check]:
    """Draw up to `count` visits that went well and whose helper is known, each once; in the caller's transaction."""
    first, last = span(now)
    fits = VisitRow.filter(
        unit_id__in=list(unit_ids), day__gte=first, day__lte=last, outcome="done", person_id__isnull=False
    )
    drawn = {row.key_of("visit") for row in await Row.filter(visit__day__gte=first)}
    free = [row.id for row in await fits.order_by("id") if row.id not in drawn]
    chosen = sorted(pick(free, min(count, len(free))))
    await Row.bulk_create([Row(visit_id=visit_id, drawn_at=now) for visit_id in chosen], ignore_conflicts=True)
    return await _read(Row.filter(visit_id__in=chosen))


async def waiting(now: datetime, *, unit_ids: Collection[int] = (), person_id: int | None = None) -> Sequence[Check]:
    """Return the checks still to be asked about: the visits of these units, and those of this helper."""
    rows = Row.filter(result="", drawn_at__gte=now - WAITS)
    whose = Q(visit__unit_id__in=list(unit_ids))
    if person_id is not None:
        whose |= Q(visit__person_id=person_id)
    return sorted(await _read(rows.filter(whose)), key=lambda one: (one.visit.day, one.id))


async def get(check_id: int) -> Check | None:
    return next(iter(await _read(Row.filter(id=check_id))), None)


async def note(check_id: int, result: Result, now: datetime) -> bool:
    """Note a result; return False when one stands there already."""
    return bool(await Row.filter(id=check_id, result="").update(result=result, noted_at=now))


async def redo(check_id: int, result: Result) -> bool:
    """Take back what was noted by mistake; False when something else stands there now."""
    return bool(await Row.filter(id=check_id, result=result).update(result="", noted_at=None))


async def results(unit_ids: Collection[int], first: date, last: date) -> Counter[Result]:
    """Count the results noted on these days, both included, of visits in these units."""
    rows = Row.filter(
        visit__unit_id__in=list(unit_ids),
        noted_at__gte=moment(first, time()),
        noted_at__lt=moment(last + timedelta(days=1), time()),
    )
    return Counter(one for (result,) in await rows.values_list("result") if (one := _known(result)) is not None)


async def _read(rows: QuerySet[Row]) -> Sequence[Check]:
    found = await rows.order_by("id").select_related("visit", "visit__person")
    made = await visits.read([row.visit for row in found])
    return [Check(row.id, visit, _known(row.result)) for row, visit in zip(found, made, strict=True)]


def _known(result: str) -> Result | None:
    return next((one for one in RESULTS if one == result), None)
