"""Which chats this process holds, when several share a database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping

from bot.core.sessions import Key, Store, StoreUnavailable

log = logging.getLogger(__name__)


class ChatLeases:
    """Renews the leases of this process, returns those of idle chats, and takes over chats whose holder has died.

    `busy` maps each chat with work in progress to the object that identifies that work. `take_up(key, seq)` starts work
    on a chat in which other processes noted events up to `seq`; `taken_over` ends the work on a chat that another
    process has taken over. Only chats on `platforms` are taken over.
    """

    def __init__(
        self,
        store: Store,
        platforms: Collection[str],
        busy: Mapping[Key, object],
        take_up: Callable[[Key, int], None],
        taken_over: Callable[[Key], None],
    ) -> None:
        self._store = store
        self._platforms = platforms
        self._busy = busy
        self._take_up = take_up
        self._taken_over = taken_over
        self._resting: dict[Key, int] = {}

    @property
    def has_resting(self) -> bool:
        return bool(self._resting)

    def begins(self, key: Key) -> int | None:
        """Work on a chat begins; returns the last event handled there when it was held since then."""
        return self._resting.pop(key, None)

    def rests(self, key: Key, seq: int) -> None:
        """Note that all events of a chat up to `seq` are handled; its lease is returned with the next marks."""
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
                    self._taken_over(key)
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
