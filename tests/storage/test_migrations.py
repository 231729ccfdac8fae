"""Migrations: they match the models, go both ways, and touch no row that they should not."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import cast
from unittest.mock import patch

import pytest
import time_machine
from tortoise import fields
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError
from tortoise.fields.relational import ForeignKeyRelation
from tortoise.migrations import Migration
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget, PlanStep
from tortoise.migrations.graph import MigrationGraph, MigrationKey
from tortoise.migrations.operations import CreateModel, Operation, RunSQL
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.models import Model

from bot.framework.migration import changes
from bot.i18n import in_vietnamese
from bot.storage import apps, database, schema, stepping
from bot.storage.core_tables.conversation import SessionRow
from bot.storage.moved import MovedMigration
from bot.storage.schema import Step
from bot.storage.tables.places import Unit
from tests.postgres import begin
from tests.processes import Ran, ran

ROOT = Path(__file__).parent.parent.parent
MIGRATIONS = ROOT / "bot" / "storage" / "migrations"
NAMES = sorted(path.stem for path in MIGRATIONS.glob("0*.py"))
_SPLIT = "0008_apps_of_their_own"
"""The step at which the core's and the families' tables got histories of their own."""
BEFORE = Path(__file__).parent / "before_apps"
"""Databases of the last version whose tables were all one app's, as `sqlite.sql` and `postgres.sql`."""


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    return database.file_url(tmp_path / "bot.sqlite3")


class _ToSteps(MigrationExecutor):
    """Runs and takes back steps until a database has had exactly `steps`; the library's targets are within one app."""

    steps: Collection[Step] = ()

    def _migration_plan(self, targets: object, applied: set[MigrationKey], graph: MigrationGraph) -> list[PlanStep]:
        plan = self._full_plan()
        wanted = [key for key in plan if (key.app_label, key.name) in self.steps]
        changed = [(key, True) for key in reversed(plan) if key in applied and key not in wanted]
        changed += [(key, False) for key in wanted if key not in applied]
        return [PlanStep(cast("Migration", graph.nodes[key]), backward) for key, backward in changed]


async def _to(url: str, target: str) -> None:
    """As the version was whose last step was `target`; "" is before the first."""
    settings = database.config(url, "foreign_keys=OFF")
    async with TortoiseContext() as context:
        await context.init(config=dict(settings))
        executor = _ToSteps(
            get_connections().get("default"), {name: dict(app) for name, app in settings["apps"].items()}
        )
        executor.steps = _steps_of(target)
        executor_of = "tortoise.migrations.executor"
        with patch(f"{executor_of}.StateApps", stepping.Tables), patch(f"{executor_of}.State", stepping.Between):
            await executor.migrate()


_made: dict[str, bytes] = {}
"""Empty files of versions, as they are made one after the other."""


async def _as_of(version: str, url: str) -> None:
    """A new file as `_to` makes it, from that of an earlier version if there is one."""
    path = Path(url.removeprefix("sqlite://"))
    earlier = [name for name in _made if name <= version]
    if earlier:
        path.write_bytes(_made[max(earlier)])
    await _to(url, version)
    _made[version] = path.read_bytes()


def _steps_of(target: str) -> set[Step]:
    """The steps of a version: a step that moved belongs to the version of the one that it was part of.

    A step of a family that was written after the families had histories of their own belongs to the last version.
    """
    found = {Step(apps.BOT, name) for name in NAMES if name <= target}
    for step in database._known_steps() - found:
        migration = import_module(f"{apps.known()[step.app]['migrations']}.{step.name}").Migration
        if step.app == apps.BOT:
            continue
        if not issubclass(migration, MovedMigration):
            found |= {step} if target == NAMES[-1] else set()
        elif Step(*migration.moved_from) in found:
            found.add(step)
    return found


def _schema(path: Path) -> list[str]:
    """What there is; SQLite writes a table that was rebuilt on one line."""
    with closing(sqlite3.connect(path)) as connection:
        return sorted(
            re.sub(r"\s*([(),])\s*|\s+", lambda found: found[1] or " ", str(row[0]))
            for row in connection.execute(
                "select sql from sqlite_master where sql is not null and name not like 'sqlite_%'"
            )
        )


