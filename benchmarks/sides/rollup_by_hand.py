"""The same statement over the same rows by sqlite3 alone, on a connection that did other things before, as ours."""

from __future__ import annotations

import asyncio
import sqlite3

from tortoise.transactions import in_transaction

from benchmarks import worker
from benchmarks.checkin_history import COMMUNE, MONTH, chosen, fill
from bot.assembly import families
from bot.features import units
from bot.features.checkins.known_figures import LATEST
from bot.storage import database

OTHERS = 12


async def main(given: worker.Arguments) -> None:
    families.discover()  # the targets' tables are a family's
    path = given.folder / "bot.sqlite3"
    async with database.created(f"sqlite://{path}"):
        async with in_transaction():
            await fill()
        commune = await units.get(COMMUNE)
        assert commune is not None
        codes = [one.code for one in await chosen() if not one.sums]
    connection = sqlite3.connect(path)
    # A connection of a program keeps other statements, and SQLite's fast memory with them: as ours does.
    for number in range(OTHERS):
        connection.execute(
            "select id, code, kind, name from units where id > ? limit " + str(number + 1), [0]
        ).fetchall()
    first, last = MONTH.first.isoformat(), MONTH.last.isoformat()

    ids = [row[0] for row in connection.execute("select id from units where parent_id = ?", [commune.id])]
    statement = LATEST.format(
        spans="(?, ?, ?)", units=", ".join(f"({one})" for one in ids), codes=", ".join(["(?)"] * len(codes))
    )

    async def figures(count: int) -> worker.Figures:
        async def work() -> None:
            for _ in range(count):
                rows = connection.execute(statement, [MONTH.name, first, last, *codes]).fetchall()
                assert {(code, unit): rest for _, code, unit, *rest in rows}

        return await worker.measured(count, work)

    await worker.serve((), {"sqlite": sqlite3.sqlite_version}, {"figures": figures})


if __name__ == "__main__":
    asyncio.run(main(worker.arguments()))
