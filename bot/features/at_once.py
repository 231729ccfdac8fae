"""Reads that do not wait for one another: what they ask the database goes there together.

On SQLite that is one visit to the database's thread, on PostgreSQL several connections at the same time. It is for
reading alone: whoever writes does one thing after the other. All run in the task of the event, so what they take of the
processor counts as its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from types import CoroutineType
from typing import Protocol, TypeVar, cast, overload

from bot.storage.event_reads import current_reads

_A = TypeVar("_A")
_B = TypeVar("_B")
_C = TypeVar("_C")
_Waited = asyncio.Future[object] | None
"""The thing that a read waits for: None for no more than its turn."""


class _Steps(Protocol):
    """A coroutine, or the iterator of whatever else can be awaited."""

    def send(self, value: None, /) -> object: ...
    def throw(self, error: BaseException, /) -> object: ...


class _Read:
    """A read that waits for something, run from one wait to the next; `place` is that of its answer."""

    __slots__ = ("_steps", "place", "waits_for")

    def __init__(self, place: int, steps: _Steps, waits_for: _Waited) -> None:
        self.place = place
        self._steps = steps
        self.waits_for = waits_for

    @property
    def can_go_on(self) -> bool:
        return self.waits_for is None or self.waits_for.done()

    def go_on(self) -> None:
        """Run it to its next wait; raise StopIteration, with its answer, where there is none."""
        self.waits_for = cast("_Waited", self._steps.send(None))

    async def end(self) -> None:
        """Cancel it, and wait while it gives back what it holds: on PostgreSQL that is a connection."""
        cancelled = self.waits_for is not None and self.waits_for.cancel()
        while True:
            try:
                waits = cast(
                    "_Waited", self._steps.send(None) if cancelled else self._steps.throw(asyncio.CancelledError())
                )
            except (Exception, asyncio.CancelledError):  # the first failure is told, and this one's end to nobody
                return
            cancelled = True
            await (asyncio.sleep(0) if waits is None else _first([waits]))


async def each(reads: Sequence[Awaitable[_A]]) -> list[_A]:
    """Return the answers in the order of the questions. The first that fails ends the others.

    Outside of an event, and while it writes, one is asked after the other: a transaction has one connection.
    """
    kept = current_reads()
    together = kept is not None and kept.keeps
    answers: list[object] = []
    waiting: list[_Read] = []
    try:
        for read in reads:
            if not together:
                answers.append(await read)
                continue
            steps: _Steps = read if type(read) is CoroutineType else read.__await__()
            try:
                waits_for = cast("_Waited", steps.send(None))
            except StopIteration as done:  # of a menu nearly all, for what they ask is in memory
                answers.append(done.value)
            else:
                waiting.append(_Read(len(answers), steps, waits_for))
                answers.append(None)
        if waiting:
            await _run(waiting, answers)
    except BaseException:
        for one in waiting:
            await one.end()
        for read in reads[len(answers) + 1 :]:
            if type(read) is CoroutineType:
                read.close()
        raise
    return cast("list[_A]", answers)


async def _run(waiting: list[_Read], answers: list[object]) -> None:
    """Run what waits until nothing does; whatever is over leaves `waiting`."""
    while waiting:
        waits = [one.waits_for for one in waiting if one.waits_for is not None]
        if any(one.can_go_on for one in waiting):
            await asyncio.sleep(0)
        elif waits:
            await _first(waits)
        for one in list(waiting):
            if not one.can_go_on:
                continue
            try:
                one.go_on()
            except StopIteration as done:
                answers[one.place] = done.value
                waiting.remove(one)
            except BaseException:
                waiting.remove(one)
                raise


async def _first(waits: Sequence[asyncio.Future[object]]) -> None:
    """Wait until one of them is done, as `asyncio.wait` does at a higher price: a menu waits thirty times."""
    woken = asyncio.get_running_loop().create_future()

    def wake(_: asyncio.Future[object]) -> None:
        if not woken.done():
            woken.set_result(None)

    for one in waits:
        one.add_done_callback(wake)
    try:
        await woken
    finally:
        for one in waits:
            one.remove_done_callback(wake)


@overload
async def at_once(one: Awaitable[_A], two: Awaitable[_B], /) -> tuple[_A, _B]: ...
@overload
async def at_once(one: Awaitable[_A], two: Awaitable[_B], three: Awaitable[_C], /) -> tuple[_A, _B, _C]: ...
async def at_once(*reads: Awaitable[object]) -> tuple[object, ...]:
    """Return the answers of a few reads of different kinds."""
    return tuple(await each(reads))
