"""A notice that does not reach its chat goes to another chat of the same person, or of the same people, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from tortoise.transactions import in_transaction

from bot.core.events import Chat
from bot.features.calendar.vietnam import today
from bot.features.groups import channels
from bot.features.notices import delivery_channels
from bot.features.outbox import bodies, detours
from bot.features.outbox.box import Outbox
from bot.features.outbox.detours import Overtaken
from bot.features.people import people
from bot.storage.core_tables.outbox import OutboxRow

_WATCHED = timedelta(days=1)
"""Notices that could not be told for longer are old news."""
ALONE = "alone:"
"""How the keys of notices begin that are for one chat: it says something of itself, or the others have it as well."""


class NoticeFallback:
    """The notices; announcements have their own way, for their receipts."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    async def tick(self, now: datetime) -> None:
        """Send stuck notices another way. Run twice, or at the same moment, it tells nobody twice."""
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
        """Move a package that waits for a chat that is given up to another one; inside the caller's transaction."""
        if package.startswith(ALONE):
            return False
        return await self._write(package, chat, await detours.take_off(package, now, waiting=True), now)

    async def _other(self, package: str, now: datetime) -> Chat | None:
        """Return the best chat of the same people that lives and has not been tried."""
        tried = await detours.tried(package)
        first = tried[0]
        if first.kind == "private":
            person_id = await people.of_private_chat(first.platform, first.id)
            found = [] if person_id is None else await delivery_channels.to_person(self._outbox, person_id, now)
        else:
            found = await self._of_the_same_people(first, now)
        others = [chat for chat in found if chat not in tried]
        alive = await delivery_channels.living(self._outbox, others, now)
        return next((chat for chat in others if chat in alive), None)

    async def _of_the_same_people(self, group: Chat, now: datetime) -> list[Chat]:
        here = await channels.of_chat(group.platform, group.id)
        if here is None:
            return []
        found = await channels.of_unit(here.unit_id, today(now), purpose=here.purpose)
        same = [one for one in found if one.unit_id == here.unit_id]
        together = delivery_channels.audiences(same, self._outbox.capabilities)
        return [delivery_channels.chat_of(one) for each in together for one in each]

    async def _write(self, package: str, chat: Chat, rows: Sequence[OutboxRow], now: datetime) -> bool:
        if not rows:
            return False
        first, last = rows[0], rows[-1]
        key = f"d{first.id}"
        messages = await bodies.messages_of(rows)
        await self._outbox.add(
            chat,
            messages,
            key=key,
            now=now,
            not_before=first.not_before,
            expires_at=first.expires_at,
            answering=first.any_hour,
            klass="request" if first.klass == "request" else "notice",
            locale=first.locale,
        )
        # A list that stands in the text already is not written a second time: it is only opened.
        if last.choices and not messages[-1].buttons:
            new = await OutboxRow.filter(package=key).order_by("-part").first()
            if new is not None:
                await OutboxRow.filter(id=new.id).update(choices=last.choices)
        await detours.note(key, package, now)
        return True
