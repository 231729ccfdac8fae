"""On which of their chats people are told: the cheapest that works, and another one only when that fails."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, Protocol

from bot.core.events import Chat, ChatKind
from bot.core.platform import Capabilities, Cost
from bot.features import units
from bot.features.calendar.vietnam import today
from bot.features.groups.channels import Channel
from bot.features.outbox.homes import Homes
from bot.features.outbox.states import TOKEN
from bot.features.people import people
from bot.storage.core_tables.outbox import OutboxRow, OutboxStop

Trouble = Literal["off", "token", "window", "failed"]
"""Why a chat would not take a message now: its messenger does not run, or does not know the bot any more; the person
has not written there for too long; the last message was refused for good."""
COSTS: Mapping[Cost, int] = {"free": 0, "metered": 1, "paid": 2}
AVOIDED_FOR = timedelta(days=7)
"""So long a chat is avoided whose last message failed for good. Then it is tried again: perhaps it was mended."""
IN_USE = timedelta(days=14)
"""Messengers that a person used within so many days of the last one are in use side by side."""
_OWN, _OF_ALL, _OF_OTHERS = range(3)
"""Whose bot a chat is with: the commune's that it is about, one of all communes, or another commune's."""


class ChannelOutbox(Protocol):
    """The box, as far as it is needed here."""

    @property
    def capabilities(self) -> Mapping[str, Mapping[ChatKind, Capabilities]]: ...

    @property
    def off(self) -> Mapping[str, str]: ...

    @property
    def homes(self) -> Homes: ...

    async def may_push(self, chat: Chat, now: datetime) -> bool: ...


def cost(capabilities: Mapping[str, Mapping[ChatKind, Capabilities]], platform: str, kind: ChatKind) -> int:
    """Return, for comparing, the cost of a message in this kind of chat; a platform that does not run comes last."""
    kinds = capabilities.get(platform, {})
    return COSTS[kinds[kind].cost] if kind in kinds else len(COSTS)


def chat_of(group: Channel) -> Chat:
    return Chat(group.platform, group.native_id, "group")


def audiences(
    found: Iterable[Channel], capabilities: Mapping[str, Mapping[ChatKind, Capabilities]]
) -> list[tuple[Channel, ...]]:
    """Group the groups of the same people, which are one unit's for one purpose; the cheapest first.

    Of equal cost the one that was registered last: people were asked to go there.
    """
    together: dict[tuple[int, str], list[Channel]] = {}
    for one in found:
        together.setdefault((one.unit_id, one.purpose), []).append(one)
    return [
        tuple(sorted(same, key=lambda one: (cost(capabilities, one.platform, "group"), -one.id)))
        for same in together.values()
    ]


async def refused() -> set[str]:
    """Return the platforms that do not know the bot's token any more."""
    return {stop.platform for stop in await OutboxStop.filter(reason=TOKEN, resumed_at__isnull=True)}


async def living(box: ChannelOutbox, chats: Collection[Chat], now: datetime) -> frozenset[Chat]:
    """Return the chats that a message would reach now, as far as anybody knows."""
    return frozenset(chats) - (await troubles(box, chats, now)).keys()


async def troubles(box: ChannelOutbox, chats: Collection[Chat], now: datetime) -> Mapping[Chat, Trouble]:
    """Return why a message would not reach these chats now, as far as anybody knows; others are left out.

    The rest of the month's quota is another question: it depends on the message.
    """
    shut = await refused()
    found: dict[Chat, Trouble] = {}
    for one in chats:
        if one.kind not in box.capabilities.get(one.platform, {}) or one.platform in box.off:
            found[one] = "off"
        elif one.platform in shut:
            found[one] = "token"
        elif not await box.may_push(one, now):
            found[one] = "window"
    failing = await _failing([one for one in chats if one not in found], now)
    return {**found, **dict.fromkeys(failing, "failed")}


async def _failing(chats: Collection[Chat], now: datetime) -> set[Chat]:
    """Return the chats whose last message was surely not taken."""
    if not chats:
        return set()
    last: dict[tuple[str, str], str] = {}
    rows = OutboxRow.filter(
        platform__in={one.platform for one in chats},
        chat_id__in=[one.id for one in chats],
        state__in=["sent", "failed"],
        updated_at__gt=now - AVOIDED_FOR,
    )
    for platform, chat_id, state in await rows.order_by("updated_at", "id").values_list("platform", "chat_id", "state"):
        last[str(platform), str(chat_id)] = str(state)
    return {one for one in chats if last.get((one.platform, one.id)) == "failed"}


