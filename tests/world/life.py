"""One life of the bot's process, from its start to its kill or its end."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from random import Random

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.engine import Engine
from bot.core.events import Event
from bot.core.platform import Sink
from bot.storage import database

from .loop import SeededLoop
from .timeline import Timeline

Bot = Callable[["Life", BaseDBAsyncClient], AbstractAsyncContextManager[Engine]]


class Life:
    """`ended` is called when the process ends by itself, with the error that ended it. `place` is its node's number."""

    def __init__(
        self, number: int, timeline: Timeline, bot: Bot, chance: Random,
        ended: Callable[[Life, BaseException | None], None], place: int = 0,
    ) -> None:  # fmt: skip
        self.number = number
        self.place = place
        self.alive = True
        self.engine: Engine | None = None
        self.context = contextvars.copy_context()
        self.passed: Callable[[str], None] = lambda what: None
        self.loop = SeededLoop(timeline, lambda: chance.uniform(0.001, 0.05))
        self._stopping = asyncio.Event()
        timeline.loops.append(self.loop)
        main = self.loop.create_task(self._live(bot), context=contextvars.copy_context())
        main.add_done_callback(partial(self._is_over, ended))

    async def _live(self, bot: Bot) -> None:
        async with database.opened(database.MEMORY) as db:
            # What begins outside of this task finds this life's database, and not that of another process.
            self.context = contextvars.copy_context()
            async with bot(self, db) as engine:
                self.engine = engine
                self.passed("start")
                await self._stopping.wait()

    def _is_over(self, ended: Callable[[Life, BaseException | None], None], main: asyncio.Task[None]) -> None:
        if self.alive:
            self.alive = False
            ended(self, None if main.cancelled() else main.exception())

    def stop(self) -> None:
        """Ask it to end, as SIGTERM does."""
        self.loop.call_soon(self._stopping.set)

    def brings(self, sink: Sink, events: list[Event], done: Callable[[BaseException | None], None]) -> None:
        """Hand events over, as the adapter's own task does."""
        if not self.alive:
            return

        async def hand() -> None:
            await sink(events)

        def over(task: asyncio.Task[None]) -> None:
            if self.alive:
                done(asyncio.CancelledError() if task.cancelled() else task.exception())

        self.loop.create_task(hand(), context=self.context.copy()).add_done_callback(over)
        self.passed("bring")
