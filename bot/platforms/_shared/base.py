"""The common part of most adapters: nothing to fetch, no links that open them, no count, nothing to close."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from bot.core.events import Chat, ChatKind, Commanded, Incoming, Sender, TextSent
from bot.core.platform import Budget, Capabilities, Rejected, Usage
from bot.core.small_words import slashed
from bot.core.text import clean


class Adapter:
    """Base of an adapter of one's own: it adds `listen` and `send`, and names itself and what its chats can do."""

    name: ClassVar[str]
    capabilities: Mapping[ChatKind, Capabilities]
    budget: Budget = Budget(per_second=30)

    async def fetch(self, file: Incoming, limit: int) -> bytes:
        """Return what a person sent; raise Rejected, for no file comes here."""
        raise Rejected(f"{self.name} brings no files")

    def link(self, code: str) -> str | None:
        """Return None: no link opens this chat."""
        return None

    def group_link(self, code: str) -> str | None:
        return None

    async def usage(self) -> Usage | None:
        return None

    async def close(self) -> None:
        return

    def heard(
        self, event_id: str, chat: Chat, sender: Sender, at: datetime, words: str, *, addressed: bool = True
    ) -> Commanded | TextSent:
        """Return the event of what somebody typed: its letters in one form, and a command if it is one."""
        return typed((event_id, chat, sender, at), words, addressed=addressed)


def typed(base: tuple[str, Chat, Sender, datetime], words: str, *, addressed: bool = True) -> Commanded | TextSent:
    """Return the event of words: a command if they are one."""
    text = clean(words).strip()
    if (command := slashed(text)) is not None:
        return Commanded(*base, command.name, command.args)
    return TextSent(*base, text, addressed)
