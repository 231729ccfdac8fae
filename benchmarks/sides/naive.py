"""How announcements are often sent: one after the other with a pause, or all at once. What is refused is lost."""

from __future__ import annotations

import asyncio
import os
from time import perf_counter

from aiohttp import ClientSession, TCPConnector

from benchmarks import worker
from benchmarks.announcing import TEXT
from benchmarks.flood import GROUPS
from benchmarks.traffic import TOKEN

PAUSE = 0.05


async def main() -> None:
    address = f"{os.environ['BOT_TELEGRAM_API_BASE']}/bot{TOKEN}/sendMessage"
    async with ClientSession(connector=TCPConnector(limit=100)) as session:

        async def send(number: int) -> bool:
            async with session.post(address, json={"chat_id": f"-{GROUPS + number + 1}", "text": TEXT}) as answer:
                return bool((await answer.json())["ok"])

        async def one_by_one(count: int) -> worker.Figures:
            began, delivered = perf_counter(), 0
            for number in range(count):
                delivered += await send(number)
                await asyncio.sleep(PAUSE)
            return {"delivered": delivered, "wall": perf_counter() - began}

        async def all_at_once(count: int) -> worker.Figures:
            began = perf_counter()
            delivered = sum(await asyncio.gather(*(send(number) for number in range(count))))
            return {"delivered": delivered, "wall": perf_counter() - began}

        await worker.serve(("aiohttp",), {}, {"sleep": one_by_one, "gather": all_at_once})


if __name__ == "__main__":
    worker.arguments()
    asyncio.run(main())
