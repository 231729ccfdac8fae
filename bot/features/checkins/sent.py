"""Photos that somebody sent with a report, where their messenger has them: fetched once the report counts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from bot.core.events import Chat, Event, Incoming


class Sent(BaseModel):
    """The photos of one message, as stored; `key` is the message's own."""

    model_config = ConfigDict(frozen=True)

    key: str
    chat: Chat
    locale: str
    files: tuple[Incoming, ...]


class Offer(BaseModel):
    """Photos that came without a word, and the report beside which they may belong: kept when somebody says so."""

    model_config = ConfigDict(frozen=True)

    answer: int
    sent: tuple[Sent, ...]

    @property
    def key(self) -> str:
        """Of the last message, under which the question stands."""
        return self.sent[-1].key


def sent(event: Event, files: tuple[Incoming, ...], locale: str) -> Sent:
    key = hashlib.sha256(f"{event.chat.platform}:{event.id}".encode()).hexdigest()[:32]
    return Sent(key=key, chat=event.chat, locale=locale, files=files)


def count(messages: Sequence[Sent]) -> int:
    return sum(len(one.files) for one in messages)
