"""Answers that outlive an event: whoever changes a table changes them, in this process or in another one."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from contextvars import copy_context
from pathlib import Path

import pytest
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.transactions import in_transaction

from bot.storage import database, sql
from bot.storage.event_reads import in_changes, remembered
from bot.storage.group_commit import Answer, Statement
from bot.storage.lite import table_versions
from bot.storage.lite.kept_answers import MOST_ROWS, KeptAnswers
from bot.storage.lite.read_lanes import ReadLanes
from bot.storage.lite.table_versions import TableVersions
from bot.storage.sql import Sql, in_memory
from bot.storage.sqlite import SharingClient
from bot.storage.unit_of_work import UnitOfWork

NAMES = "select name from place order by name"
OTHERS = "select name from other order by name"


@pytest.fixture
async def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SharingClient]:
    monkeypatch.setattr(table_versions, "FRESH", 60)  # on a busy machine an event may begin late
    with closing(sqlite3.connect(tmp_path / "bot.sqlite3")) as made:
        made.executescript(
            "create table place (name text); create table other (name text);"
            "create table noted (name text); insert into place values ('một')"
        )
    async with database.opened(f"sqlite://{tmp_path}/bot.sqlite3") as client:
        assert isinstance(client, SharingClient)
        yield client


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the questions that went to the file."""
    questions: list[str] = []
    one = ReadLanes.one

    async def noted(lanes: ReadLanes, text: str, values: Sequence[object] | None) -> Answer:
        questions.append(text)
        return await one(lanes, text, values)

    monkeypatch.setattr(ReadLanes, "one", noted)
    return questions


async def comes(db: SharingClient) -> None:
    """Note an event, as every event is before it is handled."""
    await db.execute_query("insert into noted values ('e')")


async def event(db: SharingClient, text: str = NAMES) -> list[str]:
    await comes(db)
    with remembered():
        return [str(row["name"]) for row in await db.execute_query_dict(text)]


async def test_the_next_event_asks_nothing_that_nobody_has_changed(db: SharingClient, asked: list[str]) -> None:
    assert [await event(db) for _ in range(3)] == [["một"]] * 3
    assert asked == [NAMES]


async def test_what_is_known_is_handed_over_without_a_question_until_it_is_written(
    db: SharingClient, asked: list[str]
) -> None:
    """Mechanism: the short way to a kept answer, as families ask."""
    found: list[list[str]] = []
    for _ in range(2):
        await comes(db)
        with remembered():
            found.append([str(row["name"]) for row in await sql.asked(NAMES)])
    await db.execute_query("insert into place values ('hai')")
    with remembered():
        found += [[str(row["name"]) for row in await sql.asked(NAMES)] for _ in range(2)]
        with in_changes():
            await db.execute_query("insert into place values ('ba')")
            found.append([str(row["name"]) for row in await sql.asked(NAMES)])
    assert found == [["một"], ["một"], ["hai", "một"], ["hai", "một"], ["ba", "hai", "một"]]
    assert asked == [NAMES] * 3


async def test_what_is_written_to_the_table_is_seen_and_another_table_is_not_asked_again(
    db: SharingClient, asked: list[str]
) -> None:
    await event(db)
    await event(db, OTHERS)
    await db.execute_query("insert into place values ('hai')")
    assert await event(db) == ["hai", "một"]
    assert await event(db, OTHERS) == []
    assert asked == [NAMES, OTHERS, NAMES]


async def test_a_transaction_is_seen_once_it_is_committed(db: SharingClient) -> None:
    """Mechanism: what a transaction has written is counted again with its end."""
    await event(db)
    async with in_transaction("default") as own:
        await own.execute_query("insert into place values ('hai')")
        with remembered():
            assert len(await db.execute_query_dict(NAMES)) == 1
    assert await event(db) == ["hai", "một"]


@pytest.mark.parametrize("asks", [False, True])
async def test_a_unit_of_work_is_seen_once_it_is_committed(db: SharingClient, asks: bool) -> None:
    await event(db)
    work = UnitOfWork(db, Statement("update other set name = '' where name = ? returning name", ["?"]))
    with in_changes():
        async with work.open():
            await Sql(db).write("insert into place values ('hai')")
            if asks:
                await work.execute_query_dict(NAMES)
                with remembered():
                    assert len(await db.execute_query_dict(NAMES)) == 1
            work.end_with(Statement("insert into place values ('ba')"))
    assert await event(db) == ["ba", "hai", "một"]


