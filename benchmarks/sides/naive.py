"""Announcements without an outbox: one by one with a pause, all at once, or by our pacer. Nothing is written."""

from __future__ import annotations

import asyncio
import os
from contextlib import nullcontext
from time import perf_counter

from aiohttp import ClientSession, TCPConnector

from benchmarks import worker
from benchmarks.announcing import TEXT
from benchmarks.flood import GROUPS
from benchmarks.traffic import TOKEN
from bot.assembly.app import SystemClock
from bot.core.events import Chat
from bot.core.pacing import Pacer, PacingSlot
from bot.platforms.telegram.write import CAPABILITIES

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

        async def paced(count: int) -> worker.Figures:
            began, pacer = perf_counter(), Pacer(float(os.environ["BOT_PACE_TELEGRAM_PER_SECOND"]), SystemClock())

            async def fly(number: int, place: PacingSlot | None) -> bool:
                with place or nullcontext():
                    return await send(number)

            calls = []
            for number in range(count):
                chat = Chat("telegram", f"-{GROUPS + number + 1}", "group")
                await pacer.turn(chat, CAPABILITIES["group"], 60.0)
                calls.append(asyncio.create_task(fly(number, await pacer.leave(60.0))))
            return {"delivered": sum(await asyncio.gather(*calls)), "wall": perf_counter() - began}

        await worker.serve(("aiohttp",), {}, {"sleep": one_by_one, "gather": all_at_once, "paced": paced})


if __name__ == "__main__":
    worker.arguments()
    asyncio.run(main())
