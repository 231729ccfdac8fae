"""The disk of a world: real SQLite that outlives its processes, with times and faults drawn from the seed."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections import deque
from collections.abc import Callable, Generator
from functools import partial
from random import Random
from typing import Any

import aiosqlite
import aiosqlite.core

from .timeline import Timeline

QUICK, USUAL, SLOW = 0.0005, 0.004, 8.0
"""Seconds of a visit: at best, mostly, and on a disk that somebody else keeps busy."""
FULL = 2
SYNCED_EVERY = 50
LATE_ANSWERS = 0.2
UNHEARD = 0.7
"""How often the next commit of a process reaches a server that dies, and no answer comes back."""
Asked = tuple["asyncio.Future[Any] | None", Callable[[], object]]
_ENDS = ("rollback", "close", "close_and_stop")
"""What succeeds on a broken disk, too: nothing is written."""


class _Kept(sqlite3.Connection):
    """The database of a process that ends is not gone with it; `back` is called when something was rolled back.

    A statement that fails, as for want of room, undoes the rows that it had changed, and triggers have told of them.
    """

    back: Callable[[], None] = staticmethod(lambda: None)

    def rollback(self) -> None:
        open_one = self.in_transaction
        super().rollback()
        if open_one:
            self.back()

    def execute(self, text: str, *values: Any) -> sqlite3.Cursor:
        try:
            done = super().execute(text, *values)
        except sqlite3.Error:
            self.back()
            raise
        if text == "rollback to unit":
            self.back()
        return done

    def close(self) -> None:
        return

    def close_for_good(self) -> None:
        super().close()


class Disk:
    """One database. `broken`: nothing can be read or written now. `slow`: visits take seconds.

    A commit is safe from a power cut when SQLite was asked to wait for the disk with each one (`synchronous=FULL`).
    Where it was not, the database of this world goes back to how it was SYNCED_EVERY commits ago at most.
    """

    def __init__(self, timeline: Timeline, seed: str, tables: bytes) -> None:
        self.timeline = timeline
        self.broken = False
        self.slow = False
        self.visits = 0
        self._chance = Random(f"{seed}:disk")
        self.connection = sqlite3.connect(":memory:", isolation_level=None, factory=_Kept, cached_statements=1000)
        self.connection.deserialize(tables)
        self._spindles: dict[object, _Spindle] = {}
        self._owner: _Spindle | None = None
        """Whose transaction is open: another process waits for its end."""
        self._unread: sqlite3.Cursor | None = None
        """What the owner asked last, of which it may not have read all rows."""
        self._synced = tables
        self._commits = 0

    def connect(self, connector: Callable[[], sqlite3.Connection], iter_chunk_size: int) -> _Connection:
        """In the place of the driver's own connection."""
        del connector
        spindle = self._spindles[asyncio.get_running_loop()] = _Spindle(self)
        return _Connection(lambda: self.connection, iter_chunk_size, spindle)

    def dies(self, loop: object = None) -> None:
        """The process is gone, or all are: what waited is never written, an open transaction is rolled back."""
        for of in [loop] if loop is not None else [*self._spindles]:
            spindle = self._spindles.pop(of, None)
            if spindle is not None:
                spindle.dead = True
                if self._owner in (None, spindle):
                    self._rolls_back()

    def _rolls_back(self) -> None:
        """End the transaction as a server does: a statement with rows that nobody will read is over, too.

        SQLite would refuse each commit of the others as long as one of a dead process is in progress.
        """
        unread, self._unread, self._owner = self._unread, None, None
        if unread is not None:
            unread.close()
        self.connection.rollback()

    def cuts(self, loop: object, *, off: bool) -> None:
        """Nothing passes between a process and the database, or does again; its transaction is rolled back."""
        spindle = self._spindles.get(loop)
        if spindle is None:
            return
        spindle.cut = off
        if off and self._owner is spindle:
            spindle.lost = True
            self._rolls_back()

    def mends(self) -> None:
        for spindle in self._spindles.values():
            spindle.cut = spindle.unheard = False

    def fails_over(self) -> None:
        """Another server takes over: of the commits that are on their way some take place, and nobody hears of them.

        All open transactions are rolled back, and nobody is served until `broken` is over.
        """
        for spindle in self._spindles.values():
            spindle.unheard = self._chance.random() < UNHEARD
            if self._owner is spindle:
                spindle.commit_of_open()
                spindle.lost = True
        self._rolls_back()
        self.broken = True

    def loses_power(self) -> None:
        """Lose what no sync has covered; the process is dead already."""
        if not self._waits_for_disk():
            self.connection.deserialize(self._synced)

    def _waits_for_disk(self) -> bool:
        (asked,) = self.connection.execute("pragma synchronous").fetchone()
        return int(asked) >= FULL

    def fill(self) -> None:
        """Leave no room: what makes the file longer fails, as SQLite says it."""
        (pages,) = self.connection.execute("pragma page_count").fetchone()
        self.connection.execute(f"pragma max_page_count = {pages}")

    def give_room(self) -> None:
        self.connection.execute("pragma max_page_count = 1073741823")

    def ask(self, text: str, values: tuple[object, ...] = ()) -> list[sqlite3.Row]:
        """Look at the books from outside, for invariants."""
        return self.connection.execute(text, values).fetchall()

    def close(self) -> None:
        self.connection.close_for_good()

    def takes(self) -> float:
        if self.slow and self._chance.random() < 0.3:
            return self._chance.uniform(USUAL, SLOW)
        return self._chance.uniform(QUICK, USUAL)

    def answers_late(self) -> bool:
        """Tell whether others get on between what is done and the word of it."""
        return self._chance.random() < LATE_ANSWERS

    def is_taken(self, spindle: _Spindle) -> bool:
        """Tell whether another process has its transaction open."""
        return self._owner not in (None, spindle)

    def visit(self, spindle: _Spindle, function: Callable[[], object]) -> object:
        self.visits += 1
        lost, spindle.lost = spindle.lost, False  # it is over as soon as its process hears of it
        if (self.broken or spindle.cut or lost) and _name(function) not in _ENDS:
            if spindle.unheard:
                spindle.last_commit(self._owner, function)
            self._rolls_back()
            raise sqlite3.OperationalError("disk I/O error")
        try:
            outcome = function()
        except Exception:
            self.connection.back()  # what is full or broken may have ended the transaction by itself
            raise
        finally:
            self._owner, self._unread = spindle if self.connection.in_transaction else None, None
        if isinstance(outcome, sqlite3.Cursor) and outcome.description is not None:
            self._owner, self._unread = spindle, outcome  # until they are read no other may commit on this connection
        self._commits += 1
        if self._commits % SYNCED_EVERY == 0 and not self.connection.in_transaction and not self._waits_for_disk():
            self._synced = self.connection.serialize()
        return outcome


