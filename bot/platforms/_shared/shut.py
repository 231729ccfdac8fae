"""Chats that their vendor has just said to be shut: it is not asked again at once."""

from __future__ import annotations

from bot.core.lru import Latest
from bot.core.platform import Clock, WindowShut

SHUT_FOR = 600.0
"""Seconds for which that is believed when the person has not written."""


class Shut:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: Latest[float] = Latest()

    def heed(self, chat_id: str) -> None:
        """Raise WindowShut if the vendor said so a while ago."""
        if (self._until.get((chat_id,)) or 0.0) > self._clock.monotonic():
            raise WindowShut("the vendor said so a while ago")

    def remember(self, chat_id: str) -> None:
        self._until.put((chat_id,), self._clock.monotonic() + SHUT_FOR)

    def opens(self, chat_id: str) -> None:
        """Take note of a word of the person."""
        self._until.forget((chat_id,))
