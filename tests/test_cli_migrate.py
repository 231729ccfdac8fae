"""Commands bring an old SQLite file up to date alone: neither under a running bot nor two at once."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest
from filelock import FileLock
from tortoise.migrations.operations import AddIndex, CreateModel, Operation

from bot.assembly import app, installation
from bot.cli import office as office_commands
from bot.settings import Settings
from bot.storage import apps, database, schema

ROOT = Path(__file__).parent.parent
NAMES = sorted(path.stem for path in (ROOT / "bot" / "storage" / "migrations").glob("0*.py"))


async def _an_old_file(folder: Path) -> None:
    """Of the version before this one: neither the history nor what the newest step made is there."""
    path = folder / "bot.sqlite3"
    await database.migrate(database.file_url(path))
    made = import_module(f"bot.storage.migrations.{NAMES[-1]}").Migration.operations
    with closing(sqlite3.connect(path)) as connection, connection:
        for one in reversed(made):
            connection.execute(_without(connection, one))
        connection.execute(f"delete from {schema.HISTORY} where app = 'bot' and name = ?", [NAMES[-1]])


def _without(connection: sqlite3.Connection, step: Operation) -> str:
    """Return the statement that takes back a new table or a new index."""
    if isinstance(step, CreateModel):
        return f'drop table "{(step.options or {})["table"]}"'
    assert isinstance(step, AddIndex), "teach this test to take it back"
    model = next(one for one in apps.tables() if one.__name__ == step.model_name)
    found = connection.execute("select name from pragma_index_list(?)", [model._meta.db_table]).fetchall()
    columns = {name: [row[2] for row in connection.execute(f'pragma index_info("{name}")')] for (name,) in found}
    return f'drop index "{next(name for name, of in columns.items() if of == list(step.index.fields))}"'


async def test_a_command_does_not_migrate_under_a_running_bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mechanism: the lock of the data folder, which a bot holds as long as it runs."""
    settings = Settings(data_dir=tmp_path)
    monkeypatch.setattr(installation, "PATIENCE", 0.0)
    await _an_old_file(tmp_path)
    with FileLock(tmp_path / "bot.lock"), pytest.raises(database.DatabaseError, match="khởi động lại bot ấy trước"):
        async with office_commands.opened(settings):
            pass
    assert await database.pending(app.database_url(settings)) == [f"bot.{NAMES[-1]}"]


async def test_a_command_waits_for_one_that_is_migrating_and_a_running_bot_does_not_hinder_it(tmp_path: Path) -> None:
    settings, other = Settings(data_dir=tmp_path), FileLock(tmp_path / "bot.lock")
    other.acquire()
    waiting = asyncio.create_task(app.migrated_by_command(settings))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    other.release()
    await waiting
    with other:
        async with office_commands.opened(settings):
            pass


def test_two_commands_at_once_on_an_old_file_both_succeed(tmp_path: Path) -> None:
    asyncio.run(_an_old_file(tmp_path))
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    environ |= {"PYTHONPATH": str(ROOT), "BOT_DATA_DIR": str(tmp_path)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "bot", *command],
            cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for command in (["migrate"], ["audit", "--verify"])
    ]  # fmt: skip
    ended = [(process.communicate(timeout=60)[1], process.returncode) for process in processes]
    assert ended == [("", 0)] * 2
