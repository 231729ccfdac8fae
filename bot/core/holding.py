"""Which chats this process holds, when several share a database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping

from .sessions import Key, Store, StoreUnavailable

log = logging.getLogger(__name__)


class Holding:
    """Renews what is held, gives back what is at rest, and takes over where a holder died.

    `busy` are the chats that are worked on, each with what stands for this one piece of work. `take_up` begins work on
    a chat in which others noted events up to a number; `lost` ends the work on one that somebody else has taken over.
    Nobody is taken over from on platforms other than `platforms`.
    """

    def __init__(
        self,
        store: Store,
        platforms: Collection[str],
        busy: Mapping[Key, object],
        take_up: Callable[[Key, int], None],
        lost: Callable[[Key], None],
    ) -> None:
        self._store = store
        self._platforms = platforms
        self._busy = busy
        self._take_up = take_up
        self._lost = lost
        self._resting: dict[Key, int] = {}

    @property
    def has_resting(self) -> bool:
        return bool(self._resting)

    def begins(self, key: Key) -> int | None:
        """Work on a chat begins; returns the last event handled there when it was held since then."""
        return self._resting.pop(key, None)

    def rests(self, key: Key, seq: int) -> None:
        """All events of a chat up to `seq` are handled; it is given back with the next marks."""
        if self._store.holds_for:
            self._resting[key] = seq

    async def give_back(self, seqs: Mapping[Key, int]) -> list[Key]:
        """Give back chats whose marks are written, as `resting` told them; returns those that are no longer held."""
        try:
            more = await self._store.give_back(seqs)
        except StoreUnavailable as error:
            log.warning("conversations are given back later: %s", error)
            return []
        gone: list[Key] = []
        for key, seq in seqs.items():
            if self._resting.get(key) != seq:
                continue  # it was at work again meanwhile
            del self._resting[key]
            if key in more:
                self._take_up(key, more[key])
            else:
                gone.append(key)
        return gone

    def resting(self) -> Mapping[Key, int]:
        return dict(self._resting)

    async def look(self, *, adopt: bool = False) -> None:
        """Renew, and take over; raises StoreUnavailable. With `adopt` also what an older program left."""
        if mine := {key: self._busy.get(key) for key in (*self._busy, *self._resting)}:
            for key in mine.keys() - await self._store.renew(mine):
                if self._busy.get(key) is mine[key] is not None:
                    log.warning("a conversation was taken over by another process")
                    self._lost(key)
        if self._platforms:
            for key, seq in (await self._store.take_over(self._platforms, adopt=adopt)).items():
                if key not in self._busy:
                    self._take_up(key, seq)

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(self._store.holds_for / 3)
            try:
                await self.look()
            except StoreUnavailable as error:
                log.warning("conversations are not renewed: %s", error)
