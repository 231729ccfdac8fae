"""The schema of a new SQLite file, as one script: `schema.sql` holds what all migrations make of an empty file.

The library takes seconds for them, because it rebuilds its picture of all models after each step; the script takes
hundredths of a second. It is written by `python -m tools.schema`, after every new migration; a test compares.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("schema.sql")
CORE_FILE = Path(__file__).with_name("core_schema.sql")
"""The same for the core's own tables alone."""
APPLIED_AT = "strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')"
HISTORY = "tortoise_migrations"


def create(path: Path, *, core_alone: bool = False) -> None:
    """Make a new file, or fill an empty one: whole or, if the process dies meanwhile, not at all."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((CORE_FILE if core_alone else FILE).read_text("utf-8"))


class Step(NamedTuple):
    """One migration of one app."""

    app: str
    name: str


def applied(path: Path) -> set[Step]:
    """Return the migrations that a file has had."""
    with closing(sqlite3.connect(path)) as connection:
        if not connection.execute("select 1 from sqlite_master where name = ?", [HISTORY]).fetchall():
            return set()
        return {Step(str(app), str(name)) for app, name in connection.execute(f"select app, name from {HISTORY}")}


def tables(path: Path) -> set[str]:
    """Return the names of the tables that a file has."""
    with closing(sqlite3.connect(path)) as connection:
        return {str(name) for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}


def note(path: Path, steps: Iterable[Step]) -> None:
    """Note migrations as applied, all or none; nothing of them is run."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for step in steps:
            connection.execute(f"insert into {HISTORY} (app, name, applied_at) values (?, ?, {APPLIED_AT})", step)


def script_of(path: Path) -> str:
    """Return the script that recreates such a file with its history of migrations; other rows are left out."""
    return "\n".join(["-- Written by python -m tools.schema", "begin;", *_statements(path), "commit;", ""])


def _statements(path: Path) -> Iterator[str]:
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("select sql from sqlite_master where sql is not null and name not like 'sqlite_%'")
        yield from (f"{sql};" for (sql,) in made.fetchall())
        for app, name in connection.execute(f"select app, name from {HISTORY} order by id"):
            yield f"insert into {HISTORY} (app, name, applied_at) values ('{app}', '{name}', {APPLIED_AT});"
