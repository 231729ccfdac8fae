"""The sums of a commune in a month, as an official sees them."""

from __future__ import annotations

import asyncio

from tortoise.transactions import in_transaction

from benchmarks import worker
from benchmarks.checkin_history import COMMUNE, MONTH, TODAY, chosen, fill
from bot.assembly import families
from bot.features import units
from bot.features.checkins.known_figures import known
from bot.features.checkins.rollup import table
from bot.storage import database
from bot.storage.tables.checkins import Figure


async def main(given: worker.Arguments) -> None:
    families.discover()  # the targets' tables are a family's
    url = f"sqlite://{given.folder}/bot.sqlite3"
    async with database.created(url), in_transaction():
        await fill()
    # Opened anew, as by hand: what was just written would be read through the log.
    async with database.opened(url) as db:
        commune = await units.get(COMMUNE)
        assert commune is not None

        async def rounds(count: int) -> worker.Figures:
            async def work() -> None:
                for _ in range(count):
                    await table(db, commune.id, MONTH, await chosen(), today=TODAY)

            return await worker.measured(count, work)

        ids = [one.id for one in await units.villages(commune.id, TODAY)]
        stocks = [one for one in await chosen() if not one.sums]

        async def figures(count: int) -> worker.Figures:
            """What the database is asked, alone."""

            async def work() -> None:
                for _ in range(count):
                    assert (await known(db, [MONTH], ids, stocks))[MONTH.name].latest

            return await worker.measured(count, work)

        settings = {"rows": str(await Figure.all().count())}
        await worker.serve(("tortoise-orm", "aiosqlite"), settings, {"round": rounds, "figures": figures})


if __name__ == "__main__":
    asyncio.run(main(worker.arguments()))
