"""The events of one chat on their way through the engine, one after the other."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field, replace

from .platform import Clock
from .sessions import Key, Noted, Store, StoreUnavailable

RETRY_AFTER = 1.0
"""Seconds until a database that was away is asked again."""


class TakenOver(Exception):
    """Another process goes on with this chat."""


@dataclass(slots=True)
class Lane:
    """What waits for its turn in a chat; it exists only while there is work.

    `inherited`: somebody else held the chat until now, or the lane before broke. `seq` is the last event that is
    handled, `left` the last one that another process left to us, `fetched` the last of those that was looked for.
    `lost`: another took it over.
    """

    queue: deque[Noted] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None
    inherited: bool = False
    seq: int = 0
    left: int = 0
    fetched: int = 0
    lost: bool = False

    def add(self, noted: Noted) -> None:
        self.queue.append(noted)
        self.left = max(self.left, noted.left_seq)

    @property
    def lacks_some(self) -> bool:
        """Whether another process noted events that are not in the queue yet."""
        return self.left > max(self.seq, self.fetched)

    async def fetch_left(self, key: Key, store: Store, clock: Clock) -> None:
        """Put the events that other processes noted in their places among our own, however long that takes."""
        fetched = self.left
        while True:
            try:
                known = {noted.seq for noted in self.queue}
                left = [
                    replace(noted, attempts=await store.begin_attempt(noted.seq))
                    for noted in await store.left(key)
                    if noted.seq not in known
                ]
            except StoreUnavailable:
                await clock.sleep(RETRY_AFTER)
            else:
                break
        waiting = {noted.seq: noted for noted in (*left, *self.queue)}
        self.queue = deque(waiting[seq] for seq in sorted(waiting))
        self.fetched = fetched
