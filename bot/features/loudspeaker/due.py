"""Announcements that a village was sent and has not played: now, for reminders, and so far, for the officials.

Nothing is stored: it follows from the plan, from what was announced and from what was noted as played.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from msgspec import Struct
from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from bot.features import units
from bot.features.announcements import store
from bot.features.calendar.vietnam import today
from bot.features.units import Place
from bot.storage.tables.announcements import Announcement as AnnouncementRow
from bot.storage.tables.announcements import AnnouncementTarget as TargetRow
from bot.storage.tables.announcements import RelayTarget as RelayRow

from . import plans, plays
from .plans import LoudspeakerPlan
from .plays import LATEST, Playable
from .timetable import OPEN_END, LoudspeakerTurn

LEAD = timedelta(minutes=10)
"""So long before its time somebody is reminded: the loudspeaker has to be walked to."""
AT_ONCE_FOR = timedelta(hours=2)
"""Urgent recordings do not wait for a time of the plan: so long after one came, somebody is told to play it now."""
MOST_TURNS = 3
"""After so many missed times there is no reminder any more; the officials still see it."""


class DueRecordings(Struct, frozen=True):
    """The recordings that a loudspeaker is to play at a time.

    `newest` is the greatest number of an announcement for that time, also of one that has been played: with a greater
    one there is something new to tell.
    """

    plan: LoudspeakerPlan
    place: Place
    items: tuple[Playable, ...]
    turn: LoudspeakerTurn
    newest: int


class MissedPlay(Struct, frozen=True):
    """An announcement that was not played. `turn` is the first time for it."""

    plan: LoudspeakerPlan
    place: Place
    label: str
    turn: LoudspeakerTurn


class _Open(Struct, frozen=True):
    """The recordings of announcement `number`, and the times of a loudspeaker for it up to now or nearly now."""

    plan: LoudspeakerPlan
    number: int
    items: tuple[Playable, ...]
    turns: Sequence[LoudspeakerTurn]
    played: bool


async def now_due(now: datetime) -> Sequence[DueRecordings]:
    """Return the recordings to be played at times that are near or not over, or at once."""
    urgent = await _sounding(now - AT_ONCE_FOR).filter(klass="urgent").exists()
    near = [one for one in await plans.everywhere() if urgent or one.when.turns(now, now + LEAD)]
    found: list[DueRecordings] = []
    for place, own in await _waiting(near, now):
        together: dict[tuple[int, LoudspeakerTurn], list[_Open]] = {}
        for one in await _open(place, now):
            this = [turn for turn in one.turns[:MOST_TURNS] if turn.until > now]
            if one.plan in own and this:
                together.setdefault((one.plan.id, this[-1]), []).append(one)
        for (_, turn), several in together.items():
            items = tuple(item for one in several if not one.played for item in one.items)
            if items:
                found.append(DueRecordings(several[0].plan, place, items, turn, max(one.number for one in several)))
    return found


async def missed(commune_id: int, now: datetime) -> Sequence[MissedPlay]:
    """Return recordings that villages of a commune had a time for and have not noted as played, newest first."""
    villages = await units.villages(commune_id, today(now))
    planned = await plans.of_each([one.id for one in villages], today(now))
    found: list[MissedPlay] = []
    for place, _ in await _waiting([plan for own in planned.values() for plan in own], now):
        found += [
            MissedPlay(one.plan, place, one.items[0].label, one.turns[0])
            for one in await _open(place, now)
            if not one.played and one.turns and one.turns[0].until <= now
        ]
    return sorted(found, key=lambda one: (one.turn.at, one.label, one.place.id), reverse=True)


async def _waiting(some: Collection[LoudspeakerPlan], now: datetime) -> list[tuple[Place, list[LoudspeakerPlan]]]:
    """Return the villages with these plans to which a recording was announced; they are few, the rest is skipped."""
    by_place: dict[int, tuple[Place, list[LoudspeakerPlan]]] = {}
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
    found: set[int] = set()
    for kind in (TargetRow, RelayRow):
        rows = await kind.filter(announcement_id__in=ids).distinct().values_list("unit_id", flat=True) if ids else []
        found |= {int(str(one)) for one in rows}
    return found


def _sounding(after: datetime) -> QuerySet[AnnouncementRow]:
    """Select the announcements with sound that went out since."""
    return AnnouncementRow.filter(
        Q(approved_at__gte=after) | Q(not_before__gte=after), state__in=["sending", "done"],
        attachments__contains='"audio"',
    )  # fmt: skip


async def _open(place: Place, now: datetime) -> list[_Open]:
    """Return the recordings that each loudspeaker of a village has to play.

    One that was corrected by another announcement, or is out of date, is not played any more. If there are several
    loudspeakers, a playing counts for those whose first time had come: one may play in the morning, one at night.
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
                turns = [LoudspeakerTurn(came, came + AT_ONCE_FOR, at_once=True), *later]
            if one.expires_at is not None:
                turns = [turn for turn in turns if turn.at < one.expires_at]
            first = turns[0].at - LEAD if len(own) > 1 and turns else None
            done = any(first is None or at >= first for at in played.get(number, ()))
            found.append(_Open(plan, number, items, turns, done))
    return found
