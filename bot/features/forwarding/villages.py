"""The villages that no group with the bot stands for, and who pastes into the group that they have."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from bot.features import units
from bot.features.announcements import relay_people
from bot.features.announcements.relay_people import Relay
from bot.features.at_once import at_once
from bot.features.calendar.vietnam import today
from bot.features.groups import channels
from bot.features.notices.delivery_channels import ChannelOutbox
from bot.features.people import people
from bot.features.units import Place
from bot.storage.sql import asked


async def without_group(unit_ids: Collection[int], now: datetime) -> frozenset[int]:
    """Return those of these villages in whose group the bot is not."""
    if not unit_ids:
        return frozenset()
    return frozenset(unit_ids) - await channels.having(unit_ids, today(now), "village")


async def pasted_by(person_id: int, now: datetime) -> Sequence[Place]:
    """Return the villages without such a group into whose own group this person may be asked to paste."""
    day = today(now)
    held = [grant.unit_id for grant in await people.grants_of(person_id, now) if grant.role in relay_people.ROLES]
    own = await _villages([unit_id for unit_id in held if unit_id is not None], day)
    rows, bare = await at_once(
        asked("select unit_id from village_ways where way = 'relay' and person_id = ?", [person_id]),
        without_group(list(own), now),
    )
    named = await _villages([int(str(row["unit_id"])) for row in rows], day)
    bare |= await without_group([one for one in named if one not in own], now)
    return [place for place in {**own, **named}.values() if place.id in bare]


async def _villages(unit_ids: Sequence[int], on: date) -> Mapping[int, Place]:
    """Return the villages among these units by id, as they are that day."""
    places = [await units.successor(unit_id, on) for unit_id in dict.fromkeys(unit_ids)]
    return {place.id: place for place in places if place is not None and place.level == "village"}


async def first_relays(unit_ids: Collection[int], box: ChannelOutbox, now: datetime) -> Mapping[int, Relay]:
    """Return who is told what a village's group would hear: the first whom a message would reach, else the first.

    Only villages without a group have one, and not all of them.
    """
    bare = await without_group(unit_ids, now)
    known = await relay_people.of_each(bare, box, now) if bare else {}
    return {
        unit_id: next((relay for relay in relays if relay.lives), relays[0])
        for unit_id, relays in known.items()
        if relays
    }
