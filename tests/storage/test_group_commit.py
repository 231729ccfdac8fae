"""Statements that wait for SQLite together: one visit and one commit, and nobody pays for a neighbour's fault."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path

import aiosqlite
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.transactions import in_transaction

from bot.storage import database


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[BaseDBAsyncClient]:
    async with database.opened(f"sqlite://{tmp_path}/bot.sqlite3") as client:
        await client.execute_script(
            "create table a (id integer primary key, name text unique);"
            "create table b (a_id integer references a (id) deferrable initially deferred)"
        )
        yield client


async def names(db: BaseDBAsyncClient) -> list[str]:
    return [row["name"] for row in await db.execute_query_dict("select name from a order by id")]


def inserted(db: BaseDBAsyncClient, name: str) -> Awaitable[tuple[int, object]]:
    return db.execute_query("insert into a (name) values (?) returning id", [name])


async def test_statements_that_wait_together_are_one_visit(db: BaseDBAsyncClient, visits: list[str]) -> None:
    """Mechanism: what waits goes into one transaction in the driver's thread."""
    await asyncio.gather(*[inserted(db, f"{n}") for n in range(20)])
    assert visits == ["_together"]
    assert await names(db) == [f"{n}" for n in range(20)]


async def test_each_is_told_what_it_asked(db: BaseDBAsyncClient) -> None:
    first, second = await asyncio.gather(
        db.execute_insert("insert into a (name) values (?)", ["một"]),
        db.execute_query("update a set name = 'hai' where name = ?", ["một"]),
    )
    assert (first, second[0]) == (1, 1)
    changed, rows = await db.execute_query("select name from a")
    assert (changed, [dict(row) for row in rows]) == (1, [{"name": "hai"}])


async def test_a_statement_that_fails_fails_alone(db: BaseDBAsyncClient) -> None:
    outcomes = await asyncio.gather(
        inserted(db, "một"),
        inserted(db, "một"),
        db.execute_query("no such words"),
        db.execute_query("insert into nowhere values (1)"),
        inserted(db, "hai"),
        return_exceptions=True,
    )
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [tuple, IntegrityError, OperationalError, OperationalError, tuple]
    assert await names(db) == ["một", "hai"]


async def test_nobody_is_told_of_success_when_the_commit_fails(db: BaseDBAsyncClient) -> None:
    """Mechanism: outcomes are told after the commit."""
    outcomes = await asyncio.gather(
        inserted(db, "một"), db.execute_query("insert into b (a_id) values (77)"), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [IntegrityError, IntegrityError]
    assert await names(db) == []
    await inserted(db, "hai")
    assert await names(db) == ["hai"]


async def test_what_only_reads_is_answered_while_another_process_writes(db: BaseDBAsyncClient, tmp_path: Path) -> None:
    await db.execute_query("pragma busy_timeout = 0")
    other = sqlite3.connect(tmp_path / "bot.sqlite3", isolation_level=None)
    try:
        other.execute("begin immediate")
        read, *written = await asyncio.gather(
            names(db), inserted(db, "một"), inserted(db, "hai"), return_exceptions=True
        )
        other.execute("rollback")
    finally:
        other.close()
    assert read == []
    assert [type(outcome) for outcome in written] == [OperationalError, OperationalError]
    await inserted(db, "ba")
    assert await names(db) == ["ba"]


async def test_a_pragma_among_others_works(db: BaseDBAsyncClient) -> None:
    """In a transaction it would do nothing, and not say so."""
    await asyncio.gather(inserted(db, "một"), db.execute_query("pragma foreign_keys = off"), inserted(db, "hai"))
    assert await db.execute_query_dict("pragma foreign_keys") == [{"foreign_keys": 0}]
    assert await names(db) == ["một", "hai"]


async def test_a_transaction_is_not_mixed_with_what_waits(db: BaseDBAsyncClient) -> None:
    """Mechanism: both take the connection's lock."""
    began = asyncio.Event()

    async def rolled_back() -> None:
        async with in_transaction("default") as own:
            await own.execute_query("insert into a (name) values ('mất')")
            began.set()
            await asyncio.sleep(0)
            raise RuntimeError

    async def beside() -> None:
        await began.wait()
        await inserted(db, "còn")

    outcome, _ = await asyncio.gather(rolled_back(), beside(), return_exceptions=True)
    assert isinstance(outcome, RuntimeError)
    assert await names(db) == ["còn"]


async def test_who_gave_up_before_the_turn_writes_nothing(db: BaseDBAsyncClient) -> None:
    async with in_transaction("default"):
        task = asyncio.ensure_future(inserted(db, "một"))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await names(db) == []


async def test_a_connection_that_cannot_be_had_is_said_to_all_who_wait(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> object:
        raise OSError("unable to open database file")

    with monkeypatch.context() as patched:
        patched.setattr(db, "acquire_connection", none)
        outcomes = await asyncio.gather(inserted(db, "một"), inserted(db, "hai"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError, OSError]
    assert await names(db) == []


async def test_a_driver_that_fails_is_said_to_all_who_wait(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def closed(*parts: object) -> object:
        raise ValueError("Connection closed")

    with monkeypatch.context() as patched:
        patched.setattr(aiosqlite.Connection, "_execute", closed)
        outcomes = await asyncio.gather(inserted(db, "một"), inserted(db, "hai"), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ValueError, ValueError]
    await inserted(db, "ba")
    assert await names(db) == ["ba"]