class _Spindle:
    """The driver's thread: one visit after the other, and each answer takes its way back."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._waiting: deque[Asked] = deque()
        self._turning = False
        self.dead = self.cut = self.unheard = False
        self.lost = False
        """Whether its transaction ended with its line, and its process has not heard of that."""

    def commit_of_open(self) -> None:
        """Have the commit of the transaction take place that is open, if it is on its way."""
        if self._waiting and _name(self._waiting[0][1]) == "_commit":
            self.last_commit(self, self._waiting[0][1])

    def last_commit(self, owner: _Spindle | None, function: Callable[[], object]) -> None:
        """Have the next commit take place, of which nobody will hear: a whole unit, or that of what is open."""
        if self.unheard and _name(function) == ("_commit" if owner is self else "_together"):
            self.unheard = False
            with contextlib.suppress(sqlite3.Error):
                function()

    def put_nowait(self, asked: Asked) -> None:
        self._waiting.append(asked)
        if not self._turning:
            self._turning = True
            self._disk.timeline.after(self._disk.takes(), self._turn)

    def _turn(self) -> None:
        if self.dead:
            return
        if self._disk.is_taken(self):
            self._disk.timeline.after(self._disk.takes(), self._turn)
            return
        future, function = self._waiting.popleft()
        tell: Callable[[asyncio.Future[Any], Any], None] = aiosqlite.core.set_result
        try:
            outcome = self._disk.visit(self, function)
        except Exception as error:
            tell, outcome = aiosqlite.core.set_exception, error
        if self._disk.answers_late():
            self._disk.timeline.after(QUICK, partial(self._tell, future, tell, outcome))
        else:
            self._tell(future, tell, outcome)

    def _tell(
        self, future: asyncio.Future[Any] | None, tell: Callable[[asyncio.Future[Any], Any], None], outcome: object
    ) -> None:
        if self.dead:
            return
        if future is not None and not future.get_loop().is_closed():
            tell(future, outcome)
        if self._waiting:
            self._disk.timeline.after(self._disk.takes(), self._turn)
        else:
            self._turning = False


class _Connection(aiosqlite.Connection):
    def __init__(self, connector: Callable[[], sqlite3.Connection], iter_chunk_size: int, spindle: _Spindle) -> None:
        super().__init__(connector, iter_chunk_size)
        self._tx = spindle  # type: ignore[assignment]

    def __await__(self) -> Generator[Any, None, aiosqlite.Connection]:
        return self._connect().__await__()

    def __del__(self) -> None:
        return


def _name(function: Callable[[], object]) -> str:
    inner = function.func if isinstance(function, partial) else function
    return str(getattr(inner, "__name__", ""))
