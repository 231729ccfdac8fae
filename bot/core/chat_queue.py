"""The events of one chat on their way through the engine, one after the other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Container, Sequence
from dataclasses import dataclass, field, replace

from bot.core.carrier import Carried
from bot.core.events import Event, PhotoSent
from bot.core.platform import Clock
from bot.core.sessions import Key, RecordedEvent, Store, StoreUnavailable

RETRY_AFTER = 1.0
"""Seconds until a database that was away is asked again."""
ALBUM_AFTER = 1.0
"""Seconds that a photo waits for the next one of its album, both noted; Telegram brings it when the one before is."""


@dataclass(slots=True)
class ChatQueue:
    """The queue of events of one chat; it exists only while there is work.

    `inherited`: the previous queue broke. `newest` is the last event added. `carried` is what led to this chat, where
    several processes share the work; `dropped`: another process goes on with it. `joined` are events handled before
    their turn, with their album. `taken` are the events of which the one at work is made.
    """

    waiting: deque[RecordedEvent] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None
    inherited: bool = False
    newest: int = 0
    carried: Carried | None = None
    dropped: bool = False
    joined: set[int] = field(default_factory=set)
    taken: Sequence[RecordedEvent] = ()

    def add(self, recorded: RecordedEvent) -> None:
        """Add the newest event. Behind another one it needs no session of its own, which is old when its turn comes.

        Of a flood thousands wait, and the session takes seven times as much memory as a few words.
        """
        if self.waiting:
            recorded = replace(recorded, session=self.waiting[-1].session)
        self.waiting.append(recorded)
        self.newest = recorded.seq

    def keep(self, carried: Carried) -> None:
        """Hold what leads to this chat; of several that with which most processes died, for its count goes with it."""
        if self.carried is None or carried.deaths > self.carried.deaths:
            carried.hold()
            if self.carried is not None:
                self.carried.release()
            self.carried = carried

    def begin_alone(self, seqs: Container[int]) -> None:
        """Begin those of these events that still wait one by one, and counted: processes died of one of them."""
        self.waiting = deque(replace(one, again=True) if one.seq in seqs else one for one in self.waiting)

    async def take(self, clock: Clock) -> tuple[RecordedEvent, tuple[int, ...]]:
        """Return the next event and the numbers of all events handled with it: the photos of one album are one event.

        Photos wait for each other in this queue, not on arrival, so none is lost when the process ends. An event that
        other people sent between two photos keeps its place: the album's event has the number of the last photo before
        it.
        """
        if not _album(self.waiting[0].event):
            recorded = self.waiting.popleft()
            self.taken = (recorded,)
            return recorded, (recorded.seq,)
        members = self._members()
        while True:
            await clock.sleep(ALBUM_AFTER)
            before, members = members, self._members()
            if len(members) == len(before):
                break
        at = 0
        while at < len(members) and self.waiting[at].seq == members[at].seq:
            at += 1
        event = members[0].event
        for recorded in members[1:]:
            if isinstance(event, PhotoSent) and isinstance(recorded.event, PhotoSent):
                event = event.with_more(recorded.event)
        self.taken, handled = members, tuple(recorded.seq for recorded in members)
        self.joined.update(handled[at:])
        self.waiting = deque(recorded for recorded in self.waiting if recorded.seq not in handled)
        return replace(members[at - 1], event=event, joined=handled[at:]), handled

    def hold_against(self, left: Container[int], behind: Container[int]) -> bool:
        """Let go of what was `behind` the event at work and is not `left` in the inbox; tell whether that itself is.

        Of an album of which another process has handled a part the rest is left, and waits for its turn anew.
        """
        waiting = [one for one in self.waiting if one.seq in left or one.seq not in behind]
        parts = [one for one in self.taken if one.seq in left]
        if is_left := len(parts) == len(self.taken):
            parts = []
        self.waiting = deque(sorted([*parts, *waiting], key=lambda one: one.seq))
        self.joined.difference_update(one.seq for one in parts)
        return is_left

    def _members(self) -> list[RecordedEvent]:
        """Return the photos of the album that the next event begins."""
        first = self.waiting[0].event
        return [recorded for recorded in self.waiting if _album(recorded.event) == _album(first)]

    async def fetch_left(self, key: Key, store: Store, clock: Clock) -> None:
        """Put the events that a broken queue left in their places among our own, however long that takes."""
        while True:
            try:
                known = {recorded.seq for recorded in self.waiting} | self.joined
                left = [replace(one, again=True) for one in await store.left(key) if one.seq not in known]
            except StoreUnavailable:
                await clock.sleep(RETRY_AFTER)
            else:
                break
        waiting = {recorded.seq: recorded for recorded in (*left, *self.waiting)}
        self.waiting = deque(waiting[seq] for seq in sorted(waiting))


def _album(event: Event) -> tuple[str, str] | None:
    """Return the id of the album that a photo belongs to and the sender's id; None for anything else."""
    return (event.album, event.sender.id) if isinstance(event, PhotoSent) and event.album else None
