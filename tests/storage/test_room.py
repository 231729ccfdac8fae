"""A database file of which a large part became free is made smaller at a start, and no other is touched."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage import database, schema


def _with_free_room(path: Path) -> int:
    schema.create(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            "insert into stored_actions (token, packed, created_at) values (?, ?, '2026-01-01')",
            [(str(number), "x" * 900) for number in range(2_000)],
        )
        connection.execute("delete from stored_actions where token <> '7'")
    return path.stat().st_size


@pytest.mark.parametrize(("least", "smaller"), [(1_000, True), (50_000_000, False)])
async def test_free_room_is_given_back_when_it_is_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: int, smaller: bool
) -> None:
    path = tmp_path / "bot.sqlite3"
    before = _with_free_room(path)
    monkeypatch.setattr(database, "_MOST_FREE", least)
    await database.migrate(database.file_url(path))
    assert (path.stat().st_size < before / 2) is smaller
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select token from stored_actions").fetchall() == [("7",)]
