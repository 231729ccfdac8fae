"""A commune's report from the database to its two files: thirty villages, forty-five indicators, two months."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, date, datetime
from decimal import Decimal

from tortoise.transactions import in_transaction

from benchmarks import worker
from bot.assembly import families
from bot.features import units
from bot.features.audit import Audit
from bot.features.calendar.periods import period
from bot.features.checkins import indicators, targets
from bot.features.checkins.model import GIVEN
from bot.features.reports import Reports, write
from bot.features.reports.report import report
from bot.storage import database
from bot.storage.tables.checkins import Figure

VILLAGES, INDICATORS = 30, 45
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
MONTHS = (period("2026-10"), period("2026-11"))


async def fill() -> None:
    """The same figures in each run; every ninth was not reported."""
    chance = random.Random(9)  # noqa: S311 - plausible, not secret
    since = date(2025, 7, 1)
    own = indicators.IndicatorRow(ma="CH02", ten="Mô hình được áp dụng", don_vi_tinh="mô hình", loai="P", ky="quy")
    await indicators.write(own, NOW)
    await units.create("ninh-binh", "tỉnh", "Ninh Bình", valid_from=since)
    await units.create("yen-mo", "xã", "Yên Mô", parent="ninh-binh", valid_from=since)
    rows = []
    for number in range(1, VILLAGES + 1):
        village = await units.create(f"thon-{number}", "thôn", f"Số {number}", parent="yen-mo", valid_from=since)
        await units.count(village.id, since, households=300, adults=800)
        for one in await indicators.active():
            for month in MONTHS:
                if chance.randrange(9):
                    whole = 400_000 if one.denominator == GIVEN else None
                    rows.append(
                        Figure(
                            indicator=one.code,
                            unit_id=village.id,
                            period=month.name,
                            ends_on=month.last,
                            version=1,
                            value=chance.randrange(300) * 1000,
                            out_of=whole,
                            source="chat",
                            reported_at=NOW,
                        )
                    )
            await targets.assign(village.id, one.code, "2026-11", Decimal(80), reason="", by=None, now=NOW)
    await Figure.bulk_create(rows)


async def main(given: worker.Arguments) -> None:
    families.discover()  # the targets' tables are a family's
    url = f"sqlite://{given.folder}/bot.sqlite3"
    async with database.created(url) as db:
        async with in_transaction():
            await fill()
        unit = await units.get("yen-mo")
        assert unit is not None
        reports = Reports(db, Audit(b"k" * 32), lambda code: None)

        async def draw() -> None:
            data = await reports.gather(unit, MONTHS[1], NOW)
            assert (len(data.villages), len(data.rows)) == (VILLAGES, INDICATORS)
            await asyncio.to_thread(write, data, given.folder)

        async def rounds(count: int) -> worker.Figures:
            async def work() -> None:
                for _ in range(count):
                    await draw()

            return await worker.measured(count, work)

        async def documents(count: int) -> worker.Figures:
            """The Word file alone, from figures that are in hand."""
            data = await reports.gather(unit, MONTHS[1], NOW)

            async def work() -> None:
                for _ in range(count):
                    await asyncio.to_thread(report, data)

            return await worker.measured(count, work)

        commands = {"round": rounds, "document": documents, "memory": worker.memory}
        await worker.serve(("tortoise-orm", "python-docx", "xlsxwriter"), {}, commands)


if __name__ == "__main__":
    asyncio.run(main(worker.arguments()))
