"""The platform `desk` as the pages need it: their acts are events there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.core.events import Chat, Commanded, Event, Pressed, Sender, TextSent
from bot.core.text import Text

from .visit import Ask, Do, Visit


class Attached(Protocol):
    @property
    def kind(self) -> str: ...

    @property
    def url(self) -> str | None: ...

    @property
    def alt(self) -> str: ...


class Entry(Protocol):
    """An act of the official, or a reply with its buttons as (label, data)."""

    @property
    def number(self) -> int: ...

    @property
    def own(self) -> bool: ...

    @property
    def text(self) -> Text: ...

    @property
    def buttons(self) -> tuple[tuple[str, str], ...]: ...

    @property
    def attachment(self) -> Attached | None: ...

    @property
    def asks(self) -> bool:
        """Tell whether the bot waits for words."""
        ...


class Conversation(Protocol):
    """The conversation of each official with the bot, as it stands on the desk."""

    @property
    def name(self) -> str: ...

    async def tell(self, event: Event, shown: str) -> int | None: ...

    async def entries(self, chat_id: str, after: int = 0, limit: int = 40) -> Sequence[Entry]: ...


def chat_of(platform: str, person_id: int) -> Chat:
    return Chat(platform, str(person_id), "private")


def event_of(platform: str, visit: Visit, act: Do | Ask, packed: str = "") -> Event:
    """Return the event of an act on a page. Its id is that of the form, so a form acts once.

    `packed` is the action of a button that came from the page, and not from us.
    """
    chat = chat_of(platform, visit.person_id)
    sender = Sender(str(visit.person_id), visit.who.name, visit.locale)
    name = f"form:{visit.form}"
    if isinstance(act, Ask):
        if act.command:
            return Commanded(name, chat, sender, visit.now, act.command, act.words)
        return TextSent(name, chat, sender, visit.now, act.words)
    return Pressed(name, chat, sender, visit.now, packed)


def words_of(platform: str, visit: Visit, words: str) -> Event:
    """Return the event of the answer that the form of an act brought along."""
    sender = Sender(str(visit.person_id), visit.who.name, visit.locale)
    return TextSent(f"form:{visit.form}:words", chat_of(platform, visit.person_id), sender, visit.now, words)
