"""The ways in which a village is told, in their order: a group with the bot, a person, the loudspeaker, leaflets.

One way is used. The next one follows only when it surely failed, or when the patience of the announcement is over.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from bot.features.announcements.other_channels import OTHER_CHANNELS
from bot.i18n import msg
from bot.storage.sql import Row, asked
from bot.storage.tables.announcements import VillageWay

Way = Literal["group", "relay", "speaker", "leaflet"]
WAYS: Mapping[Way, str] = {
    "group": msg("nhóm có bot"),
    "relay": msg("người đưa tin"),
    "speaker": OTHER_CHANNELS["speaker"],
    "leaflet": OTHER_CHANNELS["leaflet"],
}
"""All ways, in the usual order."""
BY_PEOPLE: tuple[Way, ...] = ("speaker", "leaflet")
"""Ways that people go."""
_WAYS = "select unit_id, way, person_id from village_ways where unit_id in ({marks}) order by place, id"


async def of_each(unit_ids: Collection[int]) -> Mapping[int, Sequence[Way]]:
    """Return the ways of several villages by unit id, in their order."""
    chosen: dict[int, list[str]] = {unit_id: [] for unit_id in unit_ids}
    for row in await _rows(unit_ids):
        chosen[int(str(row["unit_id"]))].append(str(row["way"]))
    return {unit_id: _ordered(own) for unit_id, own in chosen.items()}


async def named(unit_ids: Collection[int]) -> Mapping[int, Mapping[Way, int]]:
    """Return who was named to answer for a way, as ids of persons by way, for several villages by unit id."""
    found: dict[int, dict[Way, int]] = {unit_id: {} for unit_id in unit_ids}
    for row in await _rows(unit_ids):
        for way in WAYS:
            if way == row["way"] and row["person_id"] is not None:
                found[int(str(row["unit_id"]))][way] = int(str(row["person_id"]))
    return found


async def _rows(unit_ids: Collection[int]) -> Sequence[Row]:
    """Return the ways that were chosen: one statement, which an event asks once for all of its questions."""
    return await asked(_WAYS.format(marks=", ".join("?" * len(unit_ids))), [*unit_ids]) if unit_ids else []


async def set_order(unit_id: int, order: Sequence[Way], people: Mapping[Way, int]) -> None:
    """Set the order of a village's ways and who answers for which, inside the caller's transaction.

    The usual order without anybody named is kept as nothing.
    """
    await VillageWay.filter(unit_id=unit_id).delete()
    if list(order) == list(WAYS) and not people:
        return
    rows = [
        VillageWay(unit_id=unit_id, way=way, place=place, person_id=people.get(way)) for place, way in enumerate(order)
    ]
    await VillageWay.bulk_create(rows)


def with_first(order: Sequence[Way], way: Way) -> Sequence[Way]:
    """Return the order with a way before the other one of its kind.

    The two ways of the bot stay before those of people: it goes its own at once and can only name the others.
    """
    mine = [one for one in order if one not in BY_PEOPLE]
    theirs = [one for one in order if one in BY_PEOPLE]
    kind = theirs if way in BY_PEOPLE else mine
    kind.sort(key=lambda one: one != way)
    return [*mine, *theirs]


def by_people(order: Sequence[Way]) -> Sequence[Way]:
    """Return those ways that people go themselves, in the same order; the bot can only name them."""
    return [way for way in order if way in BY_PEOPLE]


async def before_group(unit_ids: Collection[int]) -> frozenset[int]:
    """Return the villages in which a person comes before the group with the bot."""
    found = await of_each(unit_ids)
    return frozenset(unit_id for unit_id, ways in found.items() if ways.index("relay") < ways.index("group"))


def _ordered(chosen: Sequence[str]) -> Sequence[Way]:
    first = [way for one in chosen for way in WAYS if way == one]
    return [*first, *(way for way in WAYS if way not in first)]
