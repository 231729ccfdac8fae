"""Which queues of the broker still bring what is put into them.

A quorum queue may lose its way after cuts and kills: it takes messages, says so, and brings them to nobody, for as long
as it lives. Only a message to a consumer that answers tells that from a queue that is merely long.
"""

from __future__ import annotations

from collections.abc import Collection

SILENT_MOST = 30.0
"""Seconds without an answer after which a queue counts as broken; longer than a chat may keep a message."""


class Echoes:
    """The queues that were asked and have not answered, by number."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}

    def ask(self, late: Collection[int], now: float) -> None:
        """Note that these queues, whose events stay unhandled, are asked; the others have nothing to prove."""
        self._since = {queue: self._since.get(queue, now) for queue in late}

    def answered(self, queue: int) -> None:
        self._since.pop(queue, None)

    def broken(self, now: float) -> list[int]:
        """Return the queues that have been silent for too long, each once until it is asked anew."""
        silent = [queue for queue, since in self._since.items() if now - since >= SILENT_MOST]
        for queue in silent:
            del self._since[queue]
        return silent

    def forget(self) -> None:
        """Begin anew, after a cut: what was asked may be lost with it."""
        self._since.clear()
