"""Lists that are longer than PostgreSQL's 32,767 values, through the same door as all others."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.transactions import in_transaction

from bot.features.groups import channels
from bot.storage.server.long_lists import LONG, folded
from bot.storage.sql import asked
from bot.storage.tables.people import Person

MANY = 40_000


on_postgres = pytest.mark.parametrize("database_kind", [pytest.param("postgres", marks=pytest.mark.postgres)])


@on_postgres
async def test_forty_thousand_ids_are_asked_for_in_one_statement(db: BaseDBAsyncClient) -> None:
    await db.execute_script(
        f"insert into people (id, name, listed_name, phone, created_at) select n, 'Người ' || n, '', '', now()"
        f" from generate_series(1, {MANY}) n"
    )
    wanted = [*range(2, 2 * MANY, 2)]
    marks = ", ".join("?" * len(wanted))
    rows = await asked(f"select id from people where id in ({marks}) and name <> ?", [*wanted, "Người 4"])
    assert len(rows) == MANY // 2 - 1
    assert await Person.filter(id__in=wanted).count() == MANY // 2
    async with in_transaction("default"):
        assert len(await asked(f"select id from people where id not in ({marks})", wanted)) == MANY // 2
        assert await Person.filter(id__in=wanted, name="Người 6").update(name="Hoa") == 1
    assert await channels.by_ids(wanted) == {}


def test_lists_become_arrays_and_single_values_keep_their_meaning() -> None:
    numbers = [*range(LONG)]
    marks = ", ".join(f"${n + 2}" for n in numbers)
    text, values = folded(f"select $1 where a in ({marks}) and b = $1 and c NOT IN ({marks}) and d in (select 1)",
                          ["x", *numbers])  # fmt: skip
    assert text == "select $1 where a = any($2) and b = $1 and c <> all($3) and d in (select 1)"
    assert values == ["x", numbers, numbers]


def test_a_short_statement_is_left_alone() -> None:
    assert folded("select 1 where a in ($1, $2)", [1, 2]) == ("select 1 where a in ($1, $2)", [1, 2])
