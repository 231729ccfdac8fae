"""`make migration` in a checkout: tables of core, bot, families and packages each get a step in their own history."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage import database

ROOT = Path(__file__).parent.parent.parent
_WRITE = """
from bot.assembly import families
from tools.migration import write
families.discover()
for app in ("core", "bot", "visits", "timdo", "core"):
    print(app, *(path.relative_to(path.cwd()).as_posix() for path in write("more", app)))
"""
_PERSON = 'person = fields.ForeignKeyField("bot.Person", null=True, related_name=False, on_delete=fields.SET_NULL)'


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The program, and a package installed beside it; of each kind one table has a new column."""
    # What Python has compiled comes along: compiling all of it anew took most of the test. A file that is being written
    # by another process does not.
    left_out = shutil.ignore_patterns("*.pyc.*", "locales")
    for folder in ("bot", "tools", "tests/packages"):
        shutil.copytree(ROOT / folder, tmp_path / Path(folder).name, ignore=left_out)
    for file, last, column in (
        (
            "bot/storage/core_tables/conversation.py",
            "until = fields.DatetimeField()",
            "why = fields.IntField(null=True)",
        ),
        ("bot/storage/tables/places.py", "counted_on = fields.DateField()", "again = fields.DateField(null=True)"),
        ("bot/features/visits/tables.py", 'stage = fields.CharField(max_length=8, default="")', _PERSON),
        ("packages/langso_timdo/tables.py", "told_at = fields.DatetimeField()", _PERSON),
    ):
        path = tmp_path / file
        before, after = path.read_text("utf-8").rsplit(f"    {last}\n", 1)
        path.write_text(f"{before}    {last}\n    {column}\n{after}", "utf-8")
    return tmp_path


def _run(checkout: Path, *command: str) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    environ |= {"PYTHONPATH": f"{checkout}:{checkout / 'packages'}", "BOT_DATA_DIR": str(checkout / "data")}
    done = subprocess.run(
        [sys.executable, *command], cwd=checkout, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


_SHIPPED = sorted((ROOT / "bot" / "storage" / "migrations").glob("0*.py"))
_OF_THE_CORE = sorted((ROOT / "bot" / "storage" / "core_tables" / "migrations").glob("0*.py"))


def _columns(path: Path, table: str) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {str(row[1]) for row in connection.execute(f"pragma table_info({table})")}


@pytest.mark.timeout(300)
async def test_each_table_s_step_comes_into_its_own_history_and_is_run(checkout: Path) -> None:
    (checkout / "data").mkdir()
    file = checkout / "data" / "bot.sqlite3"
    await database.migrate(database.file_url(file))
    assert _run(checkout, "-c", _WRITE).splitlines() == [
        f"core bot/storage/core_tables/migrations/{len(_OF_THE_CORE) + 1:04}_more.py",
        f"bot bot/storage/migrations/{len(_SHIPPED) + 1:04}_more.py",
        "visits bot/features/visits/migrations/0003_more.py",
        "timdo packages/langso_timdo/migrations/0002_more.py",
        "core",
    ]
    _run(checkout, "-m", "bot", "migrate")
    for table, column in (("pauses", "why"), ("unit_sizes", "again"), ("visit_stages", "person_id")):
        assert column in _columns(file, table)
    assert {"what", "person_id"} <= _columns(file, "lost_things")
