"""Questions to a SQLite file have connections of their own: they wait for no change, and quick ones for no long one."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from bot.storage import database
from bot.storage.event_reads import is_read

LONG = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000) select max(i) as most from n"
QUICK = "select name from a order by id"


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[BaseDBAsyncClient]:
    async with database.opened(f"sqlite://{tmp_path}/bot.sqlite3") as client:
        await client.execute_script("create table a (id integer primary key, name text unique)")
        yield client


async def names(db: BaseDBAsyncClient) -> list[str]:
    return [row["name"] for row in await db.execute_query_dict(QUICK)]


async def test_a_question_sees_every_change_made_before_it(db: BaseDBAsyncClient) -> None:
    for number in range(20):
        await db.execute_query("insert into a (name) values (?)", [f"{number:02}"])
        assert len(await names(db)) == number + 1


async def test_a_question_waits_for_no_transaction_and_sees_nothing_of_it(db: BaseDBAsyncClient) -> None:
    async def beside() -> list[str]:
        return await names(db)

    outside = asyncio.get_running_loop().create_task
    context_free = asyncio.Event()
    asked: list[list[str]] = []

    async def asks() -> None:
        await context_free.wait()
        asked.append(await beside())

    task = outside(asks())
    async with in_transaction("default") as own:
        await own.execute_query("insert into a (name) values ('chưa xong')")
        context_free.set()
        await task
    assert asked == [[]]
    assert await names(db) == ["chưa xong"]


async def test_quick_questions_overtake_a_long_one_that_is_asked_for_the_first_time(db: BaseDBAsyncClient) -> None:
    order: list[str] = []

    async def ask(text: str) -> None:
        await db.execute_query_dict(text)
        order.append(text)

    await asyncio.gather(ask(LONG), ask(QUICK), ask(QUICK))
    assert order == [QUICK, QUICK, LONG]


async def test_a_question_known_to_be_long_has_another_connection(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await db.execute_query_dict(LONG) == [{"most": 1_000_000}]
    monkeypatch.setattr("bot.storage.lite.read_lanes._Queue._overtake", lambda queue: None)
    order: list[str] = []

    async def ask(text: str) -> None:
        await db.execute_query_dict(text)
        order.append(text)

    await asyncio.gather(ask(LONG), ask(QUICK))
    assert order == [QUICK, LONG]


async def test_a_question_that_fails_fails_alone(db: BaseDBAsyncClient) -> None:
    wrong, right = await asyncio.gather(
        db.execute_query("select nothing from nowhere"), names(db), return_exceptions=True
    )
    assert (type(wrong), right) == (OperationalError, [])


async def test_who_gave_up_is_not_answered_and_keeps_nobody_waiting(db: BaseDBAsyncClient) -> None:
    first = asyncio.ensure_future(names(db))
    await asyncio.sleep(0)
    first.cancel()
    assert await names(db) == []
    assert first.cancelled() or await asyncio.gather(first, return_exceptions=True)


async def test_a_connection_that_cannot_be_opened_is_told_and_tried_again(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*parts: object, **options: object) -> object:
        raise sqlite3.OperationalError("unable to open database file")

    with monkeypatch.context() as patched:
        patched.setattr(aiosqlite, "connect", none)
        with pytest.raises(OperationalError):
            await names(db)
    assert await names(db) == []


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("select 1", True),
        ("\n with a as (select 1) select * from a", True),
        ("with v(n) as (values (1)) update outbox set state = 'sent' from v", False),
        ("with turn as materialized (select 1) insert into inbox select * from turn", False),
        ("select id from people for update", False),
        ("insert into a values (1)", False),
        ("pragma foreign_keys", False),
        ("vacuum", False),
    ],
)
def test_what_changes_something_is_no_question(text: str, reads: bool) -> None:
    assert is_read(text) is reads
