"""Connections to a SQLite file that only read, beside the one that writes: a long question keeps nobody waiting.

With its write-ahead log SQLite lets several read while one writes, and each question sees every commit before it. Quick
questions go together over one connection, as they did over the one that writes; those that are known to be very quick
need no thread at all (`loop_reader`). A question that was slow once goes over other connections from then on; one that
turns out to be slow for the first time is overtaken on another quick one.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import aiosqlite
from msgspec import Struct

from bot.core.machine import clock
from bot.storage.group_commit import Answer, Statement, run
from bot.storage.inside import in_thread

from .loop_reader import LoopReader

SLOW = 0.01
"""Seconds after which a question counts as slow."""
_QUICK, _LONG = 3, 2
"""Connections for quick and for long questions."""
_TOGETHER = 200
"""Questions that one visit to a connection's thread takes along at most."""
_BUSY_TIMEOUT = 10_000
"""Milliseconds; a reader waits only while the file is recovered or its log is cut off."""
_MOST_KNOWN = 1_000


@dataclass(frozen=True, slots=True)
class _Question:
    statement: Statement
    answer: asyncio.Future[Answer]


class _Told(Struct, frozen=True):
    """The outcome of a question, the seconds that it took, and those that its thread worked."""

    question: _Question
    outcome: Answer | Exception
    took: float
    worked: float


class _Lane:
    """One connection, opened when it is first needed, with a thread of its own."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: aiosqlite.Connection | None = None
        self.running: asyncio.Task[None] | None = None

    async def ask(self, waiting: deque[_Question]) -> list[_Told]:
        """Answer the first of those that wait, and others as long as they are quick."""
        if self._connection is None:
            self._connection = await _opened(self._path)
        return await in_thread(self._connection, _answered, waiting)

    async def close(self) -> None:
        if self.running is not None:
            await asyncio.gather(self.running, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()


class _Queue:
    """Questions that wait for a lane: the first takes what there is, another one what waits `patience` seconds."""

    def __init__(self, lanes: Sequence[_Lane], patience: float, learns: Callable[[str, float], None]) -> None:
        self.lanes = tuple(lanes)
        self._patience = patience
        self._learns = learns
        self._waiting: deque[_Question] = deque()
        self.slow: dict[str, None] = {}

    async def ask(self, statement: Statement) -> Answer:
        loop = asyncio.get_running_loop()
        question = _Question(statement, loop.create_future())
        self._waiting.append(question)
        if self.lanes[0].running is None:
            self._start(self.lanes[0])
        else:
            loop.call_later(self._patience, self._overtake)
        return await question.answer

    def _overtake(self) -> None:
        free = next((lane for lane in self.lanes if lane.running is None), None)
        if self._waiting and free is not None:
            self._start(free)

    def _start(self, lane: _Lane) -> None:
        lane.running = asyncio.get_running_loop().create_task(self._run(lane))

    async def _run(self, lane: _Lane) -> None:
        try:
            await asyncio.sleep(0)  # for those that are asked at once with the first
            while self._waiting:
                try:
                    told = await lane.ask(self._waiting)
                except Exception as error:
                    told = [_Told(self._waiting.popleft(), error, 0.0, 0.0)] if self._waiting else []
                for one in told:
                    self._tell(one)
        finally:
            lane.running = None

    def _tell(self, told: _Told) -> None:
        question = told.question
        self._learns(question.statement.text, told.worked)
        if told.took > SLOW and len(self.slow) < _MOST_KNOWN:
            self.slow[question.statement.text] = None
        if question.answer.done():  # cancelled meanwhile
            return
        if isinstance(told.outcome, Exception):
            question.answer.set_exception(told.outcome)
        else:
            question.answer.set_result(told.outcome)


class ReadLanes:
    """Answers questions about the file at `path`. Errors are those of sqlite3."""

    def __init__(self, path: str) -> None:
        self._here = LoopReader(path)
        self._quick = _Queue([_Lane(path) for _ in range(_QUICK)], SLOW / 2, self._here.was_answered)
        self._long = _Queue([_Lane(path) for _ in range(_LONG)], 0.0, self._here.was_answered)

    async def one(self, text: str, values: Sequence[object] | None) -> Answer:
        if (answer := self._here.answer(text, values)) is not None:
            return answer
        queue = self._long if text in self._quick.slow else self._quick
        return await queue.ask(Statement(text, values or ()))

    async def close(self) -> None:
        self._here.close()
        for lane in (*self._quick.lanes, *self._long.lanes):
            await lane.close()


async def _opened(path: str) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(path, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        await connection.execute_fetchall(f"pragma busy_timeout = {_BUSY_TIMEOUT}")
        await connection.execute_fetchall("pragma query_only = on")
    except BaseException:
        await connection.close()
        raise
    return connection


# In the connection's thread


def _answered(connection: sqlite3.Connection, waiting: deque[_Question]) -> list[_Told]:
    """Take one question after the other: those behind a long one are left to another connection."""
    told: list[_Told] = []
    began = now = clock.elapsed()
    while len(told) < _TOGETHER and now - began < SLOW / 2:
        try:
            question = waiting.popleft()
        except IndexError:
            break
        if question.answer.cancelled():
            continue
        before, worked, outcome = now, clock.spent(), _outcome(connection, question.statement)
        now = clock.elapsed()
        told.append(_Told(question, outcome, now - before, clock.spent() - worked))
    return told


def _outcome(connection: sqlite3.Connection, statement: Statement) -> Answer | Exception:
    try:
        return run(connection, statement)
    except Exception as error:
        return error
