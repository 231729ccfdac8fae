"""The plans of all that conversations ask, with a database as large as the country: none reads a large table whole.

The statements are not a list kept by hand: people of every role say every command and press every kind of button that
is shown to them, and what goes through the connections is what is explained.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator, Sequence

import asyncpg
import pytest

from benchmarks.country import Country, fill
from bot.features import units
from bot.features.announcements.receipts import standing
from bot.features.announcements.receipts.receipt import receipt
from bot.features.audit import Audit
from bot.features.calendar.periods import period
from bot.features.reports import Reports
from tests.country_walk import Recorder, Walker, country_opened, people_of, world_on
from tests.features.village import KEY, NOW
from tests.postgres import begin, run_on_postgres, url_of

pytestmark = pytest.mark.postgres
SIZE = Country(communes=332, groups=9_000, people=50_000)
"""A tenth: the planner decides as for the whole. `TEST_COUNTRY` names a database that is there, of the whole size."""
_EVERYWHERE = ("select id from sessions where",)
"""A person who reads or erases all that is kept of them: their words may stand in anybody's conversation."""
LARGE = 5_000
"""Rows of a table that nobody may read whole."""
MOST_OF_A_PAGE = 25
MOST_STATEMENTS = 400
"""For one event: more is a loop over the communes."""


@pytest.fixture(scope="module")
def filled() -> Iterator[str]:
    name = f"langso_{uuid.uuid4().hex[:12]}"

    async def made() -> None:
        await run_on_postgres(f'create database "{name}"')
        await run_on_postgres(f'alter database "{name}" set synchronous_commit = off')
        await begin(url_of(name))
        connection = await asyncpg.connect(url_of(name))
        await fill(connection, SIZE)
        await connection.close()

    asyncio.run(made())
    yield url_of(name)
    asyncio.run(run_on_postgres(f'drop database "{name}" with (force)'))


async def test_no_conversation_reads_a_large_table_whole(filled: str) -> None:
    recorder = Recorder()
    async with country_opened(filled, recorder) as client:
        world = world_on(client)
        for role, person in people_of(SIZE).items():
            await Walker(world, recorder, role, person).walk(3)
    connection = await asyncpg.connect(filled)
    try:
        large = await large_tables(connection)
        found = {
            f"{table} in {said}: {text[:300]}"
            for text, (values, said) in list(recorder.asked.items())
            if is_statement(text) and not text.startswith(_EVERYWHERE)
            for table in await read_whole(connection, text, values, large)
        }
    finally:
        await connection.close()
    assert len(recorder.asked) > 200, "the walk says something"
    assert sorted(found) == []
    assert {said: count for said, count in recorder.counts.items() if count > MOST_STATEMENTS} == {}


async def test_no_page_of_a_commune_reads_a_large_table_whole(filled: str) -> None:
    """What a job or a page of the desk reads for one commune, and what lies in one province."""
    recorder, commune = Recorder(), 3
    async with country_opened(filled, recorder) as client:
        place = await units.by_id(SIZE.commune(commune))
        assert place is not None
        recorder.said = "report"
        data = await Reports(client, Audit(KEY), lambda code: None).gather(place, period("2026-10"), NOW, trend=6)
        assert len(data.villages) > 20
        recorder.said = "receipt"
        found = await receipt(commune * SIZE.announcements + 1, NOW.date())
        assert found is not None
        assert found.total > 20
        recorder.said = "list of announcements"
        assert len(await standing.of_each([found.announcement.id])) == 1
        recorder.said = "province"
        assert len(await units.descendants(1, NOW.date())) > 200
    connection = await asyncpg.connect(filled)
    try:
        kept = next(text for text in recorder.asked if "from announcement_targets t join units" in text)
        await connection.execute(f"set plan_cache_mode = force_generic_plan; prepare kept as {kept}")
        plan = "\n".join(row[0] for row in await connection.fetch("explain execute kept (1, 0)"))
        assert "announcement_targets_pkey" not in plan, "the plan that is kept after five times reads one announcement"
        large = await large_tables(connection)
        whole = {
            f"{table} in {said}: {text[:300]}"
            for text, (values, said) in recorder.asked.items()
            if is_statement(text)
            for table in await read_whole(connection, text, values, large)
        }
    finally:
        await connection.close()
    assert sorted(whole) == []
    assert {said: count for said, count in recorder.counts.items() if count > MOST_OF_A_PAGE} == {}


def is_statement(text: str) -> bool:
    return text.lstrip().lower().startswith(("select", "with", "insert", "update", "delete"))


async def large_tables(connection: asyncpg.Connection) -> frozenset[str]:
    rows = await connection.fetch("select relname from pg_class where relkind = 'r' and reltuples > $1", LARGE)
    return frozenset(str(row["relname"]) for row in rows)


_PARTIAL = "select indexrelid::regclass::text as name from pg_index where indpred is not null"
"""Indexes of a few rows, such as the communes and the events that wait: to read one of these whole is its purpose."""


async def read_whole(
    connection: asyncpg.Connection, text: str, values: Sequence[object], large: frozenset[str]
) -> list[str]:
    """Return the large tables that this statement would read whole, by an index or without."""
    partial = {row["name"] for row in await connection.fetch(_PARTIAL)}
    answer = await connection.fetchval(f"explain (format json) {text}", *values)
    found: list[str] = []
    nodes = [(one["Plan"], False) for one in json.loads(answer)]
    for node, limited in nodes:
        limited = limited or node["Node Type"] == "Limit"
        nodes += [(below, limited) for below in node.get("Plans", [])]
        # The newest row by its number: an index from its end, and no row is looked at in vain.
        by_order = limited and "Index Name" in node and "Filter" not in node
        of_few = node.get("Index Name") in partial
        conditioned = "Index Cond" in node or "Recheck Cond" in node or by_order or of_few
        if node["Node Type"].endswith("Scan") and node.get("Relation Name") in large and not conditioned:
            found.append(str(node["Relation Name"]))
    return found
