"""Carrying the numbers of noted events to the process that handles their chat, where several share the work.

Only numbers are carried; words stay in the database. A number may come twice, or late: what is to be done is what the
database has of its chat above the last event handled.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from .events import Event
from .sessions import Key, RecordedEvent, Session


class Carried:
    """The numbers in one message of a queue; it is acknowledged when the chats that hold it are at rest.

    `deaths`: so many processes died, or lost their line, when they had it. `given_back`: this process is one of those
    by now, and the same numbers come again, to it or to another one.
    """

    __slots__ = ("_holders", "_settle", "deaths", "given_back", "numbers")

    def __init__(self, numbers: Sequence[int], settle: Callable[[], None], *, deaths: int = 0) -> None:
        self.numbers = tuple(numbers)
        self.deaths = deaths
        self.given_back = False
        self._settle = settle
        self._holders = 0

    def hold(self) -> None:
        self._holders += 1

    def release(self) -> None:
        """Let one holder go; the last one acknowledges."""
        self._holders -= 1
        if not self._holders:
            self._settle()


@dataclass(frozen=True, slots=True)
class WaitingChat:
    """A chat as the database has it: its session, its events that are not handled, the numbers that led to it."""

    session: Session
    events: Sequence[RecordedEvent]
    numbers: Sequence[int]


class Carrier(Protocol):
    """The queues between processes. Each chat belongs to one queue, and each queue to one process at a time."""

    def carry(self, key: Key, number: int) -> Awaitable[None] | None:
        """Send the number of an event of this chat on its way, without failing: what gets lost is sent again.

        The result is done when the queue has it or a moment has passed, and is None while there is no way to one.
        """
        ...

    def begin(
        self,
        take: Callable[[Carried], object],
        overdue: Callable[[Carried], None],
        drop: Callable[[], Awaitable[None]],
    ) -> None:
        """Call `take` with what arrives, and `overdue` with what is not acknowledged for long.

        `drop` is called when all that is not acknowledged goes to another process, and is noted as given back.
        """
        ...

    def end(self) -> None:
        """Take nothing more; others get what is not acknowledged, as soon as this process leaves the carrier."""
        ...

    async def note(self, events: Sequence[Event]) -> Sequence[tuple[Event, int]]:
        """Write events as `Store.record` does; return the new ones in order, with the numbers to carry.

        Their sessions are read by who handles them.
        """
        ...

    async def read(self, numbers: Sequence[int]) -> Sequence[WaitingChat]:
        """Return the chats that numbers lead to; may raise StoreUnavailable."""
        ...
