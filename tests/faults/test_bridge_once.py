"""Through the bridge each message arrives exactly once, over real HTTP, whatever breaks and whenever somebody dies.

Mechanism: the gateway keeps keys, the outbox and the replies ask again with the same key.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest
from aiohttp.test_utils import TestServer
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.context import Context
from bot.core.engine import Engine, EngineLimits
from bot.core.events import Chat, Event, TextSent
from bot.core.events import Sender as Person
from bot.core.lean.values import replace
from bot.core.pacing import Pacer
from bot.core.router import Router
from bot.core.sessions import StoreUnavailable
from bot.core.text import Text
from bot.features.outbox.box import Outbox
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import TICK, OutboxSender
from bot.features.outbox.turn import Alone
from bot.platforms.bridge.adapter import Bridge, BridgeOptions
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.store import ConversationStore
from bot.testing import TestClock
from tests.features.outbox_rig import morning_clock, said, same
from tests.kit import MemoryValues, make_kit
from tests.platforms.fake_bridge import FakeGateway, Fault, refuse

CHATS, PARTS = 8, 3
HANG = Fault(taken=True, hangs=True)
FAULTS = (
    Fault(),
    Fault(taken=True),
    Fault(500, "oops"),
    Fault(500, "oops", taken=True),
    Fault(502, "<html>", taken=True),
    Fault(half=True, taken=True),
    refuse(429, "rate_limited", retry_after=2),
    refuse(409, "busy"),
    HANG,
)


@pytest.fixture
def clock() -> TestClock:
    return morning_clock()


@pytest.fixture
async def gateway(tmp_path: Path, clock: TestClock) -> AsyncIterator[FakeGateway]:
    """Its keys are on disk; its clock is the bot's."""
    async with FakeGateway(db=str(tmp_path / "gateway.sqlite3"), clock=clock) as gateway:
        yield gateway


async def _nothing(event: Event) -> None:
    raise AssertionError(event)


class Process:
    """A bot that sends through the bridge; `dies` leaves everything as it stands."""

    def __init__(self, db: BaseDBAsyncClient, gateway: FakeGateway, values: MemoryValues, clock: TestClock) -> None:
        self.clock = clock
        kit = replace(make_kit(values=values), clock=self.clock)
        self.bridge = Bridge(kit, BridgeOptions.model_validate(gateway.options()))
        self._web = TestServer(kit.web)
        self.store = ConversationStore(db)
        self.rows = Rows(db, same)
        self.outbox = Outbox(
            rows=self.rows,
            capabilities={"bridge": self.bridge.capabilities},
            translate=same,
            link_to=lambda name: None,
            usage={"bridge": self.bridge.usage},
        )

        self.sender = OutboxSender(
            platform=self.bridge,
            pacer=Pacer(1000, self.clock),
            rows=self.rows,
            store=self.store,
            turn=Alone(),
            clock=self.clock,
            report=_nothing,
        )

    async def starts(self) -> None:
        await self._web.start_server()

    async def dies(self) -> None:
        await self.sender.stop(grace=0)
        await self.bridge.close()
        await self._web.close()


async def _until_nothing_waits(
    db: BaseDBAsyncClient, gateway: FakeGateway, values: MemoryValues, clock: TestClock
) -> int:
    """Run bot after bot until the outbox is empty; returns how many died with a call open."""
    deaths = 0
    while True:
        process = Process(db, gateway, values, clock)
        await process.starts()
        gateway.hung.clear()
        hung = asyncio.create_task(gateway.hung.wait())
        delay: float | None = 0.0
        while delay is not None and not hung.done():
            run = asyncio.create_task(process.sender.run())
            await asyncio.wait([run, hung], return_when=asyncio.FIRST_COMPLETED)
            run.cancel()
            try:
                delay = await run
            except StoreUnavailable:
                delay = TICK  # the one that died may still hold a lock; whoever runs a sender calls it again
            except asyncio.CancelledError:
                break
            clock.passes(seconds=delay or 0)
        died = hung.done()
        hung.cancel()
        await process.dies()
        if not died:
            return deaths
        deaths += 1
        gateway.restarts()


@pytest.mark.fault(2, "a gateway that knows keys, over real HTTP; it and the bot die again and again")
@pytest.mark.fault(3, "a gateway that knows keys, over real HTTP: lost, half, busy, 500 before and after acceptance")
@pytest.mark.parametrize("seed", range(3))
async def test_every_row_is_taken_once_and_none_is_uncertain(
    db: BaseDBAsyncClient, gateway: FakeGateway, clock: TestClock, seed: int
) -> None:
    random, values = Random(seed), MemoryValues()  # noqa: S311 - not for secrets
    first = Process(db, gateway, values, clock)
    await first.starts()
    for n in range(CHATS):
        chat = Chat("bridge", f"c{n}", "group" if n % 2 else "private")
        words = [said(f"tin {n}.{part}") for part in range(1, PARTS + 1)]
        assert await first.outbox.add(chat, words, key=f"k{n}", now=first.clock.now())
    await first.dies()
    gateway.faults.extend(random.choice(FAULTS) for _ in range(3 * CHATS * PARTS))
    assert await _until_nothing_waits(db, gateway, values, clock) > 1
    assert {row.state for row in await OutboxRow.all()} == {"sent"}
    taken = gateway.texts()
    assert sorted(taken) == sorted(f"tin {n}.{part}" for n in range(CHATS) for part in range(1, PARTS + 1))
    for n in range(CHATS):
        assert [text for text in taken if text.startswith(f"tin {n}.")] == [f"tin {n}.{p}" for p in range(1, PARTS + 1)]
    numbers = {row.message_id for row in await OutboxRow.all()}
    assert len(numbers) == CHATS * PARTS, "each row has the id of its own message"
    assert gateway.calls > CHATS * PARTS


async def test_every_reply_is_taken_once_also_by_a_process_that_starts_after_a_death(
    db: BaseDBAsyncClient, gateway: FakeGateway, clock: TestClock
) -> None:
    random, values, chats = Random(1), MemoryValues(), 6  # noqa: S311 - not for secrets

    def engine(process: Process) -> Engine:
        router = Router()

        async def answer(ctx: Context) -> None:
            ctx.reply(Text.verbatim(f"đã nghe {ctx.event.id}"))

        router.otherwise(answer)
        return Engine(
            router=router,
            store=process.store,
            platforms={"bridge": process.bridge},
            pacers={"bridge": Pacer(1000, process.clock)},
            translate=same,
            link_to=lambda name: None,
            clock=process.clock,
            limits=EngineLimits(per_minute=1000, mark_after=0),
        )

    gateway.faults.extend(random.choice(FAULTS) for _ in range(40))
    gateway.faults.append(HANG)
    deaths, events = 0, [f"{n}.{m}" for m in range(3) for n in range(chats)]
    told: list[str] = []
    while True:
        process = Process(db, gateway, values, clock)
        await process.starts()
        bot = engine(process)
        gateway.hung.clear()
        await bot.start()
        for number in [number for number in events if number not in told]:
            chat = Chat("bridge", f"c{number[0]}", "private")
            await bot.receive([TextSent(number, chat, Person("p", "Hoa"), process.clock.now(), "chào")])
            told.append(number)
        waits = [asyncio.create_task(bot.idle()), asyncio.create_task(gateway.hung.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        idle = waits[0].done()
        for wait in waits:
            wait.cancel()
        await bot.stop(0.01)
        await process.dies()
        if idle:
            break
        deaths += 1
        gateway.restarts()
    assert deaths >= 1
    taken = gateway.texts()
    assert sorted(taken) == sorted(f"đã nghe {number}" for number in events)
