"""The persons who may be asked to paste an announcement into the group of a village, the first one first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from bot.core.events import Chat
from bot.features import units
from bot.features.at_once import at_once
from bot.features.notices import delivery_channels
from bot.features.notices.delivery_channels import ChannelOutbox, Trouble
from bot.features.outbox.homes import serves
from bot.features.people import people
from bot.features.rights.table import DEPUTY, LEADER, MEMBER, VILLAGE_HEAD, VOLUNTEER
from bot.storage.sql import asked
from bot.storage.tables.people import Person

ROLES = (LEADER, DEPUTY, VILLAGE_HEAD)
"""Who is asked, unless the village has named somebody."""


RelayTrouble = Trouble | Literal["blocked"]
"""As Trouble, or the person has blocked the bot or asked it for silence."""
_NAMED = (
    "select w.unit_id, w.person_id, p.name from village_ways w join people p on p.id = w.person_id"
    " where w.unit_id in ({marks}) and w.way = 'relay' order by w.id"
)


class Relay(Struct, frozen=True):
    """A person with a private chat. `trouble` says why a message would not reach them there now, as far as is known."""

    person_id: int
    name: str
    chat: Chat
    trouble: RelayTrouble | None = None

    @property
    def lives(self) -> bool:
        return self.trouble is None


async def of_each(
    unit_ids: Collection[int], box: ChannelOutbox, now: datetime, *, blocked: bool = False
) -> Mapping[int, tuple[Relay, ...]]:
    """Return the relays of several villages by unit id: who was named, then leader, deputy and head of the village.

    A named person without a role in the village is left out; who has blocked the bot everywhere is, unless `blocked`.
    """
    names: dict[int, dict[int, str]] = {unit_id: {} for unit_id in unit_ids}
    named, held_by = await at_once(_named(unit_ids), people.holders_of_roles(ROLES, unit_ids, now))
    able = await of_village([unit_id for unit_id, _, _ in named], now) if named else {}
    for unit_id, person_id, name in named:
        if person_id in able[unit_id]:
            names[unit_id][person_id] = name
    for each_of in held_by.values():
        for unit_id, held in each_of.items():
            for holder in held:
                names[unit_id].setdefault(holder.person_id, holder.name)
    everybody = {person: name for known in names.values() for person, name in known.items()}
    # All these villages are one commune's, and only bots that serve it carry its words.
    commune = await units.commune_of(next(iter(unit_ids))) if box.homes and unit_ids else None
    found = await _reached(everybody, box, now, blocked=blocked, commune_id=None if commune is None else commune.id)
    return {unit_id: tuple(found[one] for one in known if one in found) for unit_id, known in names.items()}


async def _named(unit_ids: Collection[int]) -> Sequence[tuple[int, int, str]]:
    """Return the persons who were named, as (unit id, person id, name)."""
    rows = await asked(_NAMED.format(marks=", ".join("?" * len(unit_ids))), [*unit_ids]) if unit_ids else []
    return [(int(str(row["unit_id"])), int(str(row["person_id"])), str(row["name"])) for row in rows]


async def of_village(unit_ids: Collection[int], now: datetime) -> Mapping[int, Mapping[int, str]]:
    """Return the names of who holds a role in each of these villages, by unit id and person."""
    found: dict[int, dict[int, str]] = {unit_id: {} for unit_id in unit_ids}
    for each_of in (await people.holders_of_roles((*ROLES, MEMBER, VOLUNTEER), unit_ids, now)).values():
        for unit_id, held in each_of.items():
            for holder in held:
                found[unit_id].setdefault(holder.person_id, holder.name)
    return found


async def among(person_ids: Collection[int], box: ChannelOutbox, now: datetime) -> tuple[Relay, ...]:
    """Return those of these persons who have a private chat, in this order, whatever their roles are now.

    It includes who has blocked the bot there.
    """
    names = {row.id: row.name for row in await Person.filter(id__in=list(person_ids))}
    found = await _reached(names, box, now, blocked=True)
    return tuple(found[one] for one in person_ids if one in found)


async def _reached(
    names: Mapping[int, str], box: ChannelOutbox, now: datetime, *, blocked: bool, commune_id: int | None = None
) -> Mapping[int, Relay]:
    """Choose the chat of each person, one from which they can say that it is pasted, if there is any."""
    chats = await delivery_channels.to_people(box, list(names), now, commune_id=commune_id)
    if commune_id is not None:
        chats = {
            person: [chat for chat in known if serves(box.homes, chat.platform, commune_id)]
            for person, known in chats.items()
        }
    first = {person: own[0] for person, known in chats.items() if (own := _answering(known, box))}
    shut = await delivery_channels.troubles(box, set(first.values()), now) if first else {}
    found = {person: Relay(person, names[person], chat, shut.get(chat)) for person, chat in first.items()}
    rest = [person for person in names if person not in found]
    silenced = await people.silenced_each(rest) if blocked and rest else {}
    for person, accounts in silenced.items():
        known = [Chat(one.platform, one.chat_id, "private") for one in accounts]
        for chat in _answering([one for one in known if "private" in box.capabilities.get(one.platform, {})], box)[:1]:
            found[person] = Relay(person, names[person], chat, "blocked")
    return found


async def other_chat(person_id: int, tried: Collection[Chat], box: ChannelOutbox, now: datetime) -> Chat | None:
    """Return the best other chat in which this person can be asked now; None without any."""
    chats = await delivery_channels.to_person(box, person_id, now)
    others = [chat for chat in _answering(chats, box) if chat not in tried]
    alive = await delivery_channels.living(box, others, now) if others else frozenset()
    return next((chat for chat in others if chat in alive), None)


def _answering(chats: Sequence[Chat], box: ChannelOutbox) -> Sequence[Chat]:
    return [chat for chat in chats if box.capabilities[chat.platform]["private"].answers]
