"""Whether a messenger answers. After a call without a clear answer nothing new is begun until it answers again.

A call that was cut off may have arrived, and only people can find out. So an outage must cost no more of them than were
open when it began: the line is in doubt from the first one, and is tried with a call that sends nothing. When that is
answered one message goes ahead, and when that one has a clear answer the others follow.
"""

from __future__ import annotations

import asyncio
import logging

from .platform import Clock, Platform, PlatformError, Probed, TokenRefused, Unreachable

log = logging.getLogger(__name__)

MANY = 3
"""So many calls in a row without a clear answer are no accident any more."""
PROBE_SECONDS = 5.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
WITHOUT_PROBE = 5.0
"""Seconds until a message goes ahead where there is no call that sends nothing."""
LONGEST_REST = 300.0
"""Seconds between two messages that go ahead, at most, while the messenger answers everything but messages."""
_TYPICAL_SHARE = 0.2


class TokenLine:
    """The line of one bot token, for all who call through it."""

    in_a_row: int

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._asking = asyncio.Lock()
        self._doubted_at: float | None = None
        self._reopened_at: float | None = None
        self._ask_at = 0.0
        self._rests = 0
        self._typical = 0.0
        self.in_a_row = 0

    @property
    def in_doubt(self) -> bool:
        """Tell whether the messenger may be out of reach, so that no new call may begin."""
        return self._doubted_at is not None

    @property
    def reopened_at(self) -> float | None:
        """Return since when one message may go ahead of the others; None when there is no such limit."""
        return self._reopened_at

    @property
    def typical(self) -> float:
        """Return the typical seconds that a row of bulk takes at present, from its turn to its answer."""
        return self._typical

    def took(self, seconds: float) -> None:
        """Note how many seconds after its turn a row of bulk had its answer."""
        self._typical += (seconds - self._typical) * (_TYPICAL_SHARE if self._typical else 1.0)

    def answered(self) -> None:
        """Note that a call had a clear answer."""
        self.in_a_row = 0
        if not self.in_doubt:
            self._reopened_at = None
            self._rests = 0

    def unclear(self, began: float) -> None:
        """Note that a call that began at `began` ended without it being known whether the message was taken."""
        self.in_a_row += 1
        now = self._clock.monotonic()
        if self._reopened_at is not None and began >= self._reopened_at:  # it answers, but not to messages
            self._rests += 1
            self._ask_at = now + min(LONGEST_REST, 2.0**self._rests)
        elif not self.in_doubt:
            self._ask_at = now
        if not self.in_doubt:
            self._doubted_at = now
        self._reopened_at = None

    async def ask(self, platform: Platform) -> float:
        """Try the line if it is in doubt and it is time; returns the seconds until it is again, 0 when it is free."""
        async with self._asking:
            since = self._doubted_at
            if since is None:
                return 0.0
            if (wait := self._ask_at - self._clock.monotonic()) > 0:
                return wait
            if not isinstance(platform, Probed):
                answers = self._clock.monotonic() - since >= WITHOUT_PROBE
            else:
                answers = await _answers(platform)
            now = self._clock.monotonic()
            if answers:
                self._doubted_at, self._reopened_at = None, now
                return 0.0
            pause = min(LONGEST_PAUSE, max(FIRST_PAUSE, (now - since) / 4))
            self._ask_at = now + pause
            return pause

    async def free(self, platform: Platform) -> None:
        """Return when something new may be begun."""
        while self.in_doubt and (wait := await self.ask(platform)) > 0:
            await self._clock.sleep(wait)


async def _answers(platform: Probed) -> bool:
    """Tell whether the messenger answers. A refusal is an answer too; the next message will show what it means."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await platform.probe()
    except TokenRefused:
        return True
    except (Unreachable, TimeoutError) as error:
        log.info("still no answer: %s", error)
        return False
    except PlatformError:
        return True
    except Exception:
        log.exception("an adapter failed while it was to find out whether its messenger answers")
        return False
    return True
