"""After an erasure: what the deleted rows left behind goes too, so that who gets the disk finds nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.core.platform import KeyValue

from .chats import forget_chat
from .erasure import Forget, Privacy

PATIENCE = timedelta(seconds=30)
"""So long cleaning waits for the last answers to leave, after which addresses go: then once is enough."""
SHARE = 20
"""Cleaning takes no more than one part of so many of the time, however often somebody is erased."""
_DONE = "cleaned"

Sweep = Callable[[datetime], Awaitable[object]]


class Cleaning:
    """A job of the worker; what is done stands in the database, so a start goes on with what was begun.

    `sweep` removes files that nobody needs any more; `scrub` is bot.storage.scrub.
    """

    def __init__(
        self,
        privacy: Privacy,
        memory: KeyValue,
        clock: Callable[[], datetime],
        sweep: Sweep,
        scrub: Callable[[], Awaitable[bool]],
        forget: Forget = forget_chat,
    ) -> None:
        self._privacy = privacy
        self._memory = memory
        self._clock = clock
        self._sweep = sweep
        self._scrub = scrub
        self._forget = forget
        self._free_from: datetime | None = None

    async def tick(self) -> None:
        """Do what is due. Raises StoreUnavailable, and OSError if a file cannot be removed: it is tried again."""
        now = self._clock()
        await self._privacy.forget_chats(now, self._forget)
        newest = await self._privacy.last_erased()
        if newest is None:
            return
        waiting = await self._privacy.waiting()
        done, state = await self._memory.get(_DONE), f"{newest.isoformat()} {waiting}"
        if done == state or (waiting and now - newest < PATIENCE):
            return
        await self._sweep(now)
        if self._free_from is not None and now < self._free_from:
            return
        if not await self._scrub():
            return
        after = self._clock()
        self._free_from = after + SHARE * (after - now)
        await self._memory.swap(_DONE, done, state)
