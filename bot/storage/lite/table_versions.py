"""Whether a table may have changed since it was read: counts of all that is written to the file.

Every write of this process goes through one connection, whose thread counts each visit at its end for the tables that
the statements name: what was read before that has another count. Other processes write seldom (commands of an
administrator); SQLite tells that connection of them, and it looks after each visit. So a person's event, which is noted
by such a visit, finds what any process had committed before it came.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache, partial

import aiosqlite

from bot.core.lean import patterns
from bot.core.machine import clock
from bot.storage.group_commit import Statement, Waiting
from bot.storage.inside import watch_visits

FRESH = 0.1
"""Seconds for which it is relied on that no other process has written since the last look."""
_ALL = ""
"""The name under which is counted what may have changed any table."""
_WORD = patterns.compile(r"\w+")
_CHANGES_NOTHING = ("select", "begin", "commit", "rollback", "savepoint", "release", "pragma")
# Deleting a row may delete or change rows of other tables that refer to it.
_FAR_REACHING = frozenset({"delete", "replace", "create", "drop", "alter", "vacuum", "attach", "reindex"})
_OF_THE_MOMENT = frozenset({"random", "changes", "total_changes", "last_insert_rowid", "now", "current_timestamp"})
_ENDINGS = frozenset({"commit", "rollback"})
"""Functions of the driver that write no more than what is counted already."""
_OF_STATEMENTS = frozenset({"execute", "executemany", "_execute_fetchall", "_execute_insert"})
"""Functions of the driver that do what one statement says."""
_OF_THE_DOOR = frozenset({"_together", "_begin", "_commit"})
"""Functions of ours that do what the statements say which they are given (`group_commit`, `unit_of_work`)."""


@lru_cache(maxsize=2_000)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


@lru_cache(maxsize=2_000)
def _first_word(text: str) -> str:
    found = _WORD.search(text.lower())
    return "" if found is None else found[0]


@lru_cache(maxsize=2_000)
def _changed_by(text: str, tables: frozenset[str]) -> frozenset[str] | None:
    """Return those of these tables that a statement may change, None if it only reads."""
    if (first := _first_word(text)) in _CHANGES_NOTHING:
        return None if first == "select" else frozenset()
    words = _words(text)
    named = words & tables
    return frozenset({_ALL}) if words & _FAR_REACHING or not named else named


def _texts(name: str, given: tuple[object, ...]) -> list[str] | None:
    """Return the statements that a function is called with, None for one that may do anything."""
    if name in _OF_STATEMENTS and given and isinstance(given[0], str):
        return [given[0]]
    if name not in _OF_THE_DOOR:
        return None
    texts: list[str] = []
    for one in given[1:]:
        for part in one if isinstance(one, list) else [one]:
            if isinstance(part, Waiting):
                texts += [statement.text for statement in part.statements]
            elif isinstance(part, Statement):
                texts.append(part.text)
            elif part is not None:
                return None
    return texts


class TableVersions:
    """The counts for one database. `tables` are known once its connection is there."""

    def __init__(self) -> None:
        self.tables: frozenset[str] = frozenset()
        self._written: defaultdict[str, int] = defaultdict(int)
        self._touched: set[str] = set()
        self._foreign = self._foreign_changes = 0
        self._looked = float("-inf")
        self._read: dict[str, tuple[str, ...]] = {}

    def watch(self, connection: aiosqlite.Connection, tables: Iterable[str]) -> None:
        """Count from now on everything that is written over a connection. The `tables` are all there are."""
        self.tables = frozenset(tables)
        watch_visits(connection, self._counted)

    def _counted(
        self, inner: sqlite3.Connection, function: Callable[..., object], given: tuple[object, ...]
    ) -> Callable[..., object]:
        written = self._written_by(function.__name__, given)
        if written is None:
            return function
        visit = partial(self._visited, function, written, inner)
        visit.__name__ = function.__name__  # type: ignore[attr-defined]
        return visit

    def version(self, text: str) -> int | None:
        """Return a number that is another one once the answer to a question may be; None if that is not known now."""
        if clock.elapsed() - self._looked > FRESH:
            return None
        read = self._read.get(text)
        if read is None:
            read = self._read[text] = self._read_by(text)
        return self._count(read) if read else None

    @property
    def cleared(self) -> int:
        """Return a number that is another one once rows may have been deleted."""
        return self._written.get(_ALL, 0) + self._foreign_changes

    def version_of(self, tables: tuple[str, ...]) -> int | None:
        """Return the same for some tables."""
        return None if clock.elapsed() - self._looked > FRESH or not self.tables else self._count(tables)

    def _count(self, tables: tuple[str, ...]) -> int:
        # None of them ever gets smaller, so the sum is another one when one of them is.
        counts = self._written
        count = self._foreign_changes + counts.get(_ALL, 0)
        for table in tables:
            count += counts.get(table, 0)
        return count

    def _read_by(self, text: str) -> tuple[str, ...]:
        words = _words(text)
        return () if words & _OF_THE_MOMENT else tuple(sorted(words & self.tables))

    def _written_by(self, name: str, given: tuple[object, ...]) -> frozenset[str] | None:
        """Return the tables that a visit may change, None for one that only reads."""
        if name in _ENDINGS:
            return frozenset()
        if (texts := _texts(name, given)) is None:
            return frozenset({_ALL})
        changes = [changed for text in texts if (changed := _changed_by(text, self.tables)) is not None]
        return None if texts and not changes else frozenset().union(*changes)

    # In the connection's thread

    def _visited(
        self,
        function: Callable[..., object],
        written: frozenset[str],
        connection: sqlite3.Connection,
        *given: object,
        **named: object,
    ) -> object:
        try:
            return function(*given, **named)
        finally:
            self._end(written, connection)

    def _end(self, written: frozenset[str], connection: sqlite3.Connection) -> None:
        """Count what was written; in a transaction once more with each visit until it is seen by others."""
        self._touched |= written
        for table in self._touched:
            self._written[table] += 1
        try:
            if connection.in_transaction:
                return
            self._touched.clear()
            now = clock.elapsed()
            (found,) = connection.execute("pragma data_version").fetchone()
        except sqlite3.Error:  # it is being closed, or the disk is full: what was looked at grows old
            return
        if found != self._foreign:
            self._foreign = found
            self._foreign_changes += 1
        self._looked = now
