"""The work on a clock beside the conversations: senders, rounds, retention. Part of bot.app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.engine import Engine
from bot.core.pacing import Pacer
from bot.core.platform import Clock, Platform
from bot.core.sessions import Key
from bot.features import privacy
from bot.features.outbox.send import Sender
from bot.features.outbox.turn import Alone
from bot.features.privacy import retention
from bot.storage.platform_store import PlatformValues
from bot.storage.store import ConversationStore
from bot.wiring import Services
from bot.worker import Job, Worker

OUTBOX_TICK = 5.0
ROUNDS_TICK = 60.0
FORGET_TICK = 60.0
DAY = 24 * 3600.0


def wake(senders: Sequence[Sender]) -> None:
    for sender in senders:
        sender.woken.set()


def make_senders(
    running: Sequence[Platform],
    pacers: Mapping[str, Pacer],
    services: Services,
    db: BaseDBAsyncClient,
    engine: Engine,
    clock: Clock,
) -> list[Sender]:
    return [
        Sender(
            platform=platform,
            pacer=pacers[platform.name],
            rows=services.outbox.rows,
            store=ConversationStore(db),
            turn=Alone(),
            clock=clock,
            report=lambda event: engine.receive([event]),
        )
        for platform in running
    ]


@asynccontextmanager
async def working(
    senders: Sequence[Sender], services: Services, db: BaseDBAsyncClient, engine: Engine, clock: Clock
) -> AsyncIterator[None]:
    """The work on a clock, beside the conversations: what waits in the outbox, and what has been kept long enough."""

    async def sweep() -> None:
        await retention.sweep(retention.rules(services.privacy), clock.now())

    async def forget_chat(key: Key) -> None:
        await privacy.chats.forget_chat(key)
        engine.forget(key)

    async def forget() -> None:
        await services.privacy.forget_chats(clock.now(), forget_chat)

    async def rounds() -> float | None:
        return await services.rounds.tick(clock.now())

    jobs = [
        Job("rounds", ROUNDS_TICK, rounds),
        Job("forget", FORGET_TICK, forget),
        *(Job(f"outbox {number}", OUTBOX_TICK, s.run, s.woken) for number, s in enumerate(senders)),
        Job("retention", DAY, sweep, remembered=True),
    ]
    worker = asyncio.create_task(Worker(jobs, clock, PlatformValues(db, "worker")).run())
    try:
        yield
    finally:
        await asyncio.gather(*(sender.stop() for sender in senders))
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
