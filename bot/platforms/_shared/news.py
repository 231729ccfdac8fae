"""News that are asked for with a token: each answer brings the next one, which confirms what came before it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from bot.core.events import Event
from bot.core.platform import PlatformError, RateLimited, Sink, TokenRefused
from bot.core.sessions import StoreUnavailable
from bot.platforms import Kit

from .http import delay

log = logging.getLogger(__name__)
T = TypeVar("T")
SINCE = "since"
Ask = Callable[[str | None], Awaitable[tuple[str, Sequence[Event]]]]
"""Ask for what is new since a token, None at the very first time; return the next token and the events."""


class News:
    """`vendor` stands in the log."""

    def __init__(self, kit: Kit, vendor: str) -> None:
        self._values = kit.values
        self._clock = kit.clock
        self._vendor = vendor

    async def go_on(self, sink: Sink, ask: Ask) -> None:
        """Ask for ever, from where the last process stopped, and confirm what is noted; raise TokenRefused."""
        since = await self.insist(lambda: self._values.get(SINCE))
        failures = 0
        while True:
            began = self._clock.monotonic()
            try:
                following, events = await ask(since)
                if events:
                    await sink(events)
            except TokenRefused:
                raise
            except Exception as error:
                if not isinstance(error, PlatformError):
                    log.exception("%s: events were not noted; they will come again", self._vendor)
                failures += 1
                await self._pause(error, failures)
                continue
            failures = 0
            if following == since and self._clock.monotonic() - began < 1:  # a server that does not let us wait
                await self._clock.sleep(1)
            await self._keep(since, following)
            since = following

    async def insist(self, call: Callable[[], Awaitable[T]]) -> T:
        """Call until there is an answer; raises TokenRefused."""
        failures = 0
        while True:
            try:
                return await call()
            except TokenRefused:
                raise
            except (PlatformError, StoreUnavailable) as error:
                failures += 1
                await self._pause(error, failures)

    async def _pause(self, error: Exception, failures: int) -> None:
        told = error.retry_after if isinstance(error, RateLimited) else None
        log.warning("%s: %s; trying again", self._vendor, error)
        await self._clock.sleep(delay(failures) if told is None else told)

    async def _keep(self, old: str | None, new: str) -> None:
        """Keep the token; without a database what comes after it is heard again after a restart, and is known."""
        try:
            await self._values.swap(SINCE, old, new)
        except StoreUnavailable as error:
            log.warning("%s: how far the news were read is not kept: %s", self._vendor, error)
