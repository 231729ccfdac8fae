"""A plan whose month has room for so many messages more, and how its end is told to whoever sends on.

The bot's adapters do it in two ways. One counts by itself: when the month is used up it makes no call, and all wait
until the next month (Zalo Bot). Others are refused by the messenger, and then each chat waits for an hour (LINE, Zalo
OA). Here the next month begins at a moment that the seed draws.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.platform import RateLimited

HOUR = 3600.0


@dataclass
class Month:
    """`ends` in seconds of the world. `counted`: the adapter counts, and knows when the next month begins.

    `struck` is called at the first message that is refused.
    """

    room: int
    ends: float
    counted: bool
    struck: Callable[[], None]
    used: int = 0
    refused: int = 0

    def takes(self, now: float) -> bool:
        return now >= self.ends or self.used < self.room

    def refuses(self, now: float) -> RateLimited:
        """Return what is told to whoever sends."""
        if not self.refused:
            self.struck()
        self.refused += 1
        return RateLimited(self.ends - now, "token") if self.counted else RateLimited(HOUR)
