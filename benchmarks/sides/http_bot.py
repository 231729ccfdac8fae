"""The whole program as `serve` runs it.

`--option real` has its conversations and its pace, `--option talk` its conversations alone, `--option alone` these
without the work on its clocks; without, they are those of the other sides.
"""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from unittest.mock import patch

from benchmarks import announcing, ours, worker
from bot.assembly import app, families
from bot.core.engine import EngineLimits
from bot.framework import process
from bot.settings import Settings, load


@asynccontextmanager
async def _at_rest(*jobs: object) -> AsyncIterator[None]:
    yield


async def main(given: worker.Arguments) -> None:
    environ = {name: value for name, value in os.environ.items() if name.startswith("BOT_")}
    settings: Settings = load(environ, ["telegram", "web"])
    with ExitStack() as stack:
        if not given.option:
            table = families.Conversations(ours.table_router(given.routes), {}, ())
            stack.enter_context(patch.object(families, "join", lambda found, base: table))
        if given.option == "alone":
            stack.enter_context(patch.object(process, "at_work", _at_rest))
        if given.option != "real":
            pacer = ours.OpenPacer if given.option in ("talk", "alone") else ours.hasty_pacer
            stack.enter_context(patch.object(process, "Pacer", pacer))
            stack.enter_context(
                patch.object(process, "EngineLimits", functools.partial(EngineLimits, per_minute=10**9))
            )
        async with app.serving(settings, environ) as running:
            commands = {
                "cpu": worker.cpu,
                "memory": worker.memory,
                "stall": worker.stall,
                "starved": worker.starved,
                "announce": announcing.announce,
            }
            packages = ("aiogram", "aiohttp", "tortoise-orm", "aiosqlite")
            await worker.serve(packages, {"url": running.url}, commands)


if __name__ == "__main__":
    try:
        from bot.framework.loop import run
    except ModuleNotFoundError:  # in a checkout from before it
        run = asyncio.run
    run(main(worker.arguments()))