async def test_a_step_that_leaves_a_column_without_its_table_is_refused() -> None:
    """Mechanism: after each step all relations are looked at, though no table became a model yet."""
    step = Migration("0001_lost", "lost")
    lost: ForeignKeyRelation[Model] = fields.ForeignKeyField("lost.Nothing")
    options = {"table": "lost", "app": "lost"}
    step.operations = [CreateModel("Lost", [("id", fields.IntField(primary_key=True)), ("to", lost)], options)]
    with pytest.raises(RuntimeError, match=r"lost\.Lost refers to lost\.Nothing"):
        await step.apply(stepping.Between({}, stepping.Tables()), dry_run=True)


async def test_the_models_have_nothing_that_no_migration_knows() -> None:
    assert [(one.app_label, one.operations) for one in await changes(apps.known())] == []


async def test_a_table_that_no_migration_knows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(apps._families, "visits", {**apps._families["visits"], "migrations": "tests.storage"})
    monkeypatch.setattr("pkgutil.iter_modules", lambda path, prefix="": [])
    assert {one.app_label for one in await changes(apps.known())} >= {"visits"}


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
    await _to(file_url, "")
    assert not [sql for sql in _schema(path) if "tortoise_migrations" not in sql]
    await _to(file_url, NAMES[-1])
    assert _schema(path) == after[-1]
    assert await database.pending(file_url) == []


class _Killed(BaseException):
    """The process ends here."""


