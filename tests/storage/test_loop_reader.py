"""Quick questions to a SQLite file need no thread, and the loop stands still for none of them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.exceptions import OperationalError

from bot.core.machine import clock
from bot.storage import database
from bot.storage.lite.loop_reader import LONGEST, QUICK, TURN, LoopReader

LONG = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000) select max(i) as most from n"
NAMES = "select name from a order by id"


class Ticking:
    """A clock on which each look takes `step` seconds."""

    def __init__(self, step: float) -> None:
        self.step = step
        self._now = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 29, tzinfo=UTC)

    def elapsed(self) -> float:
        self._now += self.step
        return self._now

    def spent(self) -> float:
        return self._now


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[BaseDBAsyncClient]:
    async with database.opened(f"sqlite://{tmp_path}/bot.sqlite3") as client:
        await client.execute_script("create table a (id integer primary key, name text unique)")
        yield client


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "other.sqlite3")
    connection = sqlite3.connect(path)
    connection.execute("create table a (id integer primary key, name text unique)")
    connection.close()
    return path


def known(path: str, *texts: str) -> LoopReader:
    reader = LoopReader(path)
    for text in texts * 2:
        reader.was_answered(text, QUICK / 2)
    return reader


async def test_a_question_that_was_quick_twice_needs_no_thread_and_sees_every_change(
    db: BaseDBAsyncClient, visits: list[str]
) -> None:
    with clock.using(Ticking(1e-6)):
        for _ in range(2):
            await db.execute_query_dict(NAMES)
        for number in range(5):
            await db.execute_query("insert into a (name) values (?)", [f"{number}"])
            before = len(visits)
            assert len(await db.execute_query_dict(NAMES)) == number + 1
            assert len(visits) == before


async def test_what_is_not_known_to_be_quick_is_asked_over_a_thread(path: str) -> None:
    reader = LoopReader(path)
    with clock.using(Ticking(1e-6)):
        assert reader.answer(NAMES, []) is None
        reader.was_answered(NAMES, QUICK / 2)
        assert reader.answer(NAMES, []) is None
        reader.was_answered(NAMES, QUICK / 2)
        assert reader.answer(NAMES, []) is not None
        reader.was_answered(NAMES, QUICK * 2)
        assert reader.answer(NAMES, []) is None
    reader.close()


async def test_a_question_that_turns_out_to_be_long_is_broken_off_and_answered_over_a_thread(
    db: BaseDBAsyncClient, visits: list[str]
) -> None:
    with clock.using(Ticking(1e-6)):
        await db.execute_query_dict(f"{NAMES} limit 1")  # the connection of the lanes is open
        for _ in range(2):
            assert await db.execute_query_dict(LONG) == [{"most": 100_000}]
    before = len(visits)
    with clock.using(Ticking(LONGEST / 10)):  # ten looks at the time are more than one may take
        assert await db.execute_query_dict(LONG) == [{"most": 100_000}]
    assert visits[before:] == ["_answered"]


async def test_who_asks_one_question_after_the_other_gives_way(path: str) -> None:
    reader = known(path, NAMES)
    with clock.using(Ticking(TURN / 10)):
        asked = 0
        while reader.answer(NAMES, []) is not None:
            asked += 1
        assert 0 < asked < 20
        await asyncio.sleep(0)
        assert reader.answer(NAMES, []) is not None
    reader.close()


async def test_a_question_that_had_to_wait_for_the_disk_is_asked_over_a_thread_next_time(path: str) -> None:
    reader = known(path, NAMES)
    with clock.using(Ticking(LONGEST * 2)):
        assert reader.answer(NAMES, []) is not None
        await asyncio.sleep(0)
        assert reader.answer(NAMES, []) is None
    reader.close()


async def test_it_only_reads(path: str) -> None:
    insert = "insert into a (name) values ('x') returning id"
    reader = known(path, insert, NAMES)
    with clock.using(Ticking(1e-6)):
        assert reader.answer(insert, []) is None
        found = reader.answer(NAMES, [])
    assert found is not None
    assert found.rows == []
    reader.close()


async def test_a_question_that_fails_is_told_by_the_thread(db: BaseDBAsyncClient) -> None:
    for _ in range(5):
        with pytest.raises(OperationalError, match="no such table"):
            await db.execute_query_dict("select name from nowhere")
