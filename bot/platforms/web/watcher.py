"""Notifications to an open socket about the log that it shows."""

from __future__ import annotations

import asyncio


class Watcher:
    """Entries are handed over as they are written; the log has to be read only for those that were not.

    `standing` is the one with which the socket speaks for its visitor.
    """

    def __init__(self, standing: str = "") -> None:
        self.standing = standing
        self._grown = asyncio.Event()
        self._handed: list[tuple[int, str]] = []
        self._lacks_some = False

    def hand(self, number: int, entry: str) -> None:
        self._handed.append((number, entry))
        self._grown.set()

    def wake(self) -> None:
        """Note that the log has grown by an entry that is not handed over."""
        self._lacks_some = True
        self._grown.set()

    async def grown(self) -> None:
        """Return when there is something new since the last `take`."""
        await self._grown.wait()

    def take(self, seen: int) -> list[tuple[int, str]] | None:
        """Return the entries after `seen`, in order; None when they have to be read from the log."""
        handed = sorted(entry for entry in self._handed if entry[0] > seen)
        complete = not self._lacks_some and [number for number, _ in handed] == list(
            range(seen + 1, seen + 1 + len(handed))
        )
        self._handed, self._lacks_some = [], False
        self._grown.clear()
        return handed if complete else None
