"""A unit of work: nothing of it happens before its end or its first question, and then all of it or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from bot.core.sessions import VersionConflict
from bot.storage import database
from bot.storage.group_commit import NotFound, Statement
from bot.storage.sql import Sql, current, must_find
from bot.storage.sqlite import SharingClient
from bot.storage.unit_of_work import UnitOfWork

BUMP = "update doc set version = version + 1 where version = ? returning version"
NOTE = "insert into note (text) values (?)"


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[SharingClient]:
    async with database.opened(f"sqlite://{tmp_path}/bot.sqlite3") as client:
        await client.execute_script(
            "create table doc (version integer); insert into doc values (1);"
            "create table note (id integer primary key, text text unique)"
        )
        assert isinstance(client, SharingClient)
        yield client


def unit(db: SharingClient, version: int = 1) -> UnitOfWork:
    return UnitOfWork(db, Statement(BUMP, [version], finds=True))


async def notes(db: SharingClient) -> list[str]:
    return [row["text"] for row in await db.execute_query_dict("select text from note order by id")]


async def version(db: SharingClient) -> int:
    return int((await db.execute_query_dict("select version from doc"))[0]["version"])


async def test_what_is_only_written_is_one_visit(db: SharingClient, visits: list[str]) -> None:
    sql, work = Sql(db), unit(db)
    async with work.open():
        await sql.write(NOTE, ["một"])
        await sql.write(NOTE, ["hai"])
        work.end_with(Statement(BUMP, [1], finds=True))
        assert visits == []
    assert visits == ["_together"]
    assert (await notes(db), await version(db)) == (["một", "hai"], 2)


RENAME = "update note set text = ? where text = ? returning id"


async def test_what_must_find_a_row_waits_for_the_end_too(db: SharingClient, visits: list[str]) -> None:
    await db.execute_query(NOTE, ["một"])
    work = unit(db)
    visits.clear()
    async with work.open():
        await must_find(RENAME, ["hai", "một"])
        work.end_with(Statement(BUMP, [1], finds=True))
    assert visits == ["_together"]
    assert (await notes(db), await version(db)) == (["hai"], 2)


@pytest.mark.parametrize("begun", [False, True], ids=["waits", "begun"])
async def test_without_the_row_that_must_be_there_nothing_is_done(db: SharingClient, begun: bool) -> None:
    async def renamed() -> None:
        work = unit(db)
        async with work.open():
            if begun:
                await work.begin()
            await Sql(db).write(NOTE, ["ba"])
            await must_find(RENAME, ["hai", "một"])
            work.end_with(Statement(BUMP, [1], finds=True))

    with pytest.raises(VersionConflict if begun else NotFound):
        await renamed()
    assert (await notes(db), await version(db)) == ([], 1)


async def test_a_question_finds_what_was_written_before_it(db: SharingClient) -> None:
    """Mechanism: the first question begins the transaction with the claim and all that waited."""
    sql, work = Sql(db), unit(db)
    async with work.open():
        await sql.write(NOTE, ["một"])
        assert [row["text"] for row in await current().execute_query_dict("select text from note")] == ["một"]
        assert work.begun
        await sql.write(NOTE, ["hai"])
    assert (await notes(db), await version(db)) == (["một", "hai"], 2)


async def test_the_first_question_begins_the_transaction_in_the_same_visit(
    db: SharingClient, visits: list[str]
) -> None:
    async with unit(db).open():
        found = await current().execute_query_dict("select version from doc")
        assert visits == ["_begin"]
        assert found == [{"version": 2}]  # behind the claim
        assert await current().execute_query_dict("select version from doc") == found
    assert visits == ["_begin", "_execute_fetchall", "_commit"]


async def test_the_first_row_that_is_written_with_an_answer_begins_it_too(db: SharingClient, visits: list[str]) -> None:
    async with unit(db).open():
        assert await current().execute_insert(NOTE, ["một"]) == 1
        assert visits == ["_begin"]
        assert await current().execute_insert(NOTE, ["hai"]) == 2
    async with unit(db, 2).open():
        assert (await current().execute_query("update note set text = 'ba' where id > 1"))[0] == 1
    assert (await notes(db), await version(db)) == (["một", "ba"], 3)


async def test_whoever_lives_with_a_failed_first_statement_begins_anew(db: SharingClient) -> None:
    sql = Sql(db)
    await sql.write(NOTE, ["một"])
    async with unit(db).open():
        await sql.write(NOTE, ["hai"])
        with pytest.raises(IntegrityError):
            await current().execute_insert(NOTE, ["một"])
        await current().execute_insert(NOTE, ["ba"])
    assert (await notes(db), await version(db)) == (["một", "hai", "ba"], 2)


@pytest.mark.parametrize("asks", [False, True])
async def test_an_exception_undoes_everything(db: SharingClient, asks: bool) -> None:
    sql = Sql(db)

    async def fails() -> None:
        async with unit(db).open():
            await sql.write(NOTE, ["một"])
            if asks:
                await current().execute_query_dict("select 1 as one")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()
    assert (await notes(db), await version(db)) == ([], 1)
    await sql.write(NOTE, ["hai"])
    assert await notes(db) == ["hai"]


@pytest.mark.parametrize("asks", [False, True])
async def test_whoever_is_too_late_changes_nothing(db: SharingClient, asks: bool) -> None:
    """Mechanism: the claim, or what ends the unit, must find its row."""
    sql, work = Sql(db), unit(db, version=7)

    async def late() -> None:
        async with work.open():
            await sql.write(NOTE, ["một"])
            if asks:
                await current().execute_query_dict("select 1 as one")
            work.end_with(Statement(BUMP, [7], finds=True))

    with pytest.raises(NotFound):
        await late()
    assert (await notes(db), await version(db)) == ([], 1)
    assert await asyncio.wait_for(notes(db), 5) == []


async def test_a_unit_that_fails_takes_no_neighbour_along(db: SharingClient) -> None:
    """Mechanism: a unit is a savepoint in the shared commit."""
    sql = Sql(db)

    async def twice() -> None:
        work = unit(db)
        async with work.open():
            await sql.write(NOTE, ["một"])
            await sql.write(NOTE, ["một"])
            work.end_with(Statement(BUMP, [1], finds=True))

    async def once() -> None:
        await sql.write(NOTE, ["hai"])

    outcome, _, _ = await asyncio.gather(twice(), once(), asyncio.sleep(0), return_exceptions=True)
    assert isinstance(outcome, IntegrityError)
    assert (await notes(db), await version(db)) == (["hai"], 1)


async def test_a_unit_that_ends_without_a_last_word_is_claimed_all_the_same(db: SharingClient) -> None:
    with pytest.raises(NotFound):
        async with unit(db, version=7).open():
            pass
    async with unit(db).open():
        pass
    assert await version(db) == 2


async def test_a_savepoint_inside_begins_the_unit(db: SharingClient) -> None:
    sql = Sql(db)

    async def fails() -> None:
        async with in_transaction("default"):
            await sql.write(NOTE, ["hai"])
            raise RuntimeError

    async with unit(db).open():
        await sql.write(NOTE, ["một"])
        with pytest.raises(RuntimeError):
            await fails()
    assert (await notes(db), await version(db)) == (["một"], 2)


async def test_who_is_cancelled_while_it_begins_gives_the_connection_back(db: SharingClient) -> None:
    """Mechanism: a begin that fails rolls back and releases the connection."""

    async def ask() -> None:
        async with unit(db).open():
            await current().execute_query_dict("select 1 as one")

    for steps in range(6):
        task = asyncio.ensure_future(ask())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert await asyncio.wait_for(notes(db), 5) == []
