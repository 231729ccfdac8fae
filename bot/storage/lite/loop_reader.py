"""Questions that SQLite answers at once, asked on the loop's own thread.

SQLite answers most questions of a conversation in 10 to 60 µs, and the way to a thread and back costs more. A question
that was quick over a thread is asked here from then on. If it turns out not to be quick it is broken off and asked over
a thread again; and whoever asks one question after the other gives way when the loop has stood still for a moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Sequence

from bot.core.lru import Latest
from bot.core.machine import clock
from bot.storage.group_commit import Answer, Statement, run

QUICK = 0.002
"""Seconds that a thread may have worked for a question, `_TIMES` times, for it to be asked here.

How long it took there says little: the thread waits for the interpreter, too.
"""
_TIMES = 2
LONGEST, TURN = 0.003, 0.01
"""Seconds after which a question is broken off, and after which others on the loop have their turn."""
_STEPS = 1_000
"""Steps of SQLite's machine, some ten microseconds, between two looks at the time."""


class LoopReader:
    """A connection of the loop's thread that only reads the file at `path`, opened when it is first needed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._quick: Latest[int] = Latest()
        self._turn_began: float | None = None
        self._until = 0.0

    def was_answered(self, text: str, seconds: float) -> None:
        """Learn how long a thread worked for a question."""
        times = self._quick.get((text,)) or 0
        if seconds > QUICK:
            self._quick.forget((text,))
        elif times < _TIMES:
            self._quick.put((text,), times + 1)

    def answer(self, text: str, values: Sequence[object] | None) -> Answer | None:
        """Return the answer; None for a question that is to be asked over a thread. Errors are those of sqlite3."""
        if (self._quick.get((text,)) or 0) < _TIMES or not self._has_time():
            return None
        try:
            if self._connection is None:
                self._connection = self._opened()
            answer = run(self._connection, Statement(text, values or ()))
        except sqlite3.OperationalError:
            # Broken off, or the file is being recovered: over a thread it may take its time, and tells what is wrong.
            self._quick.forget((text,))
            return None
        if self._is_late():  # by the disk: SQLite looks at no time while it waits for a page
            self._quick.forget((text,))
        return answer

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def _has_time(self) -> bool:
        """Tell whether this turn of the loop has been short so far, and let a question take as long as one may."""
        now = clock.elapsed()
        if self._turn_began is None:
            self._turn_began = now
            asyncio.get_running_loop().call_soon(self._begin_turn)
        self._until = now + LONGEST
        return now - self._turn_began <= TURN

    def _begin_turn(self) -> None:
        self._turn_began = None

    def _opened(self) -> sqlite3.Connection:
        with contextlib.ExitStack() as stack:
            connection = stack.enter_context(
                contextlib.closing(sqlite3.connect(self._path, timeout=0, isolation_level=None))
            )
            connection.row_factory = sqlite3.Row
            connection.execute("pragma query_only = on")
            # With files for its sets of ids the question for the units around a person takes five times as long.
            connection.execute("pragma temp_store = memory")
            connection.set_progress_handler(self._is_late, _STEPS)
            stack.pop_all()
        return connection

    def _is_late(self) -> bool:
        return clock.elapsed() > self._until
