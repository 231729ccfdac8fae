"""The platform port of the desk: the web chat's, with a page in place of a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.core.events import Chat, Event
from bot.core.messages import Message
from bot.core.platform import Sent
from bot.core.text import Span, Style, Text
from bot.platforms import Kit
from bot.platforms.web.adapter import RICH_CAPABILITIES, NotListening, Web
from bot.platforms.web.frames import person_entry

NAME = "workdesk"
_PATIENCE, _QUIET = 5.0, 0.05
"""Seconds until the first reply is there, and until another one that belongs to it."""


class Attached(BaseModel, defer_build=True):
    """A file below a reply; `url` is its address."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str
    url: str | None = None
    alt: str = ""


class _Stored(BaseModel, defer_build=True):
    model_config = ConfigDict(frozen=True, extra="ignore")

    by: Literal["bot", "person"] = Field(alias="from")
    text: list[tuple[str, Style, str | None]] = []
    buttons: list[tuple[str, str]] = []
    attachment: Attached | None = None
    replaces: str | None = None
    asks: bool = False


class Entry(BaseModel, defer_build=True):
    """An entry of the conversation: an act of the official, or the bot's reply with its buttons as (label, data).

    `asks`: the bot waits for words.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    number: int
    own: bool
    text: Text
    buttons: tuple[tuple[str, str], ...] = ()
    attachment: Attached | None = None
    asks: bool = False


class Desk(Web):
    """The conversation of each official at the desk; the id of the chat is that of the person."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(NAME, {"private": RICH_CAPABILITIES}, kit)
        self._of_desk = kit
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def link(self, code: str) -> str | None:
        """Return None: nobody is sent here by a code, who signs in has a messenger."""
        return None

    async def tell(self, event: Event, shown: str) -> int | None:
        """Give an event to the bot and wait for its replies; return the number of the entry before them.

        `shown` is what the official sees of their own act. None: nobody takes events now, the program is stopping.
        """
        kit, chat = self._of_desk, event.chat
        entry = person_entry(event.sender.id, event.sender.name, shown, event.at, event.id)
        logged = await kit.log.append(chat.id, entry, key=f"own {event.id}"[:90])
        if not logged.new:
            return logged.number
        grown = asyncio.Event()
        self._waiting.setdefault(chat.id, set()).add(grown)
        try:
            await self.note(event)
            await self._settled(grown)
        except NotListening:
            return None
        finally:
            self._waiting[chat.id].discard(grown)
            if not self._waiting[chat.id]:
                del self._waiting[chat.id]
        return logged.number

    async def _settled(self, grown: asyncio.Event) -> None:
        """Wait for the first reply, and then as long as more come at once."""
        with suppress(TimeoutError):
            patience = _PATIENCE
            while True:
                async with asyncio.timeout(patience):
                    await grown.wait()
                grown.clear()
                patience = _QUIET

    def wake(self, chat_id: str) -> None:
        super().wake(chat_id)
        for grown in self._waiting.get(chat_id, ()):
            grown.set()

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        sent = await super().send(chat, message, replacing=replacing, key=key)
        for grown in self._waiting.get(chat.id, ()):
            grown.set()
        return sent

    async def entries(self, chat_id: str, after: int = 0, limit: int = 40) -> Sequence[Entry]:
        """Return the newest entries after a number, oldest first; a reply that was replaced is left out."""
        found: dict[str, Entry] = {}
        for number, body in await self._of_desk.log.since(chat_id, after, limit):
            try:
                stored = _Stored.model_validate_json(body)
            except ValidationError:
                continue
            found.pop(stored.replaces or "", None)
            found[str(number)] = Entry(
                number=number,
                own=stored.by == "person",
                text=Text(tuple(Span(text, style, link) for text, style, link in stored.text)),
                buttons=tuple(stored.buttons),
                attachment=stored.attachment,
                asks=stored.asks,
            )
        return list(found.values())

    async def last(self, chat_id: str) -> int:
        """Return the number of the newest entry, 0 for none."""
        newest = await self._of_desk.log.since(chat_id, 0, 1)
        return newest[-1][0] if newest else 0
