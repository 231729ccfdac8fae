"""When the next message may leave: for the token, for the chat, and for pauses that the platform asked for.

A limiter that only spaces, or only counts, breaks the other rule; so the times of the last sends are kept. When a call
arrives nobody knows here, only that it is between leaving and being answered: until then it counts as one of now.
Bulk (the outbox) has its own, smaller share and gives way to every reply that waits. What is urgent has that share
before replies, for in a storm everybody asks at once. Between a turn of bulk and its call lies a commit, so it asks
twice.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .events import Chat
from .latest import Latest
from .platform import Capabilities, Clock

BURST_SECONDS = 3.0
"""A chat may use its per-second rate of this many seconds at once: a reply in two parts leaves without a wait."""
BULK_OF_TOKEN = 0.8
BULK_OF_MINUTE = 0.75
"""Of the 20 a minute that a group may get, 15 are for bulk."""
CATCH_UP_SECONDS = 0.1
"""So much of its share may bulk make up for, after a timer rang late; far below what its share leaves free."""
UNANSWERED_SECONDS = 5.0
"""A call that has no answer for so long counts as arrived, or one that hangs would take a slow token's place."""
ALL_OF_TOKEN = 0.9
"""Where replies take more than bulk leaves them, bulk slows down until all together are so fast, evenly: a second that
is filled up lets nobody through until its oldest message is old."""

_AT_ONCE = 1e-6
"""Seconds: a shorter wait is none, clocks count microseconds."""


class Place:
    """A message's place among those of its token: `with` it the call is made, after it nothing holds the place open."""

    __slots__ = ("_land", "left")

    def __init__(self, left: float, land: Callable[[Place], None]) -> None:
        self.left = left
        self._land = land

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        self._land(self)


@dataclass(frozen=True, slots=True)
class ChatPace:
    """The operator's limits for chats; None leaves a limit to the messenger's capabilities."""

    per_second: float | None = None
    group_per_minute: float | None = None


