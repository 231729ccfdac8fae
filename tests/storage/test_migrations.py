"""Migrations: they match the models, go both ways, and touch no row that they should not."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tortoise import Tortoise
from tortoise.migrations.api import migrate as run_migrations

from bot.storage import database, schema
from tests.postgres import begin

ROOT = Path(__file__).parent.parent.parent
MIGRATIONS = ROOT / "bot" / "storage" / "migrations"
NAMES = sorted(path.stem for path in MIGRATIONS.glob("0*.py"))


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    return database.file_url(tmp_path / "bot.sqlite3")


async def _to(url: str, target: str) -> None:
    try:
        await run_migrations(config=dict(database.config(url, "foreign_keys=OFF")), target=f"{database.APP}.{target}")
    finally:
        await Tortoise.close_connections()


def _schema(path: Path) -> list[str]:
    """What there is; SQLite writes a table that was rebuilt on one line."""
    with closing(sqlite3.connect(path)) as connection:
        return sorted(
            re.sub(r"\s*([(),])\s*|\s+", lambda found: found[1] or " ", str(row[0]))
            for row in connection.execute(
                "select sql from sqlite_master where sql is not null and name not like 'sqlite_%'"
            )
        )


def test_the_models_have_nothing_that_no_migration_knows(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "bot", tmp_path / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    made = tmp_path / "bot" / "storage" / "migrations"
    program = (
        "import bot, sys; from tortoise.cli import cli; from pathlib import Path\n"
        f"assert Path(bot.__file__).parent.parent == Path({str(tmp_path)!r})\n"
        "sys.argv = ['tortoise', '-c', 'bot.storage.database.TORTOISE_ORM', 'makemigrations']\n"
        "sys.exit(cli.main())\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert sorted(path.stem for path in made.glob("0*.py")) == NAMES, result.stdout


@pytest.mark.timeout(300)
async def test_each_migration_goes_up_down_and_up_again(tmp_path: Path, file_url: str) -> None:
    """With a row in every table: a column that may not be empty was refused wherever there were people already."""
    path = tmp_path / "bot.sqlite3"
    after: list[list[str]] = []
    for name in NAMES:
        await _to(file_url, name)
        after.append(_schema(path))
        _put_a_row_into_each_table(path)
    for name, before in zip(NAMES[-2::-1], after[-2::-1], strict=True):
        await _to(file_url, name)
        assert _schema(path) == before
    await _to(file_url, "__first__")
    assert not [sql for sql in _schema(path) if "tortoise_migrations" not in sql]
    await _to(file_url, NAMES[-1])
    assert _schema(path) == after[-1]
    assert await database.pending(file_url) == []


async def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "xã #1? 100%41 a[b]:c@d"
    folder.mkdir()
    await _to(database.file_url(folder / "bot.sqlite3"), NAMES[0])
    assert schema.applied(folder / "bot.sqlite3") == {NAMES[0]}
    assert [*tmp_path.iterdir()] == [folder]


def _everything(path: Path) -> tuple[list[tuple[object, ...]], list[str]]:
    """The schema in its order, and all rows; without the moment at which a migration was applied."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("select type, name, tbl_name, sql from sqlite_master order by rowid").fetchall()
        rows = [line for line in connection.iterdump() if line.startswith("INSERT")]
    return made, [re.sub(r"'20\d\d-[^']*'", "'at'", row) for row in rows]


async def test_a_new_file_gets_from_the_script_what_the_migrations_make(tmp_path: Path) -> None:
    """When this fails after a new migration: run `python -m bot.storage.schema`."""
    fresh, stepwise = tmp_path / "fresh.sqlite3", tmp_path / "stepwise.sqlite3"
    await database.migrate(database.file_url(fresh))
    await database.run_migrations(database.file_url(stepwise))
    schema.create(again := tmp_path / "again.sqlite3")
    assert _everything(again) == _everything(fresh) == _everything(stepwise)
    assert schema.script_of(stepwise) == schema.FILE.read_text("utf-8")
    assert await database.pending(database.file_url(again)) == []


