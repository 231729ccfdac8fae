"""Each village of a commune as an official needs to see it: its ways, its groups, its people, and who has not come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from bot.features import units
from bot.features.announcements import relay_people
from bot.features.announcements.relay_people import Relay
from bot.features.calendar.vietnam import today
from bot.features.groups import channels
from bot.features.groups.channels import RETIRED, Channel
from bot.features.notices import delivery_channels
from bot.features.notices.delivery_channels import ChannelOutbox
from bot.features.rights import roster
from bot.features.rights.roster import RosterEntry
from bot.features.rights.table import LEADER
from bot.features.units import Place

from . import ways
from .ways import Way


class VillageStanding(Struct, frozen=True):
    """A village. Of its `groups` those in `living` can be written to now; `relays` pass on news by hand.

    `named` are persons by the way for which they answer.
    """

    place: Place
    groups: Sequence[Channel]
    living: frozenset[int]
    relays: Sequence[Relay]
    ways: Sequence[Way]
    named: Mapping[Way, int]
    roles: Sequence[RosterEntry]

    @property
    def way(self) -> Way | None:
        """The first way by which the bot itself gets there now; None: only loudspeaker and paper are left."""
        return next((way for way in self.ways if self.carries(way)), None)

    def carries(self, way: Way) -> bool:
        """Tell whether the bot can go this way now."""
        return bool(self.living) if way == "group" else way == "relay" and any(one.lives for one in self.relays)

    @property
    def leaders(self) -> Sequence[RosterEntry]:
        return [one for one in self.roles if one.role == LEADER]

    @property
    def away(self) -> int:
        """How many people with a role have not come."""
        return len({one.person_id for one in self.roles if not one.come})


async def of_commune(commune_id: int, box: ChannelOutbox, now: datetime) -> Sequence[VillageStanding]:
    """Return all villages that there are now, in natural order."""
    return await of_villages(await units.villages(commune_id, today(now)), box, now)


async def of_villages(places: Sequence[Place], box: ChannelOutbox, now: datetime) -> Sequence[VillageStanding]:
    """Return these villages; the number of queries does not grow with theirs."""
    ids = [place.id for place in places]
    groups = await channels.of_each(ids, today(now), purpose="village", active_only=False)
    active = {one.id: delivery_channels.chat_of(one) for each in groups.values() for one in each if one.active}
    shut = await delivery_channels.troubles(box, set(active.values()), now) if active else {}
    living = {group_id for group_id, chat in active.items() if chat not in shut}
    relays = await relay_people.of_each(ids, box, now)
    order, named = await ways.of_each(ids), await ways.named(ids)
    roles: dict[int, list[RosterEntry]] = {unit_id: [] for unit_id in ids}
    for one in await roster.of_units(ids, now):
        roles[one.unit_id].append(one)
    return [
        VillageStanding(
            place,
            [one for one in groups[place.id] if one.active or one.reason != RETIRED],
            frozenset(one.id for one in groups[place.id] if one.id in living),
            relays[place.id],
            order[place.id],
            named[place.id],
            roles[place.id],
        )
        for place in places
    ]
