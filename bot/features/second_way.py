"""A notice that does not reach its chat goes to another chat of the same person, or of the same people, once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from bot.core.events import Chat
from bot.core.messages import message_from_json
from bot.features import channels, people, ways
from bot.features.outbox import detours
from bot.features.outbox.box import Outbox
from bot.features.outbox.detours import Overtaken
from bot.features.outbox.hours import VIETNAM
from bot.storage.outbox import Detour, OutboxRow

_WATCHED = timedelta(days=1)
"""What could not be told for longer is old news."""
ALONE = "alone:"
"""How the keys of notices begin that are for one chat: it says something of itself, or the others have it as well."""


class SecondWay:
    """The notices; announcements have their own way, for their receipts."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def tick(self, now: datetime) -> None:
        """Whoever runs it twice, or at the same moment, tells nobody twice."""
        for package in await detours.stuck(0, now - _WATCHED):
            if package.startswith(ALONE):
                continue
            try:
                async with in_transaction("default"):
                    chat = await self._other(package, now)
                    if chat is not None:
                        await self._write(package, chat, await detours.take_off(package, now), now)
            except Overtaken:
                continue

    async def move(self, package: str, chat: Chat, now: datetime) -> bool:
        """What waits for a chat that is given up leaves in another one; inside the caller's transaction."""
        if package.startswith(ALONE):
            return False
        return await self._write(package, chat, await detours.take_off(package, now, waiting=True), now)

    async def _other(self, package: str, now: datetime) -> Chat | None:
        """The best chat of the same people that lives and has not been tried."""
        tried = await _tried(package)
        first = tried[0]
        if first.kind == "private":
            person_id = await people.of_private_chat(first.platform, first.id)
            found = [] if person_id is None else await ways.to_person(self._outbox, person_id, now)
        else:
            found = await self._of_the_same_people(first, now)
        others = [chat for chat in found if chat not in tried]
        alive = await ways.living(self._outbox, others, now)
        return next((chat for chat in others if chat in alive), None)

    async def _of_the_same_people(self, group: Chat, now: datetime) -> list[Chat]:
        here = await channels.of_chat(group.platform, group.id)
        if here is None:
            return []
        found = await channels.of_unit(here.unit_id, now.astimezone(VIETNAM).date(), purpose=here.purpose)
        same = [one for one in found if one.unit_id == here.unit_id]
        together = ways.audiences(same, self._outbox.capabilities)
        return [ways.chat_of(one) for each in together for one in each]

    async def _write(self, package: str, chat: Chat, rows: Sequence[OutboxRow], now: datetime) -> bool:
        if not rows:
            return False
        first, last = rows[0], rows[-1]
        key = f"d{first.id}"
        messages = [message_from_json(json.loads(row.message)) for row in rows]
        await self._outbox.add(
            chat,
            messages,
            key=key,
            now=now,
            not_before=first.not_before,
            expires_at=first.expires_at,
            answering=first.any_hour,
            locale=first.locale,
        )
        # A list that stands in the text already is not written a second time: it is only opened.
        if last.choices and not messages[-1].buttons:
            new = await OutboxRow.filter(package=key).order_by("-part").first()
            if new is not None:
                await OutboxRow.filter(id=new.id).update(choices=last.choices)
        await detours.note(key, package, now)
        return True


async def _tried(package: str) -> list[Chat]:
    """The chats of a package and of those before it, its own first."""
    found: list[Chat] = []
    at: str | None = package
    while at is not None:
        row = await OutboxRow.filter(package=at).first()
        if row is not None:
            found.append(Chat(row.platform, row.chat_id, "group" if row.chat_kind == "group" else "private"))
        before = await Detour.get_or_none(package=at)
        at = None if before is None else before.instead_of
    return found
