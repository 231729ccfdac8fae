"""The schema of a new SQLite file, as one script: `schema.sql` holds what all migrations make of an empty file.

The library takes seconds for them, because it rebuilds its picture of all models after each step; the script takes
hundredths of a second. It is written by `python -m bot.storage.schema`, after every new migration; a test compares.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

FILE = Path(__file__).with_name("schema.sql")
APPLIED_AT = "strftime('%Y-%m-%d %H:%M:%f+00:00', 'now')"
HISTORY = "tortoise_migrations"


def create(path: Path) -> None:
    """Make a new file, or fill an empty one: whole or, if the process dies meanwhile, not at all."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FILE.read_text("utf-8"))


def applied(path: Path) -> set[str]:
    """Names of the migrations that a file has had."""
    with closing(sqlite3.connect(path)) as connection:
        if not connection.execute("select 1 from sqlite_master where name = ?", [HISTORY]).fetchall():
            return set()
        return {str(name) for (name,) in connection.execute(f"select name from {HISTORY}")}


def script_of(path: Path) -> str:
    """The script that makes such a file again, its history of migrations included; other rows are not looked at."""
    return "\n".join(["-- Written by python -m bot.storage.schema", "begin;", *_statements(path), "commit;", ""])


def _statements(path: Path) -> Iterator[str]:
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("select sql from sqlite_master where sql is not null and name not like 'sqlite_%'")
        yield from (f"{sql};" for (sql,) in made.fetchall())
        for app, name in connection.execute(f"select app, name from {HISTORY} order by id"):
            yield f"insert into {HISTORY} (app, name, applied_at) values ('{app}', '{name}', {APPLIED_AT});"


def write() -> None:
    from bot.storage import database

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bot.sqlite3"
        asyncio.run(database.run_migrations(database.file_url(path)))
        FILE.write_text(script_of(path), "utf-8")


if __name__ == "__main__":
    write()
