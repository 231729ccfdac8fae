"""When the next message may leave: for the token, for the chat, and for pauses that the platform asked for.

A limiter that only spaces, or only counts, breaks the other rule; so the times of the last sends are kept.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from .platform import Capabilities, Clock

BURST_SECONDS = 3.0
"""A chat may use its per-second rate of this many seconds at once: a reply in two parts leaves without a wait."""
REMEMBERED_CHATS = 10_000


@dataclass(slots=True)
class _Times:
    """Times of the last sends of one chat, on the monotonic clock."""

    burst: deque[float] = field(default_factory=deque)
    minute: deque[float] = field(default_factory=deque)


class Pacer:
    """The pace of one bot token. `per_second` is the token's, the chat's limits come with each call."""

    def __init__(self, per_second: float, clock: Clock) -> None:
        self._gap = 1.0 / per_second
        self._clock = clock
        self._next = 0.0
        self._chats: OrderedDict[str, _Times] = OrderedDict()
        self._paused: dict[str, float] = {}

    def pause(self, seconds: float, chat_id: str = "") -> None:
        """Nothing leaves for `seconds`, to one chat or (chat "") at all; a shorter pause never ends a longer one."""
        until = self._clock.monotonic() + seconds
        self._paused[chat_id] = max(until, self._paused.get(chat_id, 0.0))

    async def wait(self, chat_id: str, caps: Capabilities) -> None:
        """Return when a message to this chat may leave, and count it."""
        while (delay := self._delay(chat_id, caps)) > 0:
            await self._clock.sleep(delay)
        now = self._clock.monotonic()
        self._next = max(now, self._next) + self._gap
        times = self._times(chat_id)
        times.burst.append(now)
        times.minute.append(now)

    def _delay(self, chat_id: str, caps: Capabilities) -> float:
        now = self._clock.monotonic()
        times = self._times(chat_id)
        burst = max(1, int(caps.per_second * BURST_SECONDS))
        allowed_at = max(
            self._next,
            self._pause_of("", now),
            self._pause_of(chat_id, now),
            _window(times.burst, burst, burst / caps.per_second, now),
            _window(times.minute, max(1, int(caps.per_minute)), 60.0, now),
        )
        return allowed_at - now

    def _pause_of(self, chat_id: str, now: float) -> float:
        until = self._paused.get(chat_id, 0.0)
        if until and until <= now:
            del self._paused[chat_id]
        return until

    def _times(self, chat_id: str) -> _Times:
        times = self._chats.setdefault(chat_id, _Times())
        self._chats.move_to_end(chat_id)
        if len(self._chats) > REMEMBERED_CHATS:
            self._chats.popitem(last=False)
        return times


def _window(times: deque[float], most: int, seconds: float, now: float) -> float:
    """When the next one fits into a sliding window of `most` in `seconds`."""
    while times and times[0] <= now - seconds:
        times.popleft()
    return times[-most] + seconds if len(times) >= most else 0.0
