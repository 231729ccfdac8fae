"""Rate limits: when the next message may leave, for the token, for the chat, and after pauses a platform asked for.

A limiter that only spaces calls, or only counts them, breaks the other rule; so the times of the last sends are kept.
The time at which a call arrives at the platform is unknown, except that it lies between leaving and being answered:
until then the call counts as one of now. Bulk (the outbox) has its own, smaller share and gives way to every reply that
waits. Urgent messages have that share before replies, for in a storm everybody asks at once. Between a turn of bulk and
its call lies a commit, so it asks twice.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.lru import Latest

from .events import Chat
from .line import TokenLine
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
"""If replies take more than bulk leaves them, bulk slows down until all together are so fast, evenly: a second that
is filled up lets no message through until its oldest message is old."""

HEAD_START_SECONDS = 2.0
"""So much before replies may what is urgent try whether a platform takes messages again: it has to be read first."""
TRY_SECONDS = 60.0
"""Such a try that has no answer for so long counts as arrived; the longest calls last so long."""
LOOK_SECONDS = 2.0
"""So often does who waits for such a try look whether somebody has lifted the pause."""

_AT_ONCE = 1e-6
"""Seconds: a shorter wait is none, clocks count microseconds."""


class PacingSlot:
    """A message's place among those of its token: `with` it the call is made, after it nothing holds the place open."""

    __slots__ = ("_land", "left")

    def __init__(self, left: float, land: Callable[[PacingSlot], None]) -> None:
        self.left: float = left
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
    """The pace of one bot token. `per_second` is the token's; a chat's limits come with each call or from `chats`.

    `line` tells whether its messenger answers.
    """

    def __init__(self, per_second: float, clock: Clock, chats: ChatPace = ChatPace()) -> None:
        self.per_second = per_second
        self.line: TokenLine = TokenLine(clock)
        self._chat_pace = chats
        self._gap = 1.0 / per_second
        self._clock = clock
        self._next = 0.0
        self._next_bulk = 0.0
        self._next_of_all = 0.0
        self._replies_waiting = 0
        self._urgent_waiting = 0
        self._replying = asyncio.Lock()
        self._leaving = asyncio.Lock()
        self._leaving_urgently = asyncio.Lock()
        self._open: dict[PacingSlot, None] = {}
        self._landed: list[float] = []
        self._sent_at: Latest[tuple[float, ...]] = Latest()
        self._paused: dict[str, float] = {}
        self._try_at: float | None = None

    def pause(self, seconds: float, chat_id: str = "") -> None:
        """Pause for `seconds`, one chat or (chat "") the whole token; a shorter pause never ends a longer one."""
        until = self._clock.monotonic() + seconds
        self._paused[chat_id] = max(until, self._paused.get(chat_id, 0.0))

    @property
    def probing(self) -> bool:
        """Tell whether the platform is tried one message at a time, because it took none and did not say until when."""
        return self._try_at is not None

    def probe(self, seconds: float | None) -> None:
        """Pause for `seconds`, then send one message at a time; None: send as usual again. The last call counts."""
        self._try_at = None if seconds is None else self._clock.monotonic() + seconds

    def is_try(self, place: PacingSlot) -> bool:
        """Tell whether the message in this place left to try the platform."""
        return self._try_at is not None and place.left >= self._try_at

    async def wait(self, chat: Chat, caps: Capabilities) -> PacingSlot:
        """Return when a reply to this chat may leave, and count it; who has waited longest for the token goes first."""
        if (place := self._at_once(chat, caps)) is not None:
            return place
        while True:
            await self._wait_for_chat(chat, caps)
            waits = self._replies_waiting > 0 or self._replying.locked() or self._reply_delay() > _AT_ONCE
            self._replies_waiting += waits
            try:
                async with self._replying:
                    while (delay := self._reply_delay()) > _AT_ONCE:
                        await self._clock.sleep(delay if self._try_at is None else min(delay, LOOK_SECONDS))
                    if self.chat_delay(chat, caps) <= _AT_ONCE:  # or it had another message meanwhile
                        return self._leave_for(chat, caps)
            finally:
                self._replies_waiting -= waits

    def _at_once(self, chat: Chat, caps: Capabilities) -> PacingSlot | None:
        """Return the place of a reply that passes nobody and waits for nothing, as nearly all do; else None."""
        if self._replies_waiting or self._replying.locked():
            return None
        if self.chat_delay(chat, caps) > _AT_ONCE or self._reply_delay() > _AT_ONCE:
            return None
        return self._leave_for(chat, caps)

    def _leave_for(self, chat: Chat, caps: Capabilities) -> PacingSlot:
        self._next = max(self._clock.monotonic(), self._next) + self._gap
        self._count_chat(chat, caps)
        return self._leave()

    async def turn(self, chat: Chat, caps: Capabilities, patience: float, *, urgent: bool = False) -> bool:
        """Return when it is the turn of a bulk message to this chat, and count it there; `leave` is to follow.

        An urgent message may use all of the chat's minute. False: after `patience` seconds others still go first; a
        message may wait by now that need not give way to them.
        """
        until = self._clock.monotonic() + patience
        while (delay := max(self._turn_delay(urgent), self.chat_delay(chat, caps, bulk=not urgent))) > _AT_ONCE:
            if self._clock.monotonic() >= until and (self._replies_waiting or self._urgent_waiting):
                return False
            await self._clock.sleep(delay)
        earliest = self._clock.monotonic() - CATCH_UP_SECONDS
        self._next_bulk = max(earliest, self._next_bulk) + self._gap / BULK_OF_TOKEN
        self._count_chat(chat, caps)
        return True

    async def leave(self, patience: float, *, urgent: bool = False) -> PacingSlot | None:
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

    def _leave(self) -> PacingSlot:
        now = self._clock.monotonic()
        evenly = max(now - CATCH_UP_SECONDS, self._next_of_all) + self._gap / ALL_OF_TOKEN
        self._next_of_all = min(evenly, now + 1.0)  # what is older than a second is forgiven
        place = PacingSlot(now, self._land)
        self._open[place] = None
        return place

    def _land(self, place: PacingSlot) -> None:
        if place in self._open:
            del self._open[place]
            self._landed.append(self._clock.monotonic())

    def _count_chat(self, chat: Chat, caps: Capabilities) -> None:
        now = self._clock.monotonic()
        times = self._sent_at.get((chat.id,)) or ()
        _, seconds = self._burst(chat, caps)
        self._sent_at.put((chat.id,), (*times[bisect_right(times, now - max(60.0, seconds)) :], now))

    def paused_for(self) -> float:
        """Return the seconds for which the whole token is paused."""
        now = self._clock.monotonic()
        return max(0.0, self._pause_of("", now) - now)

    def chat_delay(self, chat: Chat, caps: Capabilities, *, bulk: bool = False) -> float:
        """Return the seconds until this chat may get a message, whatever the token may do; 0 or less: now."""
        now = self._clock.monotonic()
        times = self._sent_at.get((chat.id,)) or ()
        minute = max(1, int(self._per_minute(chat, caps) * (BULK_OF_MINUTE if bulk else 1.0)))
        allowed_at = max(
            self._pause_of(chat.id, now), _fits(times, *self._burst(chat, caps)), _fits(times, minute, 60.0)
        )
        return allowed_at - now

    def _burst(self, chat: Chat, caps: Capabilities) -> tuple[int, float]:
        """Return (messages, seconds): how many messages may leave within how long."""
        per_second = self._chat_pace.per_second or caps.per_second
        most = max(1, int(per_second * BURST_SECONDS))
        return most, most / per_second

    def _per_minute(self, chat: Chat, caps: Capabilities) -> float:
        own = self._chat_pace.group_per_minute if chat.kind == "group" else None
        return own or caps.per_minute

    async def _wait_for_chat(self, chat: Chat, caps: Capabilities) -> None:
        while (delay := self.chat_delay(chat, caps)) > _AT_ONCE:
            await self._clock.sleep(delay)

    def _reply_delay(self) -> float:
        delay = self._token_delay(self._next)
        if self._try_at is not None:
            delay = max(delay, self._try_at + HEAD_START_SECONDS - self._clock.monotonic())
        return max(delay, self._gap) if self._urgent_waiting else delay

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
        """Return when the token's second has a free place: calls that arrived within it and open calls count."""
        patience = UNANSWERED_SECONDS if self._try_at is None else TRY_SECONDS
        while self._open and (eldest := next(iter(self._open))).left <= now - patience:
            self._land(eldest)
        most = max(1, int(self.per_second))
        if len(self._open) >= (most if self._try_at is None else 1):
            return now + self._gap
        del self._landed[: bisect_right(self._landed, now - most / self.per_second)]
        return _fits(self._landed, most - len(self._open), most / self.per_second)

    def _pause_of(self, chat_id: str, now: float) -> float:
        until = self._paused.get(chat_id, 0.0)
        if until and until <= now:
            del self._paused[chat_id]
        return until if chat_id or self._try_at is None else max(until, self._try_at)


def _fits(times: Sequence[float], most: int, seconds: float) -> float:
    """Return when the next one fits into a sliding window of `most` in `seconds`."""
    return times[-most] + seconds if len(times) >= most else 0.0
