"""The clocks of the machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import perf_counter, thread_time
from typing import Protocol


class Clocks(Protocol):
    def now(self) -> datetime: ...

    def elapsed(self) -> float: ...

    def spent(self) -> float: ...


class _Machine:
    def now(self) -> datetime:
        return datetime.now(UTC)

    # Not wrapped: an event looks at a clock some forty times.
    elapsed = staticmethod(perf_counter)
    spent = staticmethod(thread_time)


_clocks: list[Clocks] = [_Machine()]


def now() -> datetime:
    """Return the time, aware, in UTC."""
    return _clocks[-1].now()


def elapsed() -> float:
    """Return seconds since an unknown moment, for short measurements."""
    return _clocks[-1].elapsed()


def spent() -> float:
    """Return the seconds of the processor that this thread has used."""
    return _clocks[-1].spent()


@contextmanager
def using(clocks: Clocks) -> Iterator[None]:
    """Take every time from `clocks`, for tests."""
    _clocks.append(clocks)
    try:
        yield
    finally:
        _clocks.pop()
