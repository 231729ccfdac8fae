"""A conversation goes on when the primary dies and its standby is promoted: nothing is lost, nothing done twice."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter

import asyncpg
import pytest

from bot.core.context import Context
from bot.core.events import Chat, Commanded, Event, Sender
from bot.core.router import Router
from bot.core.sessions import StoreUnavailable
from bot.storage import database
from bot.storage.core_tables.conversation import InboxEvent
from bot.storage.postgres import SILENT_MOST
from bot.storage.server.addresses import Machine, machines, with_first
from bot.storage.tables.people import WrongCode
from bot.testing import RICH, FakePlatform, World
from tests.kit import catalogues
from tests.postgres import begin, url_of
from tests.standby import PROGRAMS, primary_and_standby

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(PROGRAMS is None, reason="no programs of a PostgreSQL server"),
]
EVENTS, DIES_AT = 40, 15


async def test_a_conversation_goes_on_after_the_primary_died() -> None:
    with primary_and_standby() as pair:
        server = await asyncpg.connect(pair.first)
        await server.execute("create database commune")
        await server.close()
        await begin(pair.url("commune"))
        async with database.opened(pair.url("commune")) as client:
            platform = FakePlatform(RICH)
            world = World(client, _router, catalogues().translate, platform)
            refused = 0
            for number in range(EVENTS):
                if number == DIES_AT:
                    pair.kill_primary()
                event = _event(world, number)
                while not await _noted(world, event):
                    refused += 1
                    if refused == 3:  # it was refused as long as there is no primary
                        await asyncio.to_thread(pair.promote)
            await world.engine.idle()
            done = Counter([row.subject for row in await WrongCode.all()])
        said = Counter(one.message.text.plain for one in platform.chats["c"])
        assert refused >= 3
        assert done == Counter({f"e{number}": 1 for number in range(EVENTS)})
        assert set(said) == {f"đã ghi e{number}" for number in range(EVENTS)}


async def test_an_event_that_asks_while_there_is_no_primary_waits_for_the_next_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Mechanism: a line that cannot be opened is a database that is away, also for what a handler asks by itself."""
    asks, may_ask = asyncio.Event(), asyncio.Event()

    def router() -> Router:
        asking = Router()

        @asking.command("hoi", "hỏi")
        async def ask(ctx: Context) -> None:
            asks.set()
            await may_ask.wait()
            ctx.reply(ctx.t("có {count}", count=await WrongCode.all().count()))

        return asking

    with primary_and_standby() as pair:
        server = await asyncpg.connect(pair.first)
        await server.execute("create database commune")
        await server.close()
        await begin(pair.url("commune"))
        async with database.opened(pair.url("commune")) as client:
            platform = FakePlatform(RICH)
            world = World(client, router, catalogues().translate, platform)
            chat, at = Chat("fake", "c", "private"), world.clock.now()
            await world.engine.receive([Commanded("e", chat, Sender("p", "Hoa"), at, name="hoi", args="")])
            await asks.wait()
            pair.kill_primary()
            may_ask.set()
            while "waits for the database" not in caplog.text and world.engine._tasks():  # noqa: ASYNC110 - it is met
                await asyncio.sleep(0)
            await asyncio.to_thread(pair.promote)
            await world.engine.idle()
            assert [row.failed for row in await InboxEvent.all()] == [None]
        assert [one.message.text.plain for one in platform.chats["c"]] == ["có 0"]


async def test_a_silent_server_is_not_waited_for_longer_than_its_time() -> None:
    """A machine that is cut off tells nobody; by itself the system waits a quarter of an hour."""
    async with database.opened(url_of("postgres")) as client, client.acquire_connection() as connection:
        line = connection._transport.get_extra_info("socket")
        assert line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == SILENT_MOST * 1000
        assert line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        idle, between, count = (
            line.getsockopt(socket.IPPROTO_TCP, getattr(socket, f"TCP_KEEP{name}")) for name in ("IDLE", "INTVL", "CNT")
        )
        assert idle + between * count <= SILENT_MOST


async def _noted(world: World, event: Event) -> bool:
    """Bring an event as a messenger does, which brings it again if it was not taken."""
    try:
        await world.engine.receive([event])
        await asyncio.wait_for(world.engine.idle(), 20)
    except StoreUnavailable:
        return False
    return True


def _event(world: World, number: int) -> Event:
    return Commanded(f"e{number}", Chat("fake", "c", "private"), Sender("p", "Hoa"), world.clock.now(), name="ghi",
                     args=f"e{number}")  # fmt: skip


def _router() -> Router:
    router = Router()

    @router.command("ghi", takes_args=True)
    async def note(ctx: Context) -> None:
        assert isinstance(ctx.event, Commanded)
        async with ctx.changes():
            await WrongCode.create(subject=ctx.event.args, at=ctx.now)
            ctx.reply(ctx.t("đã ghi {what}", what=ctx.event.args))

    return router


def test_an_address_names_several_machines() -> None:
    assert machines("postgres://u:p%40@h1:5432,h2,[::1]:5433/db") == [
        Machine("h1", 5432), Machine("h2", None), Machine("::1", 5433),
    ]  # fmt: skip
    assert with_first("postgres://u:p@h1:5432,h2:5433/db?ssl=true") == "postgres://u:p@h1:5432/db?ssl=true"
    with pytest.raises(ValueError, match="Port"):
        machines("postgres://u@h1:5432,h2:word/db")