async def to_groups(box: ChannelOutbox, found: Sequence[Channel], now: datetime) -> list[Channel]:
    """Choose, of groups of the same people, one for a notice: the cheapest that lives, else the cheapest."""
    several = audiences(await _of_own_bots(box, found, now), box.capabilities)
    choices = [chat_of(one) for same in several if len(same) > 1 for one in same]
    alive = await living(box, choices, now) if choices else frozenset()
    return [next((one for one in same if chat_of(one) in alive), same[0]) for same in several]


async def _of_own_bots(box: ChannelOutbox, found: Sequence[Channel], now: datetime) -> Sequence[Channel]:
    """Leave out the groups that are with a bot of another commune: theirs was given to it since.

    A commune that was merged is nobody's other one: its bot goes on in its groups until it is given to the new one.
    """
    homes = {one.platform: home for one in found if (home := box.homes.get(one.platform)) is not None}
    if not homes:
        return found
    lying = await units.lying_in({one.unit_id for one in found})
    places = await units.by_ids({home.unit_id for home in homes.values()})
    merged = {unit_id for unit_id, place in places.items() if place.merged(today(now))}

    def is_own(one: Channel) -> bool:
        home = homes.get(one.platform)
        return home is None or home.unit_id in merged or home.unit_id in lying[one.unit_id]

    return [one for one in found if is_own(one)]


async def to_person(
    box: ChannelOutbox, person_id: int, now: datetime, *, commune_id: int | None = None, everywhere: bool = False
) -> list[Chat]:
    """Return a person's private chats on running platforms, the best first; [] if they cannot be written to.

    The best is one with the bot of their commune, then the cheapest of those in use, then the one used last. Chats that
    work come before those that do not. One with the bot of a commune that is not theirs is only there when they have no
    other, or with `everywhere`. `commune_id`: it is about this commune; without it any in which they have a role is
    theirs.
    """
    return (await to_people(box, [person_id], now, commune_id=commune_id, everywhere=everywhere))[person_id]


async def to_people(
    box: ChannelOutbox,
    person_ids: Collection[int],
    now: datetime,
    *,
    commune_id: int | None = None,
    everywhere: bool = False,
) -> Mapping[int, list[Chat]]:
    """Return `to_person` of several persons, by their ids: few queries for all of them."""
    known = await people.reachable_each(person_ids)
    seen: dict[int, dict[Chat, datetime]] = {
        person_id: {
            Chat(one.platform, one.chat_id, "private"): one.last_seen
            for one in accounts
            if "private" in box.capabilities.get(one.platform, {})
        }
        for person_id, accounts in known.items()
    }
    choices = [chat for chats in seen.values() if len(chats) > 1 for chat in chats]
    alive = await living(box, choices, now) if choices else frozenset()
    whose = await _whose(box, seen, now, commune_id)

    def rank(person_id: int, chat: Chat) -> tuple[bool, bool, bool, int, int, float]:
        bot = whose.get((person_id, chat.platform), _OF_ALL)
        last = seen[person_id][chat]
        newest = max(one.last_seen for one in known[person_id])
        in_use = last >= newest - IN_USE
        price = cost(box.capabilities, chat.platform, "private") if in_use else 0
        return bot == _OF_OTHERS, chat not in alive, not in_use, bot, price, -last.timestamp()

    def kept(person_id: int, chats: Collection[Chat]) -> Collection[Chat]:
        near = [one for one in chats if whose.get((person_id, one.platform)) != _OF_OTHERS]
        return chats if everywhere or not near else near

    return {
        person_id: sorted(kept(person_id, chats), key=partial(rank, person_id)) for person_id, chats in seen.items()
    }


async def _whose(
    box: ChannelOutbox, seen: Mapping[int, Collection[Chat]], now: datetime, commune_id: int | None
) -> Mapping[tuple[int, str], int]:
    """Return whose bots these are to the person who talks to them; one of all communes is left out.

    Persons with one chat, or with none of a commune's bot, cost no query.
    """
    choosing = [
        person_id
        for person_id, chats in seen.items()
        if len(chats) > 1 and any(chat.platform in box.homes for chat in chats)
    ]
    if not choosing:
        return {}
    if commune_id is not None:
        own = dict.fromkeys(choosing, frozenset((commune_id,)))
    else:
        held = await people.units_of_each(choosing, now)
        lying = await units.lying_in({unit_id for held_by in held.values() for unit_id in held_by})
        own = {person_id: frozenset().union(*(lying[one] for one in held[person_id])) for person_id in choosing}
    return {
        (person_id, chat.platform): _OWN if home.unit_id in own[person_id] else _OF_OTHERS
        for person_id in choosing
        for chat in seen[person_id]
        if own[person_id] and (home := box.homes.get(chat.platform)) is not None
    }
