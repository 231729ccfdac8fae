"""The events of one chat on their way through the engine, one after the other."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field, replace

from .events import Event, PhotoSent
from .platform import Clock
from .sessions import Key, Noted, Store, StoreUnavailable

RETRY_AFTER = 1.0
"""Seconds until a database that was away is asked again."""
ALBUM_AFTER = 1.0
"""Seconds that a photo waits for the next one of its album, both noted; Telegram brings it when the one before is."""


class TakenOver(Exception):
    """Another process goes on with this chat."""


@dataclass(slots=True)
class Lane:
    """What waits for its turn in a chat; it exists only while there is work.

    `inherited`: somebody else held the chat until now, or the lane before broke. `seq` is the last event that is
    handled, `left` the last one that another process left to us, `fetched` the last of those that was looked for.
    `lost`: another took it over. `joined` were handled before their turn, with the album they belong to.
    """

    queue: deque[Noted] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None
    inherited: bool = False
    seq: int = 0
    left: int = 0
    fetched: int = 0
    lost: bool = False
    joined: set[int] = field(default_factory=set)

    def add(self, noted: Noted) -> None:
        self.queue.append(noted)
        self.left = max(self.left, noted.left_seq)

    async def take(self, key: Key, store: Store, clock: Clock) -> tuple[Noted, tuple[int, ...]]:
        """The next event, and the numbers of all that are handled with it: photos of one album are one event.

        They wait for each other here and not where they are received, so whatever ends the process loses none. What
        others say in between keeps its place: the event has the number of the last photo before it.
        """
        if not _album(self.queue[0].event):
            noted = self.queue.popleft()
            return noted, (noted.seq,)
        members = self._members()
        while True:
            await clock.sleep(ALBUM_AFTER)
            if store.holds_for:  # another process may have noted some
                await self.fetch_left(key, store, clock)
            before, members = members, self._members()
            if len(members) == len(before):
                break
        at = 0
        while at < len(members) and self.queue[at].seq == members[at].seq:
            at += 1
        event = members[0].event
        for noted in members[1:]:
            if isinstance(event, PhotoSent) and isinstance(noted.event, PhotoSent):
                event = event.with_more(noted.event)
        handled = tuple(noted.seq for noted in members)
        self.joined.update(handled[at:])
        self.queue = deque(noted for noted in self.queue if noted.seq not in handled)
        return replace(members[at - 1], event=event), handled

    def _members(self) -> list[Noted]:
        """The photos of the album that the next event begins."""
        first = self.queue[0].event
        return [noted for noted in self.queue if _album(noted.event) == _album(first)]

    @property
    def lacks_some(self) -> bool:
        """Whether another process noted events that are not in the queue yet."""
        return self.left > max(self.seq, self.fetched)

    async def fetch_left(self, key: Key, store: Store, clock: Clock) -> None:
        """Put the events that other processes noted in their places among our own, however long that takes."""
        fetched = self.left
        while True:
            try:
                known = {noted.seq for noted in self.queue} | self.joined
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


def _album(event: Event) -> tuple[str, str] | None:
    """Which album a photo belongs to, and whose it is."""
    return (event.album, event.sender.id) if isinstance(event, PhotoSent) and event.album else None
