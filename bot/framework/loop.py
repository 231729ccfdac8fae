"""The event loop of a process that talks: while there is work it does not look at its sockets at each turn.

An event takes some fifteen turns of the loop, and waits for something at five of them. At each of the others the
library asks the system whether anything has come in, which costs more than most of what is done in a turn.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
from collections.abc import Coroutine

from bot.core.machine import clock

TURNS = 6
LONGEST = 0.002
"""Turns, and seconds, that may pass while the loop has work until it looks at its sockets again."""


def run(main: Coroutine[object, object, None]) -> None:
    """Run `main` as `asyncio.run` does."""
    if sys.platform == "win32":  # whose loop has no selector
        asyncio.run(main)
        return
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(Selector())) as runner:
        runner.run(main)


class Selector(selectors.DefaultSelector):
    """Looks at the sockets whenever the loop has nothing else to do, and else after a few of its turns."""

    def __init__(self) -> None:
        super().__init__()
        self._passed = 0
        self._looked = clock.elapsed()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready, as its base does; a `timeout` of nothing says that the loop has work."""
        if timeout is not None and timeout <= 0 and self._passed < TURNS:
            self._passed += 1
            if clock.elapsed() - self._looked < LONGEST:
                return []
        self._passed = 0
        found = super().select(timeout)
        self._looked = clock.elapsed()
        return found
