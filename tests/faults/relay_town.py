"""A commune whose bot works on several messengers at once: the real adapters, over HTTP, against each vendor's fake.

Time is simulated, for the fakes too: people and plans live by the commune's clock.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from aiohttp.test_utils import TestServer
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly.families import discover
from bot.assembly.services import make_services
from bot.core.engine import Engine, EngineLimits
from bot.core.events import Event
from bot.core.pacing import Pacer
from bot.core.platform import Platform
from bot.features.announcements.service import Announcements
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.turn import Alone
from bot.features.people import people as accounts
from bot.features.people.accounts import Account
from bot.handlers.kit.base import Content, Services
from bot.platforms import load
from bot.settings import Settings
from bot.storage.core_tables.conversation import InboxEvent
from bot.storage.store import ConversationStore
from tests.conversations import KEY, content, joined
from tests.e2e.messenger_people import DOCS, Bridge, Gapo, Messenger, Telegram, Zalo, ZaloOa
from tests.e2e.phones import Phone, until
from tests.features.outbox_rig import PatientClock
from tests.kit import make_kit
from tests.platforms.fake_bridge import FakeGateway
from tests.platforms.fake_gapo import FakeGapo
from tests.platforms.fake_telegram import FakeTelegram
from tests.platforms.fake_zalo import FakeZalo, Plan
from tests.platforms.fake_zalo_oa import FakeZaloOa


@dataclass(frozen=True)
class Line:
    """A messenger with its vendor's fake. `options` are more settings of its adapter; `ready`: it hears people.

    `writes_first`: nobody can be written to who has not written.
    """

    messenger: Messenger
    ready: Callable[[], bool] = lambda: True
    options: Mapping[str, str] = field(default_factory=dict)
    zalo: FakeZalo | None = None
    writes_first: bool = False


Opener = Callable[[PatientClock], AbstractAsyncContextManager[Line]]


def _seconds(clock: PatientClock) -> Callable[[], float]:
    return lambda: clock.now().timestamp()


@asynccontextmanager
async def _zalo(clock: PatientClock, *, inbound: bool = False) -> AsyncIterator[Line]:
    """Zalo Bot on the free plan."""
    async with FakeZalo(plan=Plan(inbound=inbound), now=_seconds(clock)) as server:
        yield Line(Zalo(server), lambda: server.webhook is not None, {"mode": "webhook"}, server)


@asynccontextmanager
async def _zalo_oa(clock: PatientClock) -> AsyncIterator[Line]:
    async with FakeZaloOa(_seconds(clock)) as server:
        yield Line(ZaloOa(server, buttons=False), lambda: bool(server.access), writes_first=True)


@asynccontextmanager
async def _gapo(clock: PatientClock) -> AsyncIterator[Line]:
    async with FakeGapo() as server:
        yield Line(Gapo(server))


@asynccontextmanager
async def _bridge(clock: PatientClock) -> AsyncIterator[Line]:
    profile = json.loads((DOCS / "gateway-mocha.json").read_text("utf-8"))
    async with FakeGateway(profile, clock=clock) as gateway:
        yield Line(Bridge(gateway), lambda: gateway.asked > 0)


@asynccontextmanager
async def _telegram(clock: PatientClock) -> AsyncIterator[Line]:
    async with FakeTelegram(clock=_seconds(clock)) as server:
        yield Line(Telegram(server), lambda: server.webhook is not None, {"mode": "webhook"}, writes_first=True)


MESSENGERS: Mapping[str, Opener] = {
    "zalo": _zalo,
    "zalo_oa": _zalo_oa,
    "gapo": _gapo,
    "bridge": _bridge,
    "telegram": _telegram,
}
INBOUND: Opener = partial(_zalo, inbound=True)
"""Zalo Bot, if what people write counts in its plan, too: the vendor does not say."""


@dataclass
class RelayTown:
    """The bot at work. `lines` are its messengers by name."""

    clock: PatientClock
    engine: Engine
    services: Services
    features: Announcements
    senders: Sequence[OutboxSender]
    lines: Mapping[str, Line]

    def phone(self, messenger: str, who: str) -> Phone:
        return self.lines[messenger].messenger.phone(who)

    async def settles(self, messenger: str, who: str, role: str, unit_id: int) -> None:
        """Give a person an account and a role; they have just written, where a messenger wants that first."""
        here = self.lines[messenger].messenger
        now, native = self.clock.now(), here.account(who)
        person = await accounts.remember(Account(here.name, native), native, who, now)
        await accounts.grant(person, role, unit_id, now)
        if self.lines[messenger].writes_first:
            await self.does(here.phone(who).says("menu"))
            # The database tells by its own clock when somebody wrote.
            await InboxEvent.filter(platform=here.name, chat_id=native).update(noted_at=self.clock.now())

    async def does(self, act: Awaitable[None]) -> None:
        """Let somebody do something, until it is answered."""
        await act
        await self.engine.idle()

    async def works(self, now: datetime) -> float | None:
        """Do what the worker does at this moment; return the seconds until there is more, None without any."""
        found = [await sender.run() for sender in self.senders]
        found += [await self.features.schedule.tick(now), await self.services.rounds.tick(now)]
        found += [await self.features.ladder.tick(now)]
        found += [await sender.run() for sender in self.senders]
        return min((each for each in found if each is not None), default=None)


def start() -> Content:
    """Read what the bot ships, and find its families: their tables have to be known before a database is made."""
    discover()
    return content()


@asynccontextmanager
async def town(
    db: BaseDBAsyncClient, shipped: Content, openers: Mapping[str, Opener], begins: datetime | None = None
) -> AsyncIterator[RelayTown]:
    clock = PatientClock()
    clock.time = begins or clock.time
    async with AsyncExitStack() as stack:
        lines = {name: await stack.enter_async_context(open_it(clock)) for name, open_it in openers.items()}
        engines: list[Engine] = []

        async def receive(events: Sequence[Event]) -> None:
            await engines[0].receive(events)

        platforms = {name: await _joined(stack, line, clock, receive) for name, line in lines.items()}
        services = make_services(
            KEY, db, shipped, {name: one.capabilities for name, one in platforms.items()}, link_to=_linked,
            locale="vi", now=clock.now, wake=lambda *_: None,
            usage={name: one.usage for name, one in platforms.items()},
            read_at=lambda code: f"https://xa.example/t/{code}",
        )  # fmt: skip
        pacers = {name: Pacer(1000.0, clock) for name in platforms}
        store = ConversationStore(db)
        engines.append(
            Engine(
                router=joined(shipped, services, list(platforms.values()), _not_kept).router,
                store=store,
                platforms=platforms,
                pacers=pacers,
                translate=shipped.catalogues.translate,
                link_to=_linked,
                clock=clock,
                limits=EngineLimits(per_minute=1000, mark_after=0),
            )
        )
        senders = [
            OutboxSender(
                platform=one, pacer=pacers[name], rows=services.outbox.rows, store=store, turn=Alone(), clock=clock,
                report=lambda event: engines[0].receive([event]),
            )
            for name, one in platforms.items()
        ]  # fmt: skip
        await until(lambda: all(line.ready() for line in lines.values()))
        yield RelayTown(clock, engines[0], services, services.announcements, senders, lines)
        await engines[0].stop()


async def _joined(
    stack: AsyncExitStack, line: Line, clock: PatientClock, receive: Callable[[Sequence[Event]], Awaitable[None]]
) -> Platform:
    """The adapter of a messenger, listening behind an address of its own."""
    # Kept from now on: several of these commands may run beside each other, and beside tests.
    taken = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    options = {**line.messenger.options(url), **line.options}
    kit = make_kit(options, settings=Settings(public_url=url), clock=clock)
    platform = load(line.messenger.name).create(kit)
    await stack.enter_async_context(TestServer(kit.web, socket_factory=lambda *_: taken))
    listening = asyncio.create_task(platform.listen(receive))
    stack.push_async_callback(platform.close)
    stack.push_async_callback(_ended, listening)
    return platform


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _linked(name: str) -> str:
    return f"https://xa.example/media/{name}"


async def _not_kept(data: bytes, mime: str) -> str:
    return f"{len(data)}.png"
