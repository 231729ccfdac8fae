"""Reads that do not wait for one another: what they ask the database goes there together.

On SQLite that is one visit to the database's thread, on PostgreSQL several connections at the same time. It is for
reading alone: whoever writes does one thing after the other. All run in the task of the event, so what they take of the
processor counts as its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator, Sequence
from typing import Generic, TypeVar, cast, overload

from bot.storage.event_reads import current_reads

_A = TypeVar("_A")
_B = TypeVar("_B")
_C = TypeVar("_C")
_Waited = asyncio.Future[object] | None
"""The thing that a read waits for: None for no more than its turn."""


class _Read(Generic[_A]):
    """One of the reads, run from one wait to the next."""

    __slots__ = ("_steps", "answer", "is_over", "waits_for")

    def __init__(self, read: Awaitable[_A]) -> None:
        self._steps: Generator[object, object, _A] = read.__await__()
        self.is_over = False
        self.answer: _A
        self.waits_for: _Waited = None

    @property
    def can_go_on(self) -> bool:
        return not self.is_over and (self.waits_for is None or self.waits_for.done())

    def go_on(self) -> None:
        try:
            self.waits_for = cast("_Waited", self._steps.send(None))
        except StopIteration as done:
            self.answer, self.is_over = done.value, True

    async def end(self) -> None:
        """Cancel it, and wait while it gives back what it holds: on PostgreSQL that is a connection."""
        if self.is_over:
            return
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
    all_ = [_Read(read) for read in reads]
    kept = current_reads()
    together = kept is not None and kept.keeps
    try:
        for group in [all_] if together else [[one] for one in all_]:
            await _run(group)
    except BaseException:
        for one in all_:
            await one.end()
        raise
    return [one.answer for one in all_]


async def _run(reads: Sequence[_Read[_A]]) -> None:
    for one in reads:
        one.go_on()
    # Of a menu nearly all are over by then, for what they ask is in memory.
    while open_ := [one for one in reads if not one.is_over]:
        waits = [one.waits_for for one in open_ if one.waits_for is not None]
        if any(one.can_go_on for one in open_):
            await asyncio.sleep(0)
        elif waits:
            await _first(waits)
        for one in open_:
            if one.can_go_on:
                one.go_on()


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
