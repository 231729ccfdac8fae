"""What tests begin with, made once by the bot's own means: the next test finds the rows that came of it.

`settled` marks what makes them. As long as a test has asked its database for nothing else, what is called in the same
order comes out the same, and putting down the rows takes a tenth of making them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections

P = ParamSpec("P")
T = TypeVar("T")
Rows = Mapping[str, tuple[object, ...]]
"""Table → its rows, tables that others refer to first; what a row looks like is the database's own matter."""
Call = tuple[object, ...]


class Tables(Protocol):
    """The tables of a test, beside the way of the bot."""

    kind: str

    def asked(self) -> int:
        """How often they were asked for something."""

    async def rows(self) -> Rows: ...

    async def put(self, rows: Rows) -> None: ...


@dataclass
class Ground:
    """A test's database; `calls` are all that was asked of it when it had been asked `asked` times."""

    client: BaseDBAsyncClient
    tables: Tables
    asked: int
    calls: tuple[Call, ...] = ()
    rows: Rows = field(default_factory=dict)


@dataclass(frozen=True)
class _Layer:
    result: object
    rows: Rows
    """All that stands there now."""
    new: Rows


_layers: dict[tuple[Call, ...], _Layer] = {}
_ground: list[Ground] = []


@contextmanager
def ground(client: BaseDBAsyncClient, tables: Tables) -> Iterator[None]:
    """The database of a test, in which nothing stands yet."""
    _ground.append(Ground(client, tables, tables.asked()))
    try:
        yield
    finally:
        _ground.pop()


def settled(make: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """For what mostly adds rows and changes none, and gives back something that nobody changes."""

    @wraps(make)
    async def known(*args: P.args, **kwargs: P.kwargs) -> T:
        here = _untouched()
        if here is None:
            return await make(*args, **kwargs)
        calls = (*here.calls, (here.tables.kind, make, args, *sorted(kwargs.items())))
        layer = _layers.get(calls)
        if layer is None:
            result = await make(*args, **kwargs)
            rows = await here.tables.rows()
            new = _added(here.rows, rows)
            if new is None:
                return result
            layer = _layers[calls] = _Layer(result, rows, new)
        else:
            await here.tables.put(layer.new)
        here.calls, here.rows, here.asked = calls, layer.rows, here.tables.asked()
        return layer.result  # type: ignore[return-value]

    return known


def _untouched() -> Ground | None:
    """Where the test's database stands, unless something happened there that nobody wrote down."""
    if not _ground or get_connections().get("default") is not _ground[-1].client:
        return None
    return _ground[-1] if _ground[-1].asked == _ground[-1].tables.asked() else None


def _added(before: Rows, after: Rows) -> Rows | None:
    """None where rows were changed or taken away."""
    added: dict[str, tuple[object, ...]] = {}
    for table, rows in after.items():
        known = set(before.get(table, ()))
        if new := tuple(row for row in rows if row not in known):
            added[table] = new
        if len(new) != len(rows) - len(known):
            return None
    return added if before.keys() <= after.keys() else None
