"""Choose the group in which each member of an audience is told: the cheapest live one with quota left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.core.events import Chat
from bot.core.lean.values import replace
from bot.features.groups.channels import Channel
from bot.features.notices.delivery_channels import audiences, chat_of, living
from bot.features.outbox.box import Outbox
from bot.features.outbox.quota import Need, next_month

from .audience import ResolvedAudience
from .cost import cost
from .model import Announcement


async def choose(one: Announcement, found: ResolvedAudience, outbox: Outbox, now: datetime) -> ResolvedAudience:
    """Return `found` with the groups that would be sent to now.

    If no group of a member is both live and within quota, take the cheapest live one, else the cheapest: its rows then
    wait, and the receipt gives the reason.
    """
    several = [same for same in found.members if len(same) > 1]
    if not several:
        return found
    alive = await living(outbox, [chat_of(group) for same in several for group in same], now)
    rooms = await _rooms(one, found, outbox, now)
    taken = Counter(same[0].platform for same in found.members if len(same) == 1)
    chosen: list[Channel] = []
    for same in found.members:
        best = same[0] if len(same) == 1 else _best(same, alive, rooms, taken)
        if len(same) > 1:
            taken[best.platform] += 1
        chosen.append(best)
    return replace(found, channels=tuple(chosen))


async def best_of(one: Announcement, groups: Sequence[Channel], outbox: Outbox, now: datetime) -> Channel | None:
    """Return the cheapest of several groups of the same people that is live and within quota; None if there is none."""
    capabilities = outbox.capabilities_for(one.commune_id)
    groups = [group for group in groups if "group" in capabilities.get(group.platform, {})]
    alive = await living(outbox, [chat_of(group) for group in groups], now)
    same = tuple(group for each in audiences(groups, capabilities) for group in each if chat_of(group) in alive)
    if not same:
        return None
    rooms = await _rooms(one, ResolvedAudience((same,), same, (), ()), outbox, now)
    return next((group for group in same if _fits(group, rooms, Counter())), None)


def _best(
    same: tuple[Channel, ...], alive: frozenset[Chat], rooms: Mapping[str, int | None], taken: Counter[str]
) -> Channel:
    living_ones = [group for group in same if chat_of(group) in alive]
    with_room = [group for group in living_ones if _fits(group, rooms, taken)]
    return [*with_room, *living_ones, *same][0]


def _fits(group: Channel, rooms: Mapping[str, int | None], taken: Counter[str]) -> bool:
    room = rooms.get(group.platform)
    return room is None or taken[group.platform] < room


async def _rooms(one: Announcement, found: ResolvedAudience, outbox: Outbox, now: datetime) -> Mapping[str, int | None]:
    """Map each platform to the number of groups that its monthly quota still allows; None if it has no quota."""
    if one.not_before is not None and one.not_before >= next_month(now):
        return {}
    samples = {group.platform: group for same in found.members for group in same}
    needs = await cost(one, replace(found, channels=tuple(samples.values()), relayed=()), outbox, now)
    return {need.platform: _groups(need, urgent=one.urgent) for need in needs}


def _groups(need: Need, *, urgent: bool) -> int | None:
    """Return how many groups the quota allows; `need` is the need of one group."""
    room = need.left if urgent else need.for_bulk
    return None if room is None or not need.calls else room // need.calls
