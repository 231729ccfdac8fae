"""What a village was sent and has not played: now, so that somebody is reminded, and so far, for the officials.

Nothing is stored: it follows from the plan, from what was announced and from what was noted as played.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from bot.features import units
from bot.features.announcements import store
from bot.features.checkins.periods import today
from bot.features.units import Place
from bot.storage.announcements import Announcement as AnnouncementRow
from bot.storage.announcements import AnnouncementTarget as TargetRow

from . import plans, plays
from .plans import Plan
from .plays import LATEST, Playable
from .timetable import OPEN_END, Turn

LEAD = timedelta(minutes=10)
"""So long before its time somebody is reminded: the loudspeaker has to be walked to."""
AT_ONCE_FOR = timedelta(hours=2)
"""What is urgent does not wait for a time of the plan: so long after it came somebody is told to play it now."""
MOST_TURNS = 3
"""What was not played at so many times is not reminded of any more; the officials still see it."""


@dataclass(frozen=True, slots=True)
class Due:
    """What a loudspeaker is to play at a time. `newest` is the greatest number of an announcement for that time, also
    of one that has been played: with a greater one there is something new to tell.
    """

    plan: Plan
    place: Place
    items: tuple[Playable, ...]
    turn: Turn
    newest: int


@dataclass(frozen=True, slots=True)
class Missed:
    """An announcement that was not played. `turn` is the first time for it."""

    plan: Plan
    place: Place
    label: str
    turn: Turn


@dataclass(frozen=True, slots=True)
class _Open:
    """The recordings of announcement `number`, and the times of a loudspeaker for it up to now or nearly now."""

    plan: Plan
    number: int
    items: tuple[Playable, ...]
    turns: Sequence[Turn]
    played: bool


async def now_due(now: datetime) -> Sequence[Due]:
    """What is to be played at times that are near or not over, or at once."""
    urgent = await _sounding(now - AT_ONCE_FOR).filter(klass="urgent").exists()
    near = [one for one in await plans.everywhere() if urgent or one.when.turns(now, now + LEAD)]
    found: list[Due] = []
    for place, own in await _waiting(near, now):
        together: dict[tuple[int, Turn], list[_Open]] = {}
        for one in await _open(place, now):
            this = [turn for turn in one.turns[:MOST_TURNS] if turn.until > now]
            if one.plan in own and this:
                together.setdefault((one.plan.id, this[-1]), []).append(one)
        for (_, turn), several in together.items():
            items = tuple(item for one in several if not one.played for item in one.items)
            if items:
                found.append(Due(several[0].plan, place, items, turn, max(one.number for one in several)))
    return found


async def missed(commune_id: int, now: datetime) -> Sequence[Missed]:
    """What the villages of a commune had a time for and have not noted as played, newest first."""
    villages = await units.villages(commune_id, today(now))
    planned = await plans.of_each([one.id for one in villages], today(now))
    found: list[Missed] = []
    for place, _ in await _waiting([plan for own in planned.values() for plan in own], now):
        found += [
            Missed(one.plan, place, one.items[0].label, one.turns[0])
            for one in await _open(place, now)
            if not one.played and one.turns and one.turns[0].until <= now
        ]
    return sorted(found, key=lambda one: (one.turn.at, one.label, one.place.id), reverse=True)


async def _waiting(some: Collection[Plan], now: datetime) -> list[tuple[Place, list[Plan]]]:
    """Villages with these plans to which a recording was announced: few of them, so the rest is not looked at."""
    by_place: dict[int, tuple[Place, list[Plan]]] = {}
    recent = await _units_with_sound(now) if some else set()
    if not recent:
        return []
    on = today(now)
    for plan in some:
        place = await plans.place_of(plan, on)
        if place is not None:
            by_place.setdefault(place.id, (place, []))[1].append(plan)
    parts = await units.parts_of_each(list(by_place), on)
    return [found for key, found in by_place.items() if recent & {key, *(part.id for part in parts.get(key, ()))}]


async def _units_with_sound(now: datetime) -> set[int]:
    ids = list(await _sounding(now - LATEST).values_list("id", flat=True))
    rows = await TargetRow.filter(announcement_id__in=ids).distinct().values_list("unit_id", flat=True) if ids else []
    return {int(str(one)) for one in rows}


def _sounding(after: datetime) -> QuerySet[AnnouncementRow]:
    """Announcements with sound that went out since."""
    return AnnouncementRow.filter(
        Q(approved_at__gte=after) | Q(not_before__gte=after), state__in=["sending", "done"],
        attachments__contains='"audio"',
    )  # fmt: skip


async def _open(place: Place, now: datetime) -> list[_Open]:
    """What each loudspeaker of a village has to play.

    What was put right by another announcement, or is out of date, is not played any more. Where there are several
    loudspeakers a playing counts for those whose first time had come: one may play in the morning, one at night.
    """
    played = await plays.times(place.id, now)
    own = await plans.of_village(place.id, today(now))
    found = []
    for number, several in groupby(await plays.playable(place.id, now, limit=50), key=lambda one: one.notice.number):
        items = tuple(several)
        one = await store.by_number(items[0].recording.commune_id, number)
        if one is None or items[0].notice.corrected_by is not None:
            continue
        for plan in own:
            came = items[0].notice.at
            turns = plan.when.turns(max(came, plan.since) + LEAD, now + LEAD)
            if one.urgent:
                later = [turn for turn in turns if turn.at >= came + OPEN_END]
                turns = [Turn(came, came + AT_ONCE_FOR, at_once=True), *later]
            if one.expires_at is not None:
                turns = [turn for turn in turns if turn.at < one.expires_at]
            first = turns[0].at - LEAD if len(own) > 1 and turns else None
            done = any(first is None or at >= first for at in played.get(number, ()))
            found.append(_Open(plan, number, items, turns, done))
    return found
