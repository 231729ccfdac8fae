"""Without a broker one process is at work on a PostgreSQL: the next one waits, and gets to work when the first ends."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from bot.framework import standby
from bot.framework.installation import AlreadyRunning
from tests.postgres import SERVER, run_on_postgres

pytestmark = pytest.mark.parametrize("database_kind", [pytest.param("postgres", marks=pytest.mark.postgres)])


class _Process:
    def __init__(self, url: str) -> None:
        self.at_work, self.ends = asyncio.Event(), asyncio.Event()
        self.task = asyncio.create_task(self._run(url))

    async def _run(self, url: str) -> None:
        async with standby.at_work_alone(url):
            self.at_work.set()
            await self.ends.wait()


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standby, "LOOK", 0.01)


async def test_the_second_waits_for_the_end_of_the_first(database_url: str) -> None:
    first = _Process(database_url)
    await first.at_work.wait()
    second = _Process(database_url)
    third = _Process(database_url)
    await _waiting(database_url, 2)
    assert not second.at_work.is_set()
    first.ends.set()
    await first.task
    waiters = [asyncio.create_task(one.at_work.wait()) for one in (second, third)]
    await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
    assert [second.at_work.is_set(), third.at_work.is_set()].count(True) == 1
    second.ends.set()
    third.ends.set()
    await asyncio.gather(second.task, third.task)


async def test_who_lost_the_lock_to_another_one_stops_and_who_did_not_goes_on(database_url: str) -> None:
    alone = _Process(database_url)
    await alone.at_work.wait()
    await _cut(database_url)
    await asyncio.wait([alone.task], timeout=0.2)
    assert not alone.task.done(), "it had the lock again, nobody else wanted it"
    second = _Process(database_url)
    await _waiting(database_url, 1)
    assert not second.at_work.is_set()
    await _cut(database_url)
    with pytest.raises(AlreadyRunning):
        await alone.task
    await second.at_work.wait()
    second.ends.set()
    await second.task


async def _waiting(url: str, count: int) -> None:
    """Return when so many processes wait for the lock."""
    asks = (
        "select count(*) from pg_locks l join pg_database d on d.oid = l.database where l.locktype = 'advisory'"
        f" and not l.granted and l.objid = {standby.LOCK} and d.datname = '{url.rpartition('/')[2]}'"
    )
    connection = await asyncpg.connect(SERVER)
    try:
        while await connection.fetchval(asks) < count:  # its own visit is the pause
            continue
    finally:
        await connection.close()


async def _cut(url: str) -> None:
    """End the connection that has the lock, as a failing server or a firewall does."""
    await run_on_postgres(
        "select pg_terminate_backend(l.pid) from pg_locks l join pg_database d on d.oid = l.database"
        f" where l.locktype = 'advisory' and l.granted and l.objid = {standby.LOCK}"
        f" and d.datname = '{url.rpartition('/')[2]}'"
    )
