"""A stranger with the database file finds nothing of what was deleted, in free room or in the log beside it."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.storage import database
from bot.storage.lite import free_room
from bot.storage.scrub import COPIES_KEPT, remove_old_copies, scrub

MARK = b"zqcanary"
DAY = 24 * 3600


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[tuple[BaseDBAsyncClient, Path]]:
    path = tmp_path / "bot.sqlite3"
    async with database.opened(database.file_url(path)) as db:
        yield db, path


async def _filled(db: BaseDBAsyncClient) -> None:
    """Rows that come, change and go among others: dividing pages leaves copies behind that no delete reaches."""
    chance = random.Random(1)  # noqa: S311 - plausible, not secret
    await db.execute_script("create table t (id integer primary key, chat text, body text); create index i on t (chat)")
    statements = []
    for number in range(20_000):
        chat = f"{MARK.decode() if number % 7 == 0 else 'c'}{chance.randrange(10**12)}"
        statements.append(f"insert into t values ({number}, '{chat}', '{'x' * chance.randrange(10, 900)}')")
        if chance.random() < 0.3:
            body = "y" * chance.randrange(10, 900)
            statements.append(f"update t set body = '{body}' where id = {chance.randrange(number + 1)}")
        if chance.random() < 0.2:
            statements.append(f"delete from t where id = {chance.randrange(number + 1)}")
    await db.execute_script(";".join(["begin", *statements, "commit"]))
    await db.execute_query(f"delete from t where chat like '{MARK.decode()}%'")


async def _all(db: BaseDBAsyncClient) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in await db.execute_query_dict("select * from t order by id")]


async def _more(db: BaseDBAsyncClient) -> None:
    """Rows that take the room that became free."""
    await db.execute_script(
        "begin; update t set body = body || body where id % 3 = 0; delete from t where id % 5 = 0;"
        " insert into t select id + 100000, chat, body from t where id % 2 = 0; commit"
    )


@pytest.mark.parametrize("whole_file", [False, True])
async def test_what_was_deleted_is_in_no_byte_of_the_files(
    file: tuple[BaseDBAsyncClient, Path], monkeypatch: pytest.MonkeyPatch, whole_file: bool
) -> None:
    """Where SQLite does not show its pages the whole file is written anew, and everybody waits for that."""
    db, path = file
    await _filled(db)
    await db.execute_query_dict("pragma wal_checkpoint(truncate)")
    assert MARK in path.read_bytes(), "overwriting what is deleted is not enough, or this test says nothing"
    kept = await _all(db)
    with monkeypatch.context() as patched:
        if whole_file:
            patched.setattr(free_room, "can_be_overwritten", lambda connection: False)
        assert await scrub(db)
    assert MARK not in path.read_bytes()
    assert path.with_name("bot.sqlite3-wal").stat().st_size == 0
    assert await db.execute_query_dict("pragma integrity_check") == [{"integrity_check": "ok"}]
    assert await _all(db) == kept
    await _more(db)
    assert await db.execute_query_dict("pragma integrity_check") == [{"integrity_check": "ok"}]


async def test_while_somebody_else_reads_it_is_not_done_yet(file: tuple[BaseDBAsyncClient, Path]) -> None:
    db, path = file
    await db.execute_query("pragma busy_timeout = 1")
    await db.execute_script(f"create table t (body text); insert into t values ('{MARK.decode()}')")
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("begin")
        reader.execute("select * from t").fetchall()
        await db.execute_query("delete from t")
        assert not await scrub(db)
        reader.execute("rollback")
    assert await scrub(db)
    assert MARK not in path.read_bytes() + path.with_name("bot.sqlite3-wal").read_bytes()


async def test_everybody_is_answered_while_it_goes_on(file: tuple[BaseDBAsyncClient, Path]) -> None:
    db, _ = file
    await _filled(db)
    await db.execute_script("create table n (at integer)")
    task = asyncio.create_task(scrub(db))
    written = 0
    while not task.done():
        await db.execute_query("insert into n values (?)", [written])
        written += 1
    assert await task
    assert written > 5
    assert len(await db.execute_query_dict("select at from n")) == written
    assert await db.execute_query_dict("pragma integrity_check") == [{"integrity_check": "ok"}]


async def test_it_can_be_done_on_each_database_as_it_is_opened(db: BaseDBAsyncClient) -> None:
    assert await scrub(db)


async def test_copies_from_before_an_old_migration_go(tmp_path: Path) -> None:
    path, now = tmp_path / "bot.sqlite3", (tmp_path / "now")
    now.touch()
    for name, days in (("bot.sqlite3.before-1", COPIES_KEPT + 1), ("bot.sqlite3.before-2", 1), ("bot.sqlite3", 99)):
        (tmp_path / name).touch()
        past = now.stat().st_mtime - days * DAY
        os.utime(tmp_path / name, (past, past))
    await remove_old_copies(path)
    assert sorted(one.name for one in tmp_path.glob("bot*")) == ["bot.sqlite3", "bot.sqlite3.before-2"]
