"""Reads of one event: equal questions are asked of the database once.

A menu is put together by twenty families, and each asks who the person is and which units there are. Answers are
remembered from the first handler to the last one, and forgotten as soon as this event writes anything; a transaction
reads for itself. So nobody sees less than without it, but for what other events wrote in those few milliseconds. A role
that must still hold when this event commits is watched (`watch`): if it ends meanwhile the event is handled anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TypeVar, cast

from msgspec import Struct

from bot.core.lean import patterns

MOST_ROWS = 500
"""Longer answers, as of a report, are not kept: who asks for them asks once, and they would take memory."""
_WRITES = patterns.compile(r"\b(?:insert|update|delete|replace)\b")
_Answer = TypeVar("_Answer")
_Made = TypeVar("_Made")
_Question = tuple[str, str, tuple[object, ...]]
_UNKNOWN = object()


class Watched(Struct, frozen=True):
    """An expression in SQL, with its values, and what it was when it was read."""

    expression: str
    values: tuple[str | int, ...]
    was: str


class WrittenOutside(RuntimeError):
    """A handler wrote outside `ctx.changes()`: the event could be handled twice, and the effect kept twice."""

    def __init__(self) -> None:
        super().__init__("written outside of `async with ctx.changes()`: it would not be in one commit with the event")


class EventReads:
    """The answers of one event, and what was made of them. While it writes, and after its end, nothing is kept.

    `strict`: what the event writes outside of its changes is an error. `stopped`: it was stopped while it waited for
    the database.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self.stopped = False
        self._answers: dict[_Question, object] = {}
        self._asking: dict[_Question, asyncio.Event | None] = {}
        self._made: dict[type, object] = {}
        self._watched: dict[tuple[str, tuple[str | int, ...]], Watched] = {}
        self._closed = 0

    async def answer(
        self,
        kind: str,
        query: str,
        values: Sequence[object] | None,
        ask: Callable[[], Awaitable[_Answer]],
        size: Callable[[_Answer], int],
        kept: Callable[[str, tuple[object, ...]], _Answer | None] | None = None,
    ) -> _Answer:
        """Return what `ask` answers, or answered before. `kind` parts answers of several shapes to one query.

        `size` tells how many rows an answer has; a long one is not kept. While a question is being asked, an equal one
        waits for its answer. `kept` has answers that outlive the event; it returns None for one that nobody knows.
        """
        if not is_read(query):
            with written():
                return await ask()
        if self._closed:
            return await ask()
        try:
            known = self.known(kind, query, values or (), size, kept)
        except TypeError:  # a list among the values
            return await ask()
        return await self._shared((kind, query, tuple(values or ())), ask, size) if known is None else known

    def known(
        self,
        kind: str,
        query: str,
        values: Sequence[object],
        size: Callable[[_Answer], int],
        kept: Callable[[str, tuple[object, ...]], _Answer | None] | None,
    ) -> _Answer | None:
        """Return the same for a question that reads if nothing need be asked or waited for, else None."""
        if self._closed:
            return None
        question = (kind, query, tuple(values))
        if question in self._answers:
            return cast("_Answer", self._answers[question])
        if kept is None or question in self._asking or (found := kept(query, question[2])) is None:
            return None
        if size(found) <= MOST_ROWS:
            self._answers[question] = found
        return found

    async def once(self, kind: str, of: tuple[object, ...], make: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Return what `make` puts together out of answers, or put together before for an equal `of`."""
        if self._closed:
            return await make()
        known = self._answers.get(question := (kind, "", of), _UNKNOWN)
        return await self._shared(question, make, _one) if known is _UNKNOWN else cast("_Answer", known)

    async def _shared(
        self, question: _Question, ask: Callable[[], Awaitable[_Answer]], size: Callable[[_Answer], int]
    ) -> _Answer:
        answers, asking = self._answers, self._asking
        if question in asking:
            await self._asked(asking, question)
            if question in answers:
                return cast("_Answer", answers[question])
        asking.setdefault(question, None)  # somebody may wait already for another one who asks it again
        try:
            found = await ask()
            if size(found) <= MOST_ROWS:
                # Into the answers as they were: if anything was written meanwhile they are forgotten, this one, too.
                answers[question] = found
            return found
        finally:
            if (awaited := asking.pop(question, None)) is not None:
                awaited.set()

    async def _asked(self, asking: dict[_Question, asyncio.Event | None], question: _Question) -> None:
        """Wait until an equal question is answered; only then is there anything to wait for."""
        awaited = asking[question] or asyncio.Event()
        asking[question] = awaited
        await awaited.wait()

    def kept(self, kind: type[_Made], make: Callable[[], _Made] | None = None) -> _Made:
        """Return the one of this kind that the event has; at first, and after each write, what `make` returns.

        Without `make`, and while the event writes, that is a new one.
        """
        if self._closed:
            return kind()
        if kind not in self._made:
            self._made[kind] = (make or kind)()
        return cast("_Made", self._made[kind])

    @property
    def keeps(self) -> bool:
        """Tell whether answers are remembered now."""
        return not self._closed

    def watch(self, watched: Watched) -> None:
        self._watched.setdefault((watched.expression, watched.values), watched)

    @property
    def watched(self) -> Sequence[Watched]:
        return list(self._watched.values())

    def close(self) -> None:
        """Forget everything, and keep nothing until as many `open` as `close`.

        A write that follows may change what was watched, and the condition of that write is already made.
        """
        self._closed += 1
        self._answers, self._asking, self._made, self._watched = {}, {}, {}, {}

    def open(self) -> None:
        self._closed -= 1


_reads: ContextVar[EventReads | None] = ContextVar("event_reads", default=None)


def current_reads() -> EventReads | None:
    """Return what the event of this task has read, None outside of one."""
    return _reads.get()


def once_in_event(kind: str, of: tuple[object, ...], make: Callable[[], Awaitable[_Answer]]) -> Awaitable[_Answer]:
    """Return what `make` puts together out of reads; an event does it once for an equal `of`, until it writes."""
    reads = _reads.get()
    return make() if reads is None else reads.once(kind, of, make)


# Classes: each event enters five of these, and generators in their place cost it twice as much.


class written:  # noqa: N801 - read as a word after `with`
    """Forget what the event of this task has read, and remember nothing while it writes."""

    __slots__ = ("_reads",)

    def __enter__(self) -> None:
        self._reads = _reads.get()
        if self._reads is None:
            return
        if self._reads.strict:
            raise WrittenOutside
        self._reads.close()

    def __exit__(self, *_: object) -> None:
        if self._reads is not None:
            self._reads.open()


class in_changes:  # noqa: N801
    """Let the event of this task write."""

    __slots__ = ("_reads", "_strict")

    def __enter__(self) -> None:
        self._reads = _reads.get()
        if self._reads is not None:
            self._strict, self._reads.strict = self._reads.strict, False

    def __exit__(self, *_: object) -> None:
        if self._reads is not None:
            self._reads.strict = self._strict


class remembered:  # noqa: N801
    """Remember the answers to the questions that are asked inside; tasks that live on remember nothing after it.

    `strict`: whoever writes inside, and not `in_changes`, gets WrittenOutside.
    """

    __slots__ = ("_reads", "_token")

    def __init__(self, *, strict: bool = False) -> None:
        self._reads = EventReads(strict=strict)

    def __enter__(self) -> EventReads:
        self._token = _reads.set(self._reads)
        return self._reads

    def __exit__(self, *_: object) -> None:
        self._reads.close()
        self._reads.strict = False  # a task that lives on is no handler
        _reads.reset(self._token)


@contextmanager
def remembered_once() -> Iterator[None]:
    """Remember inside as an event does, unless an event does it already: for a long read on the clock or in a job."""
    if _reads.get() is not None:
        yield
        return
    with remembered():
        yield


@lru_cache(maxsize=2_000)
def is_read(query: str) -> bool:
    """Tell whether a statement only reads."""
    text = query.lstrip().lower()
    if text.startswith("select"):
        return " for update" not in text
    return text.startswith("with ") and _WRITES.search(text) is None


def _one(_: object) -> int:
    """Tell the size of what is put together: it is as bounded as what it was made of."""
    return 1
