"""Ask another way where the words surely do not reach who was asked: another messenger of theirs, else the next one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal

from bot.features.announcements import relay_people
from bot.features.announcements.model import Announcement
from bot.features.announcements.relay_people import Relay
from bot.features.outbox import detours
from bot.features.outbox.box import Outbox
from bot.storage.tables.announcements import RelayTarget as TargetRow

from .answering import ask_next
from .asking import ReadAt, RelayPosting
from .looking import PackageLook, look
from .model import RelayAsk, RelayTarget, asks_of, change, pasted

GONE = "no longer asked"
"""Reason of messages that did not leave because their person is not asked any more."""
Reached = Literal["waits", "asked", "nobody"]
"""Somebody has the words or may still get them; they were just sent another way; nobody is left to ask."""


def able_to_hear(relays: Sequence[Relay]) -> frozenset[int]:
    """Return the persons who have the role and have not blocked the bot."""
    return frozenset(relay.person_id for relay in relays if relay.trouble != "blocked")


class RelayReaching:
    def __init__(self, outbox: Outbox, read_at: ReadAt) -> None:
        self._outbox = outbox
        self._read_at = read_at

    async def another_way(self, one: Announcement, to: RelayTarget, relays: Sequence[Relay], now: datetime) -> Reached:
        """Look at the asks of a village and ask another way at once, inside the caller's transaction.

        Raises Overtaken if another process was faster.
        """
        await TargetRow.filter(id=to.id).select_for_update().first()
        asks = (await asks_of([to.id]))[to.id]
        if pasted(asks) is not None:
            return "waits"
        looks = await look([each.package for each in asks])
        able = able_to_hear(relays)
        if await self._elsewhere(one, to, asks, looks, able, now):
            return "asked"
        unreached = await self._unreached(asks, looks, able, now)
        left = await self._left(one, [each for each in asks if each.id not in unreached], able, now)
        open_ones = [each for each in asks if each.state == "asked" and each.id not in {*unreached, *left}]
        silent = left or any(each.state == "silent" for each in asks)
        if (
            not open_ones
            and (left or not silent)
            and await ask_next(to, self._outbox, self._read_at, now, but=unreached)
        ):
            return "asked"
        return "waits" if open_ones or silent else "nobody"

    async def _elsewhere(
        self,
        one: Announcement,
        to: RelayTarget,
        asks: Sequence[RelayAsk],
        looks: Mapping[str, PackageLook],
        able: Collection[int],
        now: datetime,
    ) -> bool:
        """Send asks that do not reach their persons to other messengers of the same persons; tell whether any went.

        It is the same ask: nobody else is asked meanwhile, and patience begins when the words are there.
        """
        moved = False
        for each in asks:
            seen = looks.get(each.package)
            if each.state != "asked" or each.person_id is None or each.person_id not in able:
                continue
            if seen is None or seen.at is not None or not (seen.lost or seen.stuck):
                continue
            tried = await detours.tried(each.package)
            chat = await relay_people.other_chat(each.person_id, tried, self._outbox, now)
            if chat is not None:
                posting = await RelayPosting.of(one, self._outbox, self._read_at)
                moved = await posting.elsewhere(to, each, chat, now) or moved
        return moved

    async def _unreached(
        self,
        asks: Sequence[RelayAsk],
        looks: Mapping[str, PackageLook],
        able: Collection[int],
        now: datetime,
    ) -> set[int]:
        """Return the open asks whose persons do not have the words.

        A message that only waits, for a month or a window, stays: it may still come, while another person is asked.
        """
        found: set[int] = set()
        for each in asks:
            seen = looks.get(each.package)
            if each.state != "asked":
                continue
            for row_id in () if seen is None else seen.undecided:
                await self._outbox.decide(row_id, "drop", now)
            if seen is None or seen.lost or (seen.at is None and each.person_id not in able):
                await self._outbox.cancel(now, key=each.package, reason=GONE)
                await change(each, "withdrawn", now)
                found.add(each.id)
            elif seen.stuck:
                found.add(each.id)
        return found

    async def _left(
        self, one: Announcement, asks: Sequence[RelayAsk], able: Collection[int], now: datetime
    ) -> set[int]:
        """Wait no longer for who has the words and has left the role since, or cannot be reminded; return their asks.

        They may still answer. A correction is asked of who pasted the first, whatever their role is now.
        """
        gone = [each for each in asks if each.state == "asked" and each.person_id not in able]
        if one.audience.fixed:
            return set()
        return {each.id for each in gone if await change(each, "silent", now)}
