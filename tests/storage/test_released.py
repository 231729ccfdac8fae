"""Data of each released version come up in this one: restored from a backup that that version made, and served."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.assembly import app
from bot.features.audit import Audit, Broken
from bot.features.people import people
from bot.features.releases.changelog import parse, shipped_file
from bot.settings import Settings
from bot.storage import backup, database
from bot.storage.data_folder import kept_key
from bot.storage.database import DatabaseError
from bot.storage.tables.checkins import Figure
from bot.storage.tables.people import Person

RELEASED = Path(__file__).parent / "released"
"""`VERSION.zip`: what `backup` of that version made of its own demo, with people, roles, figures, a file and a log."""
FILES = sorted(RELEASED.glob("*.zip"))


def test_a_fixture_is_kept_of_each_released_version() -> None:
    versions = {one.version for one in parse(shipped_file().read_text("utf-8"))}
    assert versions == {file.stem for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_its_data_are_all_there_after_the_upgrade(file: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    backup.restore(file, data)
    with closing(sqlite3.connect(data / "bot.sqlite3")) as before:
        counted = {
            table: before.execute(f"select count(*) from {table}").fetchone()[0]
            for table in ("people", "roles", "figures", "units", "audit_rows", "channels", "log_entries")
        }
    url = database.file_url(data / "bot.sqlite3")
    assert await database.pending(url)
    await app.migrated_by_command(Settings(data_dir=data))
    assert await database.pending(url) == []
    with closing(sqlite3.connect(data / "bot.sqlite3")) as after:
        for table, count in counted.items():
            assert after.execute(f"select count(*) from {table}").fetchone()[0] == count, table
        assert after.execute("pragma foreign_key_check").fetchall() == []
    async with database.opened(url):
        assert await Person.all().count() == counted["people"] > 0
        assert await Figure.all().count() == counted["figures"] > 0
        assert not isinstance(await Audit(kept_key(data)).verify(), Broken)
        assert [await people.linked(person.id) for person in await Person.all()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_bot_serves_them_and_keeps_the_copy_from_before(file: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    backup.restore(file, data)
    async with app.serving(Settings(data_dir=data, port=0), {}) as running:
        assert running.url.startswith("http://")
    (copy,) = data.glob("bot.sqlite3.before-*")
    assert re.fullmatch(r"bot\.sqlite3\.before-\d{8}-\d{6}", copy.name)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_database_of_tomorrow_is_refused_with_what_to_do(file: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    backup.restore(file, data)
    with closing(sqlite3.connect(data / "bot.sqlite3")) as connection, connection:
        connection.execute("insert into tortoise_migrations (app, name, applied_at) values ('bot', '9999_new', '2099')")
    with pytest.raises(DatabaseError, match="upgrade the program"):
        await app.migrated_by_command(Settings(data_dir=data))
