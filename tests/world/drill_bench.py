"""A database of the drill's own, on which a statement takes as long as SQLite needs for ten rows: nothing waits."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TypeVar

from msgspec import Struct

from bot.features.outbox.row import COLUMNS, Leased, leased
from bot.features.outbox.rows import Rows
from bot.storage.sql import Row, Value

from .ledger import OUTBOX, Ledger
from .lockstep import Lockstep
from .plan import Plan
from .timeline import BEGAN
from .vendor import Vendor

T = TypeVar("T")


def at_once(work: Awaitable[T]) -> T:
    """Run what never waits."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as over:
        found: T = over.value
        return found
    raise AssertionError("it waits for something")


def is_value(one: object) -> bool:
    return not isinstance(one, Struct) or one.__struct_config__.frozen


def texts(values: Sequence[Value]) -> list[Value]:
    return [one.astimezone(UTC).isoformat(" ") if isinstance(one, datetime) else one for one in values]


class BenchRows(Rows):
    """The rows on a database of the drill's own: what a statement does is SQLite's, and there before anybody waits."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._translate = lambda locale, message, context=None: message

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        yield

    async def _run(self, text: str, values: Sequence[Value]) -> list[Row]:
        found = self._connection.execute(text, texts(values))
        names = [one[0] for one in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


class Bench:
    """Stands in the place of a world for those that compare: a database, messengers, and a time that stands still."""

    vendors: Mapping[str, Vendor]

    def __init__(self, plan: Plan, tables: bytes) -> None:
        self.plan = plan
        self.timeline = SimpleNamespace(now=0.0, wall=BEGAN, skew=timedelta())
        self.connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=1000)
        self.connection.deserialize(tables)
        self._changes = 0
        self.ledger = Ledger(lambda: BEGAN, steady=False)
        self.disk = self
        self.rows = BenchRows(self.connection)
        self.lockstep = Lockstep(self)  # type: ignore[arg-type]

    def ask(self, text: str, values: tuple[object, ...] = ()) -> list[sqlite3.Row]:
        return self.connection.execute(text, values).fetchall()

    def disk_away(self, since: float, until: float) -> float:
        return 0.0

    def reads(self) -> None:
        """Take into the ledger what has changed."""
        if self._changes == self.connection.total_changes:
            return
        self._changes = self.connection.total_changes
        for values in self.connection.execute(f"select {', '.join(OUTBOX)} from outbox").fetchall():
            row = dict(zip(OUTBOX, values, strict=True))
            if self.ledger.rows.get(values[0]) != row:
                self.ledger.is_kept(row)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Leave no trace of what is done meanwhile."""
        rows, unfinished = dict(self.ledger.rows), dict(self.ledger.unfinished)
        self.connection.execute("savepoint drill")
        try:
            yield
        finally:
            self.connection.execute("rollback to drill")
            self.connection.execute("release drill")
            self.ledger.rows, self.ledger.unfinished = rows, unfinished

    def held(self, where: str = "1") -> list[Leased]:
        """Return rows as their holders have them."""
        return [leased(row) for row in at_once(self.rows._run(f"select {COLUMNS} from outbox where {where}", []))]