async def _dies_after_the_tables_of(step: Step, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start, and end where the library writes its record of this step, and where we do."""

    async def dies(recorder: MigrationRecorder, app: str, name: str) -> None:
        if Step(app, name) == step:
            raise _Killed

    class Dies(RunSQL):
        async def database_forward(self, *given: object) -> None:
            raise _Killed

    real = stepping.record_of

    def record_of(app: str, name: str) -> Operation:
        return Dies("") if Step(app, name) == step else real(app, name)

    with monkeypatch.context() as patched:
        patched.setattr(MigrationRecorder, "record_applied", dies)
        patched.setattr(stepping, "record_of", record_of)
        with pytest.raises(_Killed):
            await database.migrate(url)


async def _order(url: str) -> list[Step]:
    """All steps, as they are run."""
    settings = database.config(url)
    nobody = cast("BaseDBAsyncClient", None)
    executor = MigrationExecutor(nobody, {app: dict(of) for app, of in settings["apps"].items()})
    await executor.loader.build_graph()
    latest = [MigrationTarget(app, "__latest__") for app in settings["apps"]]
    plan = executor._migration_plan(latest, set(), executor.loader.graph)
    return [Step(step.migration.app_label, step.migration.name) for step in plan]


@pytest.mark.fault(19, "killed between the tables of a step and its record, SQLite")
@pytest.mark.timeout(300)
async def test_a_start_that_died_between_the_tables_of_a_step_and_its_record_is_made_up_for(
    tmp_path: Path, file_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At every step in turn the next start goes on and no row is lost: tables and record are one commit.

    Red before: each later start found tables that it was to make.
    """
    path = tmp_path / "bot.sqlite3"
    await _to(file_url, "")
    for step in await _order(file_url):
        if step in database._done_before(schema.applied(path), schema.tables(path)):
            continue
        await _dies_after_the_tables_of(step, file_url, monkeypatch)
        assert step not in schema.applied(path)
        _put_a_row_into_each_table(path)
    rows = _rows(path)
    await database.migrate(file_url)
    assert await database.pending(file_url) == []
    assert {table: count for table, count in _rows(path).items() if table in rows} == rows
    schema.create(fresh := tmp_path / "fresh.sqlite3")
    assert _schema(path) == _schema(fresh)
    before = _everything(path)
    await database.migrate(file_url)
    assert _everything(path) == before


@pytest.mark.fault(19, "killed between the tables of a step and its record, PostgreSQL")
@pytest.mark.timeout(300)
async def test_on_postgres_too_a_start_that_died_there_is_made_up_for(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Likewise, at the first steps of a new database."""
    if database.is_sqlite(database_url):
        return
    for step in (await _order(database_url))[:3]:
        await _dies_after_the_tables_of(step, database_url, monkeypatch)
        assert f"{step.app}.{step.name}" in await database.pending(database_url)
    for _ in range(2):
        await database.migrate(database_url)
        assert await _history(database_url) == sorted(database._known_steps())


def _rows(path: Path) -> dict[str, int]:
    """How many rows each table has, but for the history of steps."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")
        return {
            table: int(connection.execute(f"select count(*) from {table}").fetchone()[0])
            for (table,) in tables.fetchall()
            if table != schema.HISTORY
        }


async def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "xã #1? 100%41 a[b]:c@d"
    folder.mkdir()
    await _to(database.file_url(folder / "bot.sqlite3"), NAMES[0])
    assert schema.applied(folder / "bot.sqlite3") == _steps_of(NAMES[0])
    assert [*tmp_path.iterdir()] == [folder]


def _everything(path: Path) -> tuple[list[tuple[object, ...]], list[str]]:
    """The schema in its order, and all rows; without the moment at which a migration was applied."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("select type, name, tbl_name, sql from sqlite_master order by rowid").fetchall()
        rows = [line for line in connection.iterdump() if line.startswith("INSERT")]
    return made, [re.sub(r"'20\d\d-[^']*'", "'at'", row) for row in rows]


async def test_a_new_file_gets_from_the_script_what_the_migrations_make(tmp_path: Path) -> None:
    """When this fails after a new migration: run `python -m tools.schema`."""
    fresh, stepwise = tmp_path / "fresh.sqlite3", tmp_path / "stepwise.sqlite3"
    await database.migrate(database.file_url(fresh))
    await database.run_migrations(database.file_url(stepwise))
    schema.create(again := tmp_path / "again.sqlite3")
    assert _everything(again) == _everything(fresh) == _everything(stepwise)
    assert schema.script_of(stepwise) == schema.FILE.read_text("utf-8")
    assert await database.pending(database.file_url(again)) == []


async def test_a_new_file_of_an_app_has_what_the_core_s_migrations_make(tmp_path: Path) -> None:
    fresh, stepwise = tmp_path / "fresh.sqlite3", tmp_path / "stepwise.sqlite3"
    await database.migrate(database.file_url(fresh), apps.core_and())
    await database.run_migrations(database.file_url(stepwise), apps.core_and())
    assert _everything(fresh) == _everything(stepwise)
    assert schema.script_of(stepwise) == schema.CORE_FILE.read_text("utf-8")


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


@pytest.mark.usefixtures("later")
async def test_a_step_of_python_asks_the_tables_of_that_time_for_rows(
    tmp_path: Path, file_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: where such a step is among those to run, the tables between the steps are ready for queries."""
    (tmp_path / "later_version" / "9999_rebuild.py").write_text(
        "from tortoise import migrations\n"
        "from tortoise.migrations import operations as ops\n"
        "async def rename(apps, editor):\n"
        "    await apps.get_model('bot', 'Unit').filter(code='lac-hien').update(name='Lạc Hiền 1')\n"
        "class Migration(migrations.Migration):\n"
        f"    dependencies = [('bot', {NAMES[-1]!r})]\n"
        "    operations = [ops.RunPython(rename)]\n"
    )
    await database.migrate(file_url)
    _fill(tmp_path / "bot.sqlite3")
    _update(monkeypatch)
    await database.migrate(file_url)
    with closing(sqlite3.connect(tmp_path / "bot.sqlite3")) as connection:
        assert connection.execute("select name from units").fetchall() == [("Lạc Hiền 1",)]


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
    with pytest.raises(database.DatabaseError, match="the bot may not write"):
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


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("database is locked", "có lệnh khác đang ghi lâu; chờ nó xong rồi chạy lại"),
        ("database or disk is full", "đĩa đầy hoặc hỏng; dọn chỗ rồi chạy lại"),
        ("attempt to write a readonly database", "không có quyền; bot phải là chủ của thư mục dữ liệu"),
        ("unable to open database file", "không có quyền; bot phải là chủ của thư mục dữ liệu"),
    ],
)
def test_what_stops_a_command_in_the_middle_is_one_sentence(said: str, told: str) -> None:
    """Only a damaged page was; everything else was a page of Python."""
    for error in (OperationalError(sqlite3.OperationalError(said)), sqlite3.OperationalError(said)):
        with pytest.raises(database.DatabaseError) as caught, database.damage_told():
            raise error
        assert told in in_vietnamese(caught.value)
    with pytest.raises(OperationalError, match="no such table"), database.damage_told():
        raise OperationalError("no such table: x")


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
    monkeypatch.setitem(apps._own, apps.BOT, {**apps._own[apps.BOT], "migrations": "later_version"})
    if keep_foreign_keys:
        monkeypatch.setattr(database, "_MIGRATION_PRAGMAS", "foreign_keys=ON&busy_timeout=10000")


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
async def test_a_copy_that_breaks_off_is_none(tmp_path: Path, file_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way back would take it for data to go back to."""
    await database.migrate(file_url)
    _update(monkeypatch)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copymode", full)
    with pytest.raises(OSError, match="No space left"):
        await database.migrate(file_url)
    assert [path.name for path in tmp_path.glob("bot.sqlite3?*")] == []


@pytest.mark.usefixtures("later")
async def test_a_step_that_fails_at_each_start_does_not_leave_a_copy_each_time(
    tmp_path: Path, file_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.migrate(file_url)
    _update(monkeypatch)

    async def fails(url: str, known: object) -> None:
        raise sqlite3.OperationalError("no such table")

    monkeypatch.setattr(database, "run_migrations", fails)
    with pytest.raises(database.DatabaseError):
        await database.migrate(file_url)
    assert _copies(tmp_path) == []


@pytest.mark.usefixtures("later")
async def test_the_danger_is_real_with_foreign_keys_on_the_same_rebuild_empties_the_children(
    tmp_path: Path, file_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.migrate(file_url)
    _fill(tmp_path / "bot.sqlite3")
    _update(monkeypatch, keep_foreign_keys=True)
    await database.migrate(file_url)
    assert _sizes(tmp_path / "bot.sqlite3") == 0


async def _of_the_version_before(url: str) -> None:
    """A database as that version made it, with a village and the session of a chat."""
    script = (BEFORE / ("sqlite.sql" if database.is_sqlite(url) else "postgres.sql")).read_text("utf-8")
    async with database.opened(url) as client:
        await client.execute_script(script)
        await Unit.create(code="lac-hien", name="Lạc Hiền", kind="thon", valid_from=date(2026, 1, 1))
        numbers = {"version": 1, "done_seq": 7, "out_seq": 0, "sent_seq": 0}
        row = SessionRow(platform="fake", chat_id="c1", updated_at=datetime.now(UTC), state="{}", **numbers)
        await row.save(force_create=True)


async def _history(url: str) -> list[Step]:
    async with database.opened(url) as client:
        rows = await client.execute_query_dict(f"select app, name from {schema.HISTORY}")
    return sorted(Step(str(row["app"]), str(row["name"])) for row in rows)


async def test_a_database_of_the_version_before_keeps_its_rows_and_nothing_of_it_is_run(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: the tables are there already, so the steps of the core and of the families are only noted."""
    url = database.file_url(tmp_path / "bot.sqlite3") if database.is_sqlite(database_url) else database_url
    before = {name: app for name, app in apps._families.items() if name != "unheard"}  # which came after
    monkeypatch.setattr(apps, "_families", before)  # taking it out of the one there is would change their order
    await _of_the_version_before(url)
    assert {"core.0001_initial", "visits.0002_stages", f"bot.{_SPLIT}"} <= set(await database.pending(url))
    run: list[str] = []
    with monkeypatch.context() as then:
        later = database._known_steps() - _steps_of(_SPLIT)
        known = database._known_steps() - later
        then.setattr(database, "_known_steps", lambda apps=None: known)
        then.setattr(database, "run_migrations", run.append)
        for _ in range(2):
            await database.migrate(url)
            assert await database.pending(url) == []
            assert await _history(url) == sorted(known)
    assert run == []
    with time_machine.travel(datetime(2027, 1, 1, tzinfo=UTC)):  # a copy is named by its second
        await database.migrate(url)
    assert await _history(url) == sorted(database._known_steps())
    assert len(_copies(tmp_path)) == (2 if database.is_sqlite(url) else 0)
    async with database.opened(url):
        assert [unit.name for unit in await Unit.all()] == ["Lạc Hiền"]
        assert [session.done_seq for session in await SessionRow.all()] == [7]
        for table in apps.tables():
            await table.all().count()


async def test_the_program_of_the_version_before_is_told_that_it_is_too_old(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows one app; the step of its own history that it lacks tells it."""
    url = database.file_url(tmp_path / "bot.sqlite3") if database.is_sqlite(database_url) else database_url
    await _of_the_version_before(url)
    await database.migrate(url)
    monkeypatch.setattr(apps, "_own", {apps.BOT: apps._own[apps.BOT]})
    monkeypatch.setattr(apps, "_families", {})
    monkeypatch.setattr(database, "_known_steps", lambda known=None: {Step(apps.BOT, name) for name in NAMES[:-1]})
    for step in (database.migrate, database.pending):
        with pytest.raises(database.DatabaseError, match="of a newer version: upgrade the program"):
            await step(url)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("version", NAMES[:-1])
async def test_a_file_of_any_version_is_brought_up_to_date(tmp_path: Path, file_url: str, version: str) -> None:
    """Its history holds steps of one app; the steps that moved are noted as far as it got, and the others run."""
    path = tmp_path / "bot.sqlite3"
    await _as_of(version, file_url)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"delete from {schema.HISTORY} where app <> 'bot'")
    _put_a_row_into_each_table(path)
    await database.migrate(file_url)
    fresh = tmp_path / "fresh.sqlite3"
    schema.create(fresh)
    assert sorted(schema.applied(path)) == sorted(schema.applied(fresh))
    assert _columns(path) == _columns(fresh)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("select count(*) from visits").fetchone() == (1,)


async def test_a_new_database_that_broke_off_in_between_goes_on_where_it_stopped(tmp_path: Path, file_url: str) -> None:
    """Mechanism: a step that moved is noted only where its tables are. Else these would never have been made."""
    path = tmp_path / "bot.sqlite3"
    await _to(file_url, NAMES[0])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"delete from {schema.HISTORY} where app <> 'bot'")
        for table in ("sessions", "visits"):
            connection.execute(f"drop table {table}")
    found = {Step("core", "0001_initial"), Step("visits", "0001_initial"), Step("targets", "0001_initial")}
    noted = set(database._done_before(schema.applied(path), schema.tables(path)))
    assert noted & found == {Step("targets", "0001_initial")}


@pytest.mark.parametrize(
    "newest", [Step(apps.BOT, NAMES[-1]), Step(apps.CORE, "0002_detours"), Step("visits", "0002_stages")]
)
async def test_an_older_program_does_not_touch_a_newer_database(
    tmp_path: Path, database_url: str, newest: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database.file_url(tmp_path / "bot.sqlite3") if database.is_sqlite(database_url) else database_url
    if not database.is_sqlite(url):
        await begin(url)
    await database.migrate(url)
    assert await database.pending(url) == []
    known = database._known_steps() - {newest}
    monkeypatch.setattr(database, "_known_steps", lambda apps=None: known)
    for step in (database.migrate, database.pending):
        with pytest.raises(database.DatabaseError, match="of a newer version: upgrade the program"):
            await step(url)


def test_two_processes_that_migrate_at_once_both_succeed(database_url: str, tmp_path: Path) -> None:
    """Mechanism: an advisory lock on PostgreSQL; on SQLite the lock of the data folder, see tests of the commands."""
    if database.is_sqlite(database_url):
        return
    environ = {"BOT_DATABASE_URL": database_url, "BOT_DATA_DIR": str(tmp_path)}
    with ThreadPoolExecutor(2) as both:
        ended = [both.submit(ran, "migrate", environ=environ, cwd=tmp_path) for _ in range(2)]
    assert [one.result() for one in ended] == [Ran(0, "", "")] * 2


async def test_postgres_without_its_library_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever installed without the extra got a traceback from every command."""
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(database.DatabaseError, match="the package asyncpg is not installed"):
        await database.pending("postgres://nobody@127.0.0.1/none")
