"""How long one commune waits in a database of the whole country: `python -m benchmarks.country_pages [--keep NAME]`.

Of the receipt, the list of announcements with how far each has come, the roster and the figures of a report of one
commune the 99th percentile is shown, how late the loop came round meanwhile, and what no restless machine makes longer:
the processor time of one and of its longest step, which keeps everybody else waiting. Then the receipt of the
announcement that went to every group. `--keep` names a database that stays, and is used again if it is there.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from time import perf_counter, process_time, thread_time
from unittest.mock import patch

import asyncpg

from benchmarks.country import Country, fill
from benchmarks.tails import percentile
from bot.assembly import families
from bot.features import units
from bot.features.announcements import store
from bot.features.announcements.receipts import standing
from bot.features.announcements.receipts.receipt import receipt
from bot.features.audit import Audit
from bot.features.calendar.periods import period
from bot.features.calendar.vietnam import today
from bot.features.practices import methods, practices, remarks
from bot.features.quality.for_report import QualityOf
from bot.features.quality.opinions import Opinions
from bot.features.reports import Reports
from bot.features.rights import roster
from bot.storage import database

SERVER = os.environ.get("TEST_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
ROUNDS = 100
Work = Callable[[int], Awaitable[object]]
"""Something for the commune of this number."""


async def main(keep: str) -> None:
    families.discover()
    size = Country()
    async with _filled(keep, size) as url, database.opened(url) as client:
        reports = Reports(
            client, Audit(b"k" * 32), lambda code: None, "calendar", practices.for_report, remarks.for_report,
            QualityOf(Opinions(client, "calendar")), methods.for_report,
        )  # fmt: skip

        async def show_receipt(number: int) -> None:
            found = await receipt(number * size.announcements + 1, today(NOW))
            assert found is not None
            assert found.total > 20

        async def show_list(number: int) -> None:
            listed = await store.listed(size.commune(number), limit=10)
            assert len(await standing.of_each([one.id for one in listed])) == size.announcements

        async def show_roster(number: int) -> None:
            inside = [one.id for one in await units.descendants(size.commune(number), today(NOW))]
            assert len(await roster.of_units([size.commune(number), *inside], NOW)) > 20

        async def gather_report(number: int) -> None:
            place = await units.by_id(size.commune(number))
            assert place is not None
            assert len((await reports.gather(place, period("2026-10"), NOW)).villages) > 20

        async def nationwide(number: int) -> None:
            found = await receipt(size.nationwide, today(NOW))
            assert found is not None
            assert found.total == size.groups

        works: dict[str, Work] = {
            "receipt": show_receipt, "list of announcements": show_list, "roster": show_roster, "report": gather_report,
        }  # fmt: skip
        gc.collect()
        gc.freeze()  # as `serve` does
        print("| what | p50 ms | p99 ms | longest stall of the loop, ms | processor, ms | its longest step, ms |")
        print("|---|--:|--:|--:|--:|--:|")
        for name, work in works.items():
            await _measure(name, work, ROUNDS)
        await _measure(f"receipt of {size.groups:,} groups", nationwide, 2)


async def _measure(name: str, work: Work, rounds: int) -> None:
    await work(0)
    taken: list[float] = []
    async with _stalls() as stalls:
        with _steps() as steps:
            used = process_time()
            for number in range(rounds):
                began = perf_counter()
                await work(1 + number * 31 % 3_000)
                taken.append((perf_counter() - began) * 1000)
            used = (process_time() - used) * 1000 / rounds
    figures = percentile(taken, 50), percentile(taken, 99), max(stalls), used, max(steps)
    print(f"| {name} | {' | '.join(f'{one:.0f}' for one in figures)} |", flush=True)


@contextmanager
def _steps() -> Iterator[list[float]]:
    """How many milliseconds of the processor each step of the loop took: nobody else has a turn within one."""
    steps, run = [0.0], asyncio.Handle._run  # noqa: SLF001 - the loop's one door for what is its turn

    def measured(handle: asyncio.Handle) -> None:
        began = thread_time()
        run(handle)
        steps.append((thread_time() - began) * 1000)

    with patch.object(asyncio.Handle, "_run", measured):
        yield steps


@asynccontextmanager
async def _stalls() -> AsyncIterator[list[float]]:
    """How many milliseconds late the loop came round each time."""
    late: list[float] = []

    async def look() -> None:
        while True:
            began = perf_counter()
            await asyncio.sleep(0.001)
            late.append((perf_counter() - began - 0.001) * 1000)

    looking = asyncio.create_task(look())
    try:
        yield late
    finally:
        looking.cancel()


@asynccontextmanager
async def _filled(keep: str, size: Country) -> AsyncIterator[str]:
    name = keep or f"langso_{uuid.uuid4().hex[:12]}"
    url = f"{SERVER.rpartition('/')[0]}/{name}"
    server = await asyncpg.connect(SERVER)
    try:
        if not await server.fetchval("select 1 from pg_database where datname = $1", name):
            await server.execute(f'create database "{name}"')
            await server.execute(f'alter database "{name}" set synchronous_commit = off')
            began = perf_counter()
            await database.migrate(url)
            print(f"migrated in {perf_counter() - began:.1f} s")
            began = perf_counter()
            connection = await asyncpg.connect(url)
            await fill(connection, size)
            await connection.close()
            print(f"filled in {perf_counter() - began:.0f} s")
        await database.migrate(url)
        yield url
    finally:
        if not keep:
            await server.execute(f'drop database if exists "{name}" with (force)')
        await server.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", default="")
    asyncio.run(main(parser.parse_args().keep))
