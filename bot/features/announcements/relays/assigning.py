"""Find the villages of an audience that are told through a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.core.lean.values import replace
from bot.features import units
from bot.features.announcements import relay_people, store
from bot.features.announcements.audience import RelayedVillage, ResolvedAudience
from bot.features.announcements.model import Announcement
from bot.features.announcements.relay_people import Relay
from bot.features.notices.delivery_channels import ChannelOutbox

from . import ways
from .model import asks_of, targets


async def assign(one: Announcement, found: ResolvedAudience, box: ChannelOutbox, now: datetime) -> ResolvedAudience:
    """Return `found` with the villages that no group reaches given to their relays, where they have any.

    A village that has put its relay before its group is given to the relay, too. A correction goes to the persons who
    had the first announcement.
    """
    if one.audience.fixed:
        return replace(found, relayed=await _same_people(one, box, now))
    first = await ways.before_group([place.id for place in found.villages])
    meant = [place for place in found.villages if place in found.unreached or place.id in first]
    known = await relay_people.of_each([place.id for place in meant], box, now, blocked=True)
    relayed = [
        RelayedVillage(place, known[place.id])
        for place in meant
        if known[place.id] and (place in found.unreached or any(relay.lives for relay in known[place.id]))
    ]
    given = {each.place.id for each in relayed}
    members = tuple(same for same in found.members if not (same[0].unit_id in given and same[0].purpose == "village"))
    return replace(
        found,
        members=members,
        channels=tuple(same[0] for same in members),
        unreached=tuple(place for place in found.unreached if place.id not in given),
        relayed=tuple(relayed),
    )


async def _same_people(one: Announcement, box: ChannelOutbox, now: datetime) -> tuple[RelayedVillage, ...]:
    """Return the villages of a correction: who pasted any of its chain comes first, then who was asked."""
    wanted = sorted(one.audience.relayed)
    if not wanted:
        return ()
    before = await _asked_before(one)
    usual = await relay_people.of_each(wanted, box, now, blocked=True)
    found: list[RelayedVillage] = []
    for unit_id in wanted:
        place = await units.by_id(unit_id)
        same = await relay_people.among(before.get(unit_id, ()), box, now)
        relays = _once([*same, *usual[unit_id]])
        if place is not None and relays:
            found.append(RelayedVillage(place, relays))
    return tuple(found)


async def _asked_before(one: Announcement) -> Mapping[int, Sequence[int]]:
    """Map villages to the persons who have an earlier announcement of the chain, those who pasted it first."""
    found: dict[int, list[tuple[bool, int]]] = {}
    for each in await store.chain(one):
        villages = {} if each.id == one.id else {target.id: target for target in await targets(each.id)}
        for target_id, asks in (await asks_of(list(villages))).items():
            for ask in asks:
                if ask.person_id is not None:
                    mine = found.setdefault(villages[target_id].unit_id, [])
                    mine.append((ask.state != "pasted", ask.person_id))
    return {
        unit_id: list(dict.fromkeys(person for _, person in sorted(asked, key=lambda each: each[0])))
        for unit_id, asked in found.items()
    }


def _once(relays: Sequence[Relay]) -> tuple[Relay, ...]:
    return tuple({relay.person_id: relay for relay in reversed(relays)}[one] for one in _ids(relays))


def _ids(relays: Sequence[Relay]) -> Sequence[int]:
    return list(dict.fromkeys(relay.person_id for relay in relays))
