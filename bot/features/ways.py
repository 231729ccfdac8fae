"""On which of their chats people are told: the cheapest that works, and another one only when that fails."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from bot.core.events import Chat, ChatKind
from bot.core.platform import Capabilities, Cost
from bot.features import people
from bot.features.channels import Channel
from bot.features.outbox.states import TOKEN
from bot.storage.outbox import OutboxRow, OutboxStop

COSTS: Mapping[Cost, int] = {"free": 0, "metered": 1, "paid": 2}
AVOIDED_FOR = timedelta(days=7)
"""So long a chat is avoided whose last message failed for good. Then it is tried again: perhaps it was mended."""
IN_USE = timedelta(days=14)
"""Messengers that a person used within so many days of the last one are in use side by side."""


class Box(Protocol):
    """The box, as far as it is needed here."""

    @property
    def capabilities(self) -> Mapping[str, Mapping[ChatKind, Capabilities]]: ...

    @property
    def off(self) -> Mapping[str, str]: ...

    async def may_push(self, chat: Chat, now: datetime) -> bool: ...


def cost(capabilities: Mapping[str, Mapping[ChatKind, Capabilities]], platform: str, kind: ChatKind) -> int:
    """For comparing: what a message takes in this kind of chat; a platform that does not run comes last."""
    kinds = capabilities.get(platform, {})
    return COSTS[kinds[kind].cost] if kind in kinds else len(COSTS)


def chat_of(group: Channel) -> Chat:
    return Chat(group.platform, group.native_id, "group")


def audiences(
    found: Iterable[Channel], capabilities: Mapping[str, Mapping[ChatKind, Capabilities]]
) -> list[tuple[Channel, ...]]:
    """The groups of the same people together, which are one unit's for one purpose; the cheapest first.

    Of equal cost the one that was registered last: that is where they were asked to go.
    """
    together: dict[tuple[int, str], list[Channel]] = {}
    for one in found:
        together.setdefault((one.unit_id, one.purpose), []).append(one)
    return [
        tuple(sorted(same, key=lambda one: (cost(capabilities, one.platform, "group"), -one.id)))
        for same in together.values()
    ]


async def refused() -> set[str]:
    """Platforms that do not know the bot's token any more."""
    return {stop.platform for stop in await OutboxStop.filter(reason=TOKEN, resumed_at__isnull=True)}


async def living(box: Box, chats: Collection[Chat], now: datetime) -> frozenset[Chat]:
    """Those that a message would reach now, as far as anybody knows.

    The platform runs and knows the bot, may write there, and has not refused the last message for good. What the month
    has left is another question: it depends on the message.
    """
    shut = await refused()
    running = [
        one
        for one in chats
        if one.kind in box.capabilities.get(one.platform, {})
        and one.platform not in box.off
        and one.platform not in shut
        and await box.may_push(one, now)
    ]
    failing = await _failing(running, now)
    return frozenset(running) - failing


async def _failing(chats: Collection[Chat], now: datetime) -> set[Chat]:
    """Those whose last message was surely not taken."""
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


async def to_groups(box: Box, found: Sequence[Channel], now: datetime) -> list[Channel]:
    """Of groups of the same people one, for a notice: the cheapest that lives, else the cheapest."""
    several = audiences(found, box.capabilities)
    choices = [chat_of(one) for same in several if len(same) > 1 for one in same]
    alive = await living(box, choices, now) if choices else frozenset()
    return [next((one for one in same if chat_of(one) in alive), same[0]) for same in several]


async def to_person(box: Box, person_id: int, now: datetime) -> list[Chat]:
    """The private chats of a person on platforms that run, the best first; [] for who cannot be written to.

    That is the cheapest of those in use, then the one used last. What works comes before what does not.
    """
    return (await to_people(box, [person_id], now))[person_id]


async def to_people(box: Box, person_ids: Collection[int], now: datetime) -> Mapping[int, list[Chat]]:
    """The same for several persons, by their ids: few questions for all of them."""
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

    def rank(person_id: int, chat: Chat) -> tuple[bool, bool, int, float]:
        last = seen[person_id][chat]
        newest = max(one.last_seen for one in known[person_id])
        in_use = last >= newest - IN_USE
        price = cost(box.capabilities, chat.platform, "private") if in_use else 0
        return chat not in alive, not in_use, price, -last.timestamp()

    return {person_id: sorted(chats, key=partial(rank, person_id)) for person_id, chats in seen.items()}
