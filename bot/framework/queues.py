"""The queues of an installation at its broker: how they are called, and which of them bring what is put into them.

A quorum queue may lose its way after cuts and kills: it takes messages, says so, and brings them to nobody, for as long
as it lives, and deleting it may take its time or fail. So it is left: the chats of its number go through a new queue of
another name, which the database tells to all processes; it has all that was in the old one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from bot.core.platform import KeyValue

SILENT_MOST = 15.0
"""Seconds without an answer after which a queue counts as broken: longer than the broker takes to miss a consumer whose
machine was cut off, and to give the queue to another one."""
UNTAKEN_MOST = 5.0
"""Seconds without the broker's word that it has the question, though it took later messages for other queues, after
which a queue counts as broken: it has no leader. After 15 cuts and kills each leader was found within 3.5 seconds."""
_LEFT = "queues left"


class Queues:
    """The names of the queues. `values` has how often each was left, as "12:1 3:2"; none was while it says nothing."""

    def __init__(self, space: str, partitions: int, values: KeyValue) -> None:
        self._prefix = f"{space}.events.{partitions}"
        self._values = values
        self._left: Mapping[int, int] = {}

    def name(self, number: int) -> str:
        return self._name(number, self._left.get(number, 0))

    def left(self) -> list[str]:
        """Return the names of those that were left last; those before them had their time to be deleted."""
        return [self._name(number, times - 1) for number, times in self._left.items()]

    def _name(self, number: int, times: int) -> str:
        return f"{self._prefix}.{number}.{times}" if times else f"{self._prefix}.{number}"

    async def look(self) -> bool:
        """Read which queues were left; return whether names have changed by that."""
        known, self._left = self._left, _read(await self._values.get(_LEFT))
        return self._left != known

    async def leave(self, numbers: Iterable[int]) -> bool:
        """Give these queues new names; return whether names have changed, be it by another process."""
        written = await self._values.get(_LEFT)
        left = dict(_read(written))
        if left == self._left:  # else somebody was faster, and these may be new ones already
            left.update({number: left.get(number, 0) + 1 for number in numbers})
            await self._values.swap(_LEFT, written, " ".join(f"{number}:{times}" for number, times in left.items()))
        return await self.look()


def _read(written: str | None) -> Mapping[int, int]:
    pairs = (one.split(":") for one in (written or "").split())
    return {int(number): int(times) for number, times in pairs}


class Echoes:
    """Which queues were asked for a sign of life and have given none, by number.

    Only a message that comes tells a queue that is broken from one that is merely long.
    """

    def __init__(self) -> None:
        self._since: dict[int, float] = {}
        self._came: dict[int, float] = {}

    def ask(self, late: Collection[int], now: float) -> set[int]:
        """Note that these queues, whose events stay unhandled, are asked; return those that were not yet.

        The others have nothing to prove, and neither has one that has just brought something to this process.
        """
        asked = {queue for queue in late if not self.lives(queue, now)}
        new = asked - self._since.keys()
        self._since = {queue: self._since.get(queue, now) for queue in asked}
        return new

    def came(self, queue: int, now: float) -> None:
        """Note that a queue has brought a message to this process."""
        self._came[queue] = now
        self.answered(queue)

    def lives(self, queue: int, now: float) -> bool:
        """Return whether a queue has brought this process a message lately."""
        return now - self._came.get(queue, float("-inf")) < SILENT_MOST / 2

    def answered(self, queue: int) -> None:
        self._since.pop(queue, None)

    def broken(self, now: float, untaken: Collection[int]) -> set[int]:
        """Return the queues that have been silent for too long, each once until it is asked anew.

        `untaken` are those that the broker alone has not taken the question for.
        """
        silent = self._silent(now, untaken)
        for queue in silent:
            del self._since[queue]
        return silent

    def are_silent(self, now: float, untaken: Collection[int]) -> bool:
        """Return whether `broken` would return any."""
        return bool(self._silent(now, untaken))

    def _silent(self, now: float, untaken: Collection[int]) -> set[int]:
        return {
            queue
            for queue, since in self._since.items()
            if now - since >= (UNTAKEN_MOST if queue in untaken else SILENT_MOST)
        }

    def forget(self) -> None:
        """Begin anew, after a cut: what was asked may be lost with it."""
        self._since.clear()
        self._came.clear()