async def test_a_new_file_takes_no_step_of_the_library(file_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    async def run(url: str) -> None:
        steps.append(url)

    monkeypatch.setattr(database, "run_migrations", run)
    await database.migrate(file_url)
    assert steps == []


def test_a_script_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mechanism: the script is one transaction."""
    broken = tmp_path / "schema.sql"
    broken.write_text(schema.FILE.read_text("utf-8").replace("commit;", "select nonsense;"))
    monkeypatch.setattr(schema, "FILE", broken)
    path = tmp_path / "bot.sqlite3"
    with pytest.raises(sqlite3.OperationalError):
        schema.create(path)
    assert _schema(path) == []


@pytest.mark.usefixtures("later")
async def test_what_the_script_does_not_know_yet_is_migrated_the_ordinary_way(
    tmp_path: Path, file_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _update(monkeypatch)
    await database.migrate(file_url)
    assert any("377" in sql for sql in _schema(tmp_path / "bot.sqlite3"))
    assert await database.pending(file_url) == []
    assert _copies(tmp_path) == []


async def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path, file_url: str) -> None:
    (tmp_path / "bot.sqlite3").write_text("Danh sách thôn")
    with pytest.raises(database.DatabaseError, match="not a database"):
        await database.migrate(file_url)
    assert (tmp_path / "bot.sqlite3").read_text() == "Danh sách thôn"


async def test_a_file_that_may_only_be_read_is_said_so_at_the_start(tmp_path: Path, file_url: str) -> None:
    """As one that belongs to somebody else; whoever runs the tests may be allowed everything."""
    await database.migrate(file_url)
    path = Path(file_url.removeprefix("sqlite://"))
    made = path.read_bytes()
    path.write_bytes(made[:18] + b"\x03" + made[19:])  # "written by a newer SQLite": to be read only
    with pytest.raises(database.DatabaseError, match="bot không có quyền ghi"):
        await database.migrate(file_url)


async def test_the_migrated_schema_is_the_one_that_the_tests_run_on(tmp_path: Path, file_url: str) -> None:
    await database.migrate(file_url)
    created = database.file_url(tmp_path / "created.sqlite3")
    async with database.created(created):
        pass
    assert _columns(tmp_path / "bot.sqlite3") == _columns(tmp_path / "created.sqlite3")


def _columns(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Name, type, not null and primary key of every column, by table; SQLite keeps integers of any width alike."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [
            str(row[0])
            for row in connection.execute("select name from sqlite_master where type = 'table'")
            if not str(row[0]).startswith(("sqlite_", "tortoise_"))
        ]
        return {
            table: sorted(
                (name, "INT" if "INT" in kind else kind, required, key)
                for _, name, kind, required, _, key in connection.execute(f"pragma table_info({table})")
            )
            for table in sorted(tables)
        }


def _copies(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if ".before-" in path.name]


async def test_a_new_database_is_not_copied_and_one_that_is_up_to_date_is_left_alone(
    tmp_path: Path, file_url: str
) -> None:
    await database.migrate(file_url)
    await database.migrate(file_url)
    assert _copies(tmp_path) == []


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Our migrations and one more, which rebuilds a table that others refer to; used once `_update` was called."""
    package = tmp_path / "later_version"
    package.mkdir()
    (package / "__init__.py").touch()
    for name in NAMES:
        shutil.copy(MIGRATIONS / f"{name}.py", package)
    (package / "9999_rebuild.py").write_text(
        "from tortoise import fields, migrations\n"
        "from tortoise.migrations import operations as ops\n"
        "class Migration(migrations.Migration):\n"
        f"    dependencies = [('bot', {NAMES[-1]!r})]\n"
        "    operations = [ops.AlterField('Unit', 'name', fields.CharField(max_length=377))]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for module in [module for module in sys.modules if module.startswith("later_version")]:
        del sys.modules[module]


def _update(monkeypatch: pytest.MonkeyPatch, *, keep_foreign_keys: bool = False) -> None:
    now = database.config

    def config(url: str, pragmas: str = "") -> database.Config:
        made = now(url, pragmas.replace("foreign_keys=OFF", "foreign_keys=ON") if keep_foreign_keys else pragmas)
        made["apps"][database.APP]["migrations"] = "later_version"
        return made

    monkeypatch.setattr(database, "config", config)


def _fill(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        _insert(connection, "units", id=1, code="lac-hien", name="Lạc Hiền")
        _insert(connection, "unit_sizes", unit_id=1, households=120)


def _insert(connection: sqlite3.Connection, table: str, **values: str | int) -> None:
    """A row with these values; what else must not be NULL is 0 or empty."""
    for _, name, kind, required, default, key in connection.execute(f"pragma table_info({table})").fetchall():
        if required and default is None and not (key and kind == "INTEGER"):
            values.setdefault(name, 0 if "INT" in kind else "")
    marks = ", ".join("?" * len(values))
    columns = ", ".join(f'"{name}"' for name in values)
    connection.execute(f"insert into {table} ({columns}) values ({marks})", [*values.values()])


def _put_a_row_into_each_table(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        tables = connection.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
        for (table,) in tables.fetchall():
            if not connection.execute(f"select 1 from {table} limit 1").fetchone():
                _insert(connection, table)


def _sizes(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("select count(*) from unit_sizes").fetchone()
        return int(count)


@pytest.mark.usefixtures("later")
async def test_rebuilding_a_table_keeps_the_rows_that_belong_to_it(
    tmp_path: Path, file_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: foreign keys are off while SQLite migrates; the file is copied beside itself first."""
    path = tmp_path / "bot.sqlite3"
    await database.migrate(file_url)
    _fill(path)
    path.chmod(0o600)
    _update(monkeypatch)
    assert await database.pending(file_url) == ["bot.9999_rebuild"]
    await database.migrate(file_url)
    assert _sizes(path) == 1
    assert any("377" in sql for sql in _schema(path))
    (copy,) = _copies(tmp_path)
    assert _sizes(copy) == 1
    assert not any("377" in sql for sql in _schema(copy))
    assert copy.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("later")
async def test_the_danger_is_real_with_foreign_keys_on_the_same_rebuild_empties_the_children(
    tmp_path: Path, file_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.migrate(file_url)
    _fill(tmp_path / "bot.sqlite3")
    _update(monkeypatch, keep_foreign_keys=True)
    await database.migrate(file_url)
    assert _sizes(tmp_path / "bot.sqlite3") == 0


async def test_an_older_program_does_not_touch_a_newer_database(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database.file_url(tmp_path / "bot.sqlite3") if database.is_sqlite(database_url) else database_url
    if not database.is_sqlite(url):
        await begin(url)
    await database.migrate(url)
    assert await database.pending(url) == []
    monkeypatch.setattr(database, "_names", lambda: NAMES[:-1])
    for step in (database.migrate, database.pending):
        with pytest.raises(database.DatabaseError, match="của bản chương trình mới hơn"):
            await step(url)


def test_two_processes_that_migrate_at_once_both_succeed(database_url: str, tmp_path: Path) -> None:
    """Mechanism: an advisory lock on PostgreSQL; on SQLite the lock of the data folder, see tests of the commands."""
    if database.is_sqlite(database_url):
        return
    command = [sys.executable, "-m", "bot", "migrate"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BOT_")}
    environ |= {"PYTHONPATH": str(ROOT), "BOT_DATABASE_URL": database_url, "BOT_DATA_DIR": str(tmp_path)}
    processes = [
        subprocess.Popen(command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ended = [(process.communicate(timeout=60), process.returncode) for process in processes]
    assert ended == [(("", ""), 0)] * 2


async def test_postgres_without_its_library_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever installed without the extra got a traceback from every command."""
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(database.DatabaseError, match="chưa cài phần postgres"):
        await database.pending("postgres://nobody@127.0.0.1/none")
