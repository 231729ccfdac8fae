"""A command beside the bot: it reads, the bot writes, it writes. Nobody finds the database locked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from bot.features import units
from bot.storage import database
from bot.storage.transactions import writing


async def test_what_was_read_cannot_change_before_it_is_written(tmp_path: Path) -> None:
    """Mechanism: the first statement takes the write lock; the bot waits, instead of making our snapshot useless."""
    path = tmp_path / "bot.sqlite3"
    async with database.created(database.file_url(path)):
        await units.create("yen-mo", "xã", "Yên Mô", valid_from=date(2025, 7, 1))
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as bot:
            async with writing():
                assert await units.get("yen-mo") is not None
                with pytest.raises(sqlite3.OperationalError, match="locked"):
                    bot.execute("update units set name = 'B'")
                await units.rename("yen-mo", "A", date(2026, 11, 24))
            bot.execute("update units set name = 'B'")


async def test_what_is_deleted_is_overwritten_in_the_file(tmp_path: Path) -> None:
    """Also where the system's own library would not: the setting is ours, on each connection."""
    url = database.file_url(tmp_path / "bot.sqlite3")
    assert all("secure_delete=ON" in pragmas for pragmas in (database._SQLITE_PRAGMAS, database._MIGRATION_PRAGMAS)), (
        "the library here may have it on by itself"
    )
    async with database.created(url) as db:
        assert await db.execute_query_dict("pragma secure_delete") == [{"secure_delete": 1}]