class Pacer:
    """The pace of one bot token. `per_second` is the token's; a chat's limits come with each call or from `chats`."""

    def __init__(self, per_second: float, clock: Clock, chats: ChatPace = ChatPace()) -> None:
        self.per_second = per_second
        self._chat_pace = chats
        self._gap = 1.0 / per_second
        self._clock = clock
        self._next = 0.0
        self._next_bulk = 0.0
        self._next_of_all = 0.0
        self._replies_waiting = 0
        self._urgent_waiting = 0
        self._leaving = asyncio.Lock()
        self._leaving_urgently = asyncio.Lock()
        self._open: dict[Place, None] = {}
        self._landed: list[float] = []
        self._sent_at: Latest[tuple[float, ...]] = Latest()
        self._paused: dict[str, float] = {}

    def pause(self, seconds: float, chat_id: str = "") -> None:
        """Nothing leaves for `seconds`, to one chat or (chat "") at all; a shorter pause never ends a longer one."""
        until = self._clock.monotonic() + seconds
        self._paused[chat_id] = max(until, self._paused.get(chat_id, 0.0))

    async def wait(self, chat: Chat, caps: Capabilities) -> Place:
        """Return when a reply to this chat may leave, and count it."""
        await self._wait_for_reply(chat, caps)
        self._next = max(self._clock.monotonic(), self._next) + self._gap
        self._count_chat(chat, caps)
        return self._leave()

    async def turn(self, chat: Chat, caps: Capabilities, patience: float, *, urgent: bool = False) -> bool:
        """Return when it is the turn of a bulk message to this chat, and count it there; `leave` is to follow.

        False: after `patience` seconds others still go first; something may wait by now that need not give way to them.
        """
        until = self._clock.monotonic() + patience
        while (delay := max(self._turn_delay(urgent), self.chat_delay(chat, caps, bulk=True))) > _AT_ONCE:
            if self._clock.monotonic() >= until and (self._replies_waiting or self._urgent_waiting):
                return False
            await self._clock.sleep(delay)
        earliest = self._clock.monotonic() - CATCH_UP_SECONDS
        self._next_bulk = max(earliest, self._next_bulk) + self._gap / BULK_OF_TOKEN
        self._count_chat(chat, caps)
        return True

    async def leave(self, patience: float, *, urgent: bool = False) -> Place | None:
        """Return when a bulk message that had its turn may really leave, and count it for the token.

        Many that a slow commit held up would leave at once. None: the token is paused, or `patience` seconds are over;
        then it may not leave.
        """
        until = self._clock.monotonic() + patience
        self._urgent_waiting += urgent
        try:
            async with self._leaving_urgently if urgent else self._leaving:
                while self.paused_for() <= 0 and self._clock.monotonic() <= until:
                    delay = self._token_delay(0.0) if urgent else self._bulk_delay(self._next_of_all)
                    if delay <= _AT_ONCE:
                        return self._leave()
                    await self._clock.sleep(delay)
        finally:
            self._urgent_waiting -= urgent
        return None

    def _leave(self) -> Place:
        now = self._clock.monotonic()
        evenly = max(now - CATCH_UP_SECONDS, self._next_of_all) + self._gap / ALL_OF_TOKEN
        self._next_of_all = min(evenly, now + 1.0)  # what is older than a second is forgiven
        place = Place(now, self._land)
        self._open[place] = None
        return place

    def _land(self, place: Place) -> None:
        if place in self._open:
            del self._open[place]
            self._landed.append(self._clock.monotonic())

    def _count_chat(self, chat: Chat, caps: Capabilities) -> None:
        now = self._clock.monotonic()
        times = self._sent_at.get((chat.id,)) or ()
        _, seconds = self._burst(chat, caps)
        self._sent_at.put((chat.id,), (*times[bisect_right(times, now - max(60.0, seconds)) :], now))

    def paused_for(self) -> float:
        """Seconds for which the whole token is paused."""
        now = self._clock.monotonic()
        return max(0.0, self._pause_of("", now) - now)

    def chat_delay(self, chat: Chat, caps: Capabilities, *, bulk: bool = False) -> float:
        """Seconds until this chat may get a message, whatever the token may do; 0 or less: now."""
        now = self._clock.monotonic()
        times = self._sent_at.get((chat.id,)) or ()
        minute = max(1, int(self._per_minute(chat, caps) * (BULK_OF_MINUTE if bulk else 1.0)))
        allowed_at = max(
            self._pause_of(chat.id, now), _fits(times, *self._burst(chat, caps)), _fits(times, minute, 60.0)
        )
        return allowed_at - now

    def _burst(self, chat: Chat, caps: Capabilities) -> tuple[int, float]:
        """(messages, seconds): so many may leave within so long."""
        per_second = self._chat_pace.per_second or caps.per_second
        most = max(1, int(per_second * BURST_SECONDS))
        return most, most / per_second

    def _per_minute(self, chat: Chat, caps: Capabilities) -> float:
        own = self._chat_pace.group_per_minute if chat.kind == "group" else None
        return own or caps.per_minute

    async def _wait_for_reply(self, chat: Chat, caps: Capabilities) -> None:
        while True:
            token_delay = self._token_delay(self._next)
            if self._urgent_waiting:
                token_delay = max(token_delay, self._gap)
            delay = max(token_delay, self.chat_delay(chat, caps))
            if delay <= _AT_ONCE:
                return
            self._replies_waiting += token_delay > 0
            try:
                await self._clock.sleep(delay)
            finally:
                self._replies_waiting -= token_delay > 0

    def _turn_delay(self, urgent: bool) -> float:
        now = self._clock.monotonic()
        if urgent:  # its place is found when it leaves, before those of replies
            delay, behind = max(self._next_bulk, self._pause_of("", now)) - now, self._leaving_urgently.locked()
        else:
            delay, behind = self._bulk_delay(max(self._next_bulk, self._next_of_all)), self._leaving.locked()
        return max(delay, self._gap) if behind else delay

    def _bulk_delay(self, allowed_at: float) -> float:
        delay = self._token_delay(allowed_at)
        return max(delay, self._gap) if self._replies_waiting or self._urgent_waiting else delay

    def _token_delay(self, allowed_at: float) -> float:
        now = self._clock.monotonic()
        return max(allowed_at, self._free_at(now), self._pause_of("", now)) - now

    def _free_at(self, now: float) -> float:
        """When the token's second has a place: what has landed in it and what is open are all that may be in it."""
        while self._open and (eldest := next(iter(self._open))).left <= now - UNANSWERED_SECONDS:
            self._land(eldest)
        most = max(1, int(self.per_second))
        if len(self._open) >= most:
            return now + self._gap
        del self._landed[: bisect_right(self._landed, now - most / self.per_second)]
        return _fits(self._landed, most - len(self._open), most / self.per_second)

    def _pause_of(self, chat_id: str, now: float) -> float:
        until = self._paused.get(chat_id, 0.0)
        if until and until <= now:
            del self._paused[chat_id]
        return until


def _fits(times: Sequence[float], most: int, seconds: float) -> float:
    """When the next one fits into a sliding window of `most` in `seconds`."""
    return times[-most] + seconds if len(times) >= most else 0.0
