"""News of accounts that were changed: here, by another process, or by a command beside both."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.core.platform import Clock
from bot.features.bots import mark
from bot.framework.sharing import Wakes

TOPIC = "accounts"
LOOK_ANYWAY = 30.0
"""Seconds until the rows are looked at without any news: a command may have run on a machine where nothing else does,
or the broker was away."""


class AccountNews:
    """`woken` is set when there is news. `due` tells whether to look at the rows, `looked` that it was done.

    A command can call no process, so it leaves a mark in the data folder; whoever sees that tells the others.
    """

    def __init__(self, folder: Path, wakes: Wakes, clock: Clock) -> None:
        self.woken = asyncio.Event()
        self._folder = folder
        self._wakes = wakes
        self._clock = clock
        self._told = 0
        self._now: tuple[int, int] = (0, 0)
        self._seen: tuple[int, int] | None = None
        self._since = 0.0
        wakes.hear(TOPIC, self._hear)

    def tell(self) -> None:
        """Say that this process has changed the accounts."""
        self._hear()
        self._wakes.tell(TOPIC)

    def due(self) -> bool:
        self._now = mark.at(self._folder), self._told
        return self._now != self._seen or self._clock.monotonic() - self._since >= LOOK_ANYWAY

    def looked(self) -> None:
        if self._seen is not None and self._now[0] != self._seen[0]:
            self._wakes.tell(TOPIC)
        self._seen, self._since = self._now, self._clock.monotonic()

    def _hear(self) -> None:
        self._told += 1
        self.woken.set()
