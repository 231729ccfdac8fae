"""Our engine with everything counted: what one update asks of the database and of threads."""

from __future__ import annotations

import asyncio
import threading
from unittest.mock import patch

import aiosqlite

from benchmarks import ours, telegram_stub, worker
from benchmarks.sides.engine_telegram import OPTIONS, Webhook
from benchmarks.traffic import turns, update
from bot.core.engine import EngineLimits

LATER = EngineLimits(per_minute=10**9, mark_after=3600)
"""The marks of a whole round are written at its end; in the program they are written 20 times a second at most."""


class Counts:
    """Statements that the driver was given, and threads or pools that anybody used beside it."""

    def __init__(self) -> None:
        self.trips = 0
        self.hops = 0


async def main(given: worker.Arguments) -> None:
    answers = telegram_stub.Answers()
    telegram_stub.install(answers.came)
    counts = Counts()
    # The one method through which every call of the driver goes to its thread.
    to_driver, start = aiosqlite.Connection._execute, threading.Thread.start  # noqa: SLF001
    loop = asyncio.get_running_loop()
    to_pool = loop.run_in_executor

    def trip(connection, *parts, **named):  # type: ignore[no-untyped-def]
        counts.trips += 1
        return to_driver(connection, *parts, **named)  # type: ignore[no-untyped-call]

    def hop(*parts, **named):  # type: ignore[no-untyped-def]
        counts.hops += 1
        return to_pool(*parts, **named)

    def thread(new: threading.Thread) -> None:
        counts.hops += 1
        start(new)

    router = ours.table_router(given.routes)
    async with ours.running(
        given.database, given.folder, "telegram", OPTIONS, lambda *parts: router, limits=LATER
    ) as bot:
        hook = Webhook(bot, answers)
        done = 0

        async def round_(count: int) -> worker.Figures:
            nonlocal done
            work = turns(count, given.routes, done)
            done += count
            with (
                patch.object(aiosqlite.Connection, "_execute", trip),
                patch.object(loop, "run_in_executor", hop),
                patch.object(threading.Thread, "start", thread),
            ):
                counts.trips = counts.hops = 0
                for turn in work:
                    await hook.brings(turn.chat, update(turn))
                return {"trips": counts.trips / count, "hops": counts.hops / count}

        await worker.serve((), await bot.settings(), {"round": round_})


if __name__ == "__main__":
    asyncio.run(main(worker.arguments()))
