"""What an open socket is told of the log that it shows."""

from __future__ import annotations

import asyncio


class Watcher:
    """Entries are handed over as they are written; the log has to be read only for those that were not."""

    def __init__(self) -> None:
        self._grown = asyncio.Event()
        self._handed: list[tuple[int, str]] = []
        self._lacks_some = False

    def hand(self, number: int, entry: str) -> None:
        self._handed.append((number, entry))
        self._grown.set()

    def wake(self) -> None:
        """The log has grown by an entry that nobody hands over."""
        self._lacks_some = True
        self._grown.set()

    async def grown(self) -> None:
        """Return when there is something new since the last `take`."""
        await self._grown.wait()

    def take(self, seen: int) -> list[tuple[int, str]] | None:
        """What follows entry `seen`, in order; None when only the log can tell."""
        handed = sorted(entry for entry in self._handed if entry[0] > seen)
        complete = not self._lacks_some and [number for number, _ in handed] == list(
            range(seen + 1, seen + 1 + len(handed))
        )
        self._handed, self._lacks_some = [], False
        self._grown.clear()
        return handed if complete else None
