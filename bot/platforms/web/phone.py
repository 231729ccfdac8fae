"""A phone: what one person, or several, hold in their hands to talk with the bot."""

from __future__ import annotations

import re

from msgspec import Struct

from bot.core.events import Chat, ChatKind, Sender
from bot.core.lean import patterns

from .adapter import Web

_MENTION = patterns.compile(r"@bot\b[\s,:]*", re.IGNORECASE)


class Person(Struct, frozen=True):
    """A person who may hold a phone. `key` is ASCII, "" for the visitor; `name` is the name that others see."""

    key: str
    name: str


class Phone(Struct, frozen=True):
    """One conversation on a page.

    `key` is its `data-phone`; `persons` is never empty, the first one holds it at the beginning. Each visitor has a
    conversation of his own: `chat_id` is its first half, "" when the visitor's id alone will do. Phones with the same
    `platform` and `chat_id` look into the same group. A private phone whose `chat_id` is the key of its person also
    gets what the bot sends to that person's id. `note` is a line under the title.
    """

    key: str
    platform: Web
    kind: ChatKind
    title: str
    persons: tuple[Person, ...]
    chat_id: str
    note: str = ""

    def heard(self, text: str) -> tuple[str, bool]:
        """Return `text` without a mention of the bot, and whether it is meant for the bot."""
        if self.kind == "private":
            return text, True
        words = _MENTION.sub("", text).strip()
        return words, words != text

    def hears(self, *, addressed: bool) -> bool:
        """Tell whether the bot hears a message: in some groups it hears only messages addressed to it."""
        return addressed or self.platform.capabilities[self.kind].hears_everything

    def chat(self, visitor: str) -> Chat:
        return Chat(self.platform.name, _joined(self.chat_id, visitor), self.kind)

    def person(self, key: str | None) -> Person | None:
        """Return the person with the key `key`, the first one for None, and None for a stranger."""
        if key is None:
            return self.persons[0]
        return next((person for person in self.persons if person.key == key), None)

    def sender(self, person: Person, visitor: str) -> Sender:
        return Sender(_joined(person.key, visitor), person.name)


def _joined(key: str, visitor: str) -> str:
    return f"{key}-{visitor}" if key else visitor
