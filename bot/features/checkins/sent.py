"""Photos sent with a report, still at their messenger: they are fetched once the report counts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from bot.core.events import Chat, Event, Incoming


class SentPhotos(BaseModel, defer_build=True):
    """The photos of one message, as stored; `key` is the message's own."""

    model_config = ConfigDict(frozen=True)

    key: str
    chat: Chat
    locale: str
    files: tuple[Incoming, ...]


class Offer(BaseModel, defer_build=True):
    """Photos that came without a word, and the report they may belong to: kept if the sender confirms that."""

    model_config = ConfigDict(frozen=True)

    answer: int
    sent: tuple[SentPhotos, ...]

    @property
    def key(self) -> str:
        """The key of the last message, under which the question stands."""
        return self.sent[-1].key


def sent(event: Event, files: tuple[Incoming, ...], locale: str) -> SentPhotos:
    key = hashlib.sha256(f"{event.chat.platform}:{event.id}".encode()).hexdigest()[:32]
    return SentPhotos(key=key, chat=event.chat, locale=locale, files=files)


def count(messages: Sequence[SentPhotos]) -> int:
    return sum(len(one.files) for one in messages)
