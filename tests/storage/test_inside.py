"""What the bot takes from inside Tortoise and aiosqlite is still there: a new version that changes it fails here."""

from __future__ import annotations

import asyncio
import inspect
import tomllib
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import aiosqlite
import pytest
from tortoise import Tortoise, fields
from tortoise.backends.base.client import BaseDBAsyncClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteTransactionWrapper
from tortoise.models import Model
from tortoise.transactions import in_transaction

from bot.features.quality import tables as quality_tables
from bot.features.quality.tables import VisitCheck
from bot.features.visits.tables import Visit
from bot.storage import apps, database, inside
from bot.storage.inside import client_of_task, in_thread, lock_of
from bot.storage.sqlite import SharingClient
from bot.storage.table import READ_MOMENT
from bot.storage.tables.people import Person, Role
from bot.storage.tables.places import Unit

ROOT = Path(__file__).parent.parent.parent


class Plain(Model):
    """Some text that the library makes a comment of."""

    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=20)


def test_the_version_is_bounded_by_the_next_one_that_may_change_this() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    major, minor = version("tortoise-orm").split(".")[:2]
    assert next(one for one in needed if one.startswith("tortoise-orm")).endswith(f",<{major}.{int(minor) + 1}")


def test_the_library_s_models_are_as_the_base_class_of_tables_takes_them() -> None:
    meta = Plain._meta
    assert meta.table_description
    assert {"name", "name__in", "name__icontains"} <= set(meta._filters)
    assert (meta.pk_attr, meta.app, meta.abstract) == ("id", None, False)
    assert set(meta.fields_map) == {"id", "name"}


async def test_a_row_tells_its_links_by_their_names(db: BaseDBAsyncClient) -> None:
    row = Role(role="leader", unit_id=3)
    assert row.key_of("unit") == 3
    assert row.key_or_none("person") is None
    with pytest.raises(ValueError, match=r"Role\.person names no row"):
        row.key_of("person")
    with pytest.raises(AttributeError):
        row.key_of("role")


def test_a_table_tells_its_columns() -> None:
    assert Person.key_name() == "id"
    assert set(Person.text_columns()) == {"name", "listed_name", "phone"}
    assert set(Person.text_columns(at_least=32)) == {"name", "listed_name"}
    assert set(Visit.links_to("bot.Person")) == {"person"}
    assert set(VisitCheck.links_to("visits.Visit", "bot.Person")) == {"visit"}


async def test_a_table_stays_with_the_app_whose_module_defines_it() -> None:
    """Quality comes first by name and imports `Visit`; the library would take it for one of quality's."""
    assert vars(quality_tables)["Visit"] is Visit
    async with database.created(database.MEMORY):
        assert Tortoise.apps is not None
        assert set(Tortoise.apps["quality"]) == {"OpinionTally", "VisitCheck"}
        assert set(Tortoise.apps["visits"]) == {"Visit", "VisitStage"}
        found = {model for app in Tortoise.apps.values() for model in app.values()}
        assert found == set(apps.tables())


def test_a_module_that_names_others_tables_adds_none_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "aaa_wells.py").write_text(
        "from tortoise import fields\n"
        "from bot.features.visits.tables import Visit\n"
        "from bot.storage.table import Table\n"
        "from bot.storage.tables.places import Unit\n"
        "class Well(Table):\n"
        "    id = fields.IntField(primary_key=True)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(apps, "_families", dict(apps._families))
    apps.add("aaa", "aaa_wells", "tests.storage")
    assert [one.__name__ for one in apps.tables() if one._meta.app == "aaa"] == ["Well"]
    assert (Unit._meta.app, Visit._meta.app) == ("bot", "visits")
    with pytest.raises(ValueError, match="there are other tables"):
        apps.add("core", "aaa_wells", "tests.storage")


def test_every_moment_is_read_the_short_way() -> None:
    columns = [one for table in apps.tables() for one in table._meta.fields_map.values()]
    moments = [one for one in columns if isinstance(one, fields.DatetimeField)]
    plain = fields.DatetimeField()
    there = datetime(2026, 11, 29, 4, 17, 46, 928055, tzinfo=UTC)
    for written in (f"{there}", "2026-11-29T11:17:46.928055+07:00", "2026-11-29 04:17:46.928055"):
        assert {one.to_python_value(written) for one in moments} == {there} == {plain.to_python_value(written)}
    assert {vars(one).get("to_python_value") for one in moments} == {READ_MOMENT}


def test_opening_keeps_the_context_for_all_tasks() -> None:
    assert "_enable_global_fallback" in inspect.signature(Tortoise.init).parameters


async def test_sqlite_s_connection_is_as_its_door_takes_it(tmp_path: Path) -> None:
    assert set(inspect.signature(aiosqlite.Connection._execute).parameters) == {"self", "fn", "args", "kwargs"}
    async with database.opened(database.file_url(tmp_path / "bot.sqlite3")) as client:
        assert isinstance(client, SharingClient)
        assert isinstance(lock_of(client), asyncio.Lock)
        async with in_transaction("default") as inner:
            assert isinstance(inner, SqliteTransactionWrapper)
            assert inner._finalized is False
            assert lock_of(client).locked()
            assert await in_thread(inner._connection, lambda connection, more: connection.total_changes + more, 7) == 7
        assert not lock_of(client).locked()


async def test_the_client_of_a_task_is_found_the_short_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mechanism: the context and its connections are where `client_of_task` looks."""

    def refused() -> object:
        raise AssertionError("the long way")

    async with database.opened(database.file_url(tmp_path / "bot.sqlite3")) as client:
        assert client_of_task("default") is client
        async with in_transaction("default") as inner:
            assert client_of_task("default") is inner
        with monkeypatch.context() as patched:
            patched.setattr(inside, "require_context", refused)
            assert client_of_task("default") is client
            with pytest.raises(AssertionError, match="the long way"):
                await asyncio.to_thread(client_of_task, "default")  # no loop is running there
        assert await asyncio.to_thread(client_of_task, "default") is client


async def test_transactions_of_either_database_are_made_in_the_one_place_that_is_wrapped(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[TransactionContext] = []
    plain = db._in_transaction

    def noted() -> TransactionContext:
        made.append(plain())
        return made[-1]

    monkeypatch.setattr(db, "_in_transaction", noted)
    async with in_transaction("default"):
        await Unit.all().count()
    assert len(made) == 1