async def test_what_another_process_has_committed_before_an_event_is_seen(db: SharingClient, tmp_path: Path) -> None:
    """Mechanism: the visit that notes the event looks whether the file was changed over another connection."""
    await event(db)
    with closing(sqlite3.connect(tmp_path / "bot.sqlite3")) as other, other:
        other.execute("insert into place values ('hai')")
    assert await event(db) == ["hai", "một"]


async def test_nothing_is_taken_from_memory_when_the_last_look_is_long_ago(
    db: SharingClient, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await event(db)
    monkeypatch.setattr(table_versions, "FRESH", 0.0)
    await event(db)
    assert asked == [NAMES, NAMES]


async def test_who_asks_outside_of_an_event_asks_the_file(db: SharingClient, asked: list[str]) -> None:
    await event(db)
    await db.execute_query_dict(NAMES)
    assert asked == [NAMES, NAMES]


async def test_a_function_that_may_do_anything_counts_for_every_table(db: SharingClient) -> None:
    await event(db)
    await db.in_connection(lambda connection: connection.execute("insert into place values ('hai')") and None)
    assert await event(db) == ["hai", "một"]


async def test_a_script_and_many_rows_are_seen(db: SharingClient) -> None:
    await event(db)
    await db.execute_many("insert into place values (?)", [["hai"], ["ba"]])
    assert await event(db) == ["ba", "hai", "một"]
    await db.execute_script("begin; insert into place values ('tư'); commit")
    assert await event(db) == ["ba", "hai", "một", "tư"]


async def test_what_was_asked_while_it_was_being_written_is_asked_again(db: SharingClient) -> None:
    """Mechanism: a write is counted by the thread when it is done, also when nobody waits for it."""
    await event(db)
    goes_on, under_way = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(connection: sqlite3.Connection) -> None:
        loop.call_soon_threadsafe(under_way.set)
        goes_on.wait(10)
        connection.execute("insert into place values ('hai')")

    writing = asyncio.create_task(db.in_connection(slow))
    await under_way.wait()
    with remembered():
        assert len(await db.execute_query_dict(NAMES)) == 1
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    goes_on.set()
    assert await event(db) == ["hai", "một"]


async def test_a_connection_that_is_opened_again_is_counted_too(db: SharingClient) -> None:
    await event(db)
    await SqliteClient.close(db)
    await db.create_connection(with_db=True)
    await event(db)
    await db.execute_query("insert into place values ('hai')")
    assert await event(db) == ["hai", "một"]


async def test_what_is_another_thing_each_time_is_not_kept(db: SharingClient, asked: list[str]) -> None:
    text = "select random() as name from place"
    for _ in range(2):
        await event(db, text)
    assert asked == [text, text]


async def test_after_a_row_was_deleted_nothing_of_before_is_in_memory(db: SharingClient) -> None:
    """A person who is erased is in no answer that nobody asks for any more."""
    await event(db)
    await event(db, OTHERS)
    await db.execute_query("delete from place")
    await event(db, OTHERS)
    assert [text for text, _ in db.kept.questions] == [OTHERS]


async def test_a_kept_answer_is_handed_over_at_once_and_to_no_task_that_outlives_its_event(db: SharingClient) -> None:
    await event(db)
    await event(db)
    with remembered():
        assert db.known(NAMES, ()) == [{"name": "một"}]
        lives_on = copy_context()
    assert lives_on.run(db.known, NAMES, ()) is None
    await db.execute_query("insert into place values ('hai')")
    with remembered():
        assert db.known(NAMES, ()) is None


def test_answers_are_kept_up_to_so_many_rows() -> None:
    kept = KeptAnswers(TableVersions())
    with closing(sqlite3.connect(":memory:")) as memory:
        rows: list[sqlite3.Row] = [memory.execute("select 1").fetchone()] * 1_000
    for number in range(MOST_ROWS // 1_000 + 3):
        kept.keep((f"{number}", ()), 1, Answer(rows, 0, None))
    assert [text for text, _ in kept.questions] == [f"{number}" for number in range(3, MOST_ROWS // 1_000 + 3)]
    kept.keep(("long", ()), 1, Answer(rows * 3, 0, None))
    assert kept.find(("long", ()), 1) is None


class Made(list[str]):
    """Something that is made of the rows of a table."""


async def test_what_is_made_of_a_table_is_made_anew_when_that_has_changed(db: SharingClient) -> None:
    await comes(db)
    first = in_memory(Made, ["place"])
    assert first is not None
    await comes(db)
    assert in_memory(Made, ["place"]) is first
    await db.execute_query("insert into place values ('hai')")
    await comes(db)
    assert in_memory(Made, ["place"]) is not first
    async with in_transaction("default"):
        assert in_memory(Made, ["place"]) is None
