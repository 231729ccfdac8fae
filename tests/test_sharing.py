"""Several processes of one installation: what one may do, what all must have, and what they tell each other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import BaseTestServer, TestServer
from pydantic import SecretStr
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Chat, Event
from bot.core.messages import Message
from bot.core.platform import Platform
from bot.core.text import Text
from bot.features.outbox.turn import Alone
from bot.framework.sharing import Hears, Sharing, sharing
from bot.platforms import Kit
from bot.platforms.web import create
from bot.settings import Settings, SettingsError
from bot.storage.core_tables.platform_state import LogEntry
from bot.storage.leased_store import LeasedStore
from bot.storage.platform_store import PlatformValues
from bot.storage.store import ConversationStore
from bot.testing import TestClock
from tests.kit import MemoryMedia, MemoryValues

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
SQLITE, POSTGRES = "sqlite://:memory:", "postgres://here/db"


async def test_alone_nothing_is_leased_and_a_redis_would_have_nobody_to_wake(db: BaseDBAsyncClient) -> None:
    async with sharing(Settings(), SQLITE, db, TestClock(), KEY) as alone:
        assert type(alone.store()) is ConversationStore
        assert isinstance(alone.turn("x"), Alone)
        assert alone.lease_of(MemoryValues())("job") is None
        assert alone.news_for([]) == []
    with pytest.raises(SettingsError, match="BOT_REDIS_URL: goes with BOT_DATABASE_URL"):
        async with sharing(Settings(redis_url=SecretStr("redis://x")), SQLITE, db, TestClock(), KEY):
            pass


async def test_together_everything_that_only_one_may_do_has_a_lease(db: BaseDBAsyncClient) -> None:
    clock, memory = TestClock(), PlatformValues(db, "worker")
    async with (
        sharing(Settings(), POSTGRES, db, clock, KEY) as first,
        sharing(Settings(), POSTGRES, db, clock, KEY) as second,
    ):
        assert isinstance(second.store(), LeasedStore)
        assert await first.turn("x").mine(clock.now())
        assert not await second.turn("x").mine(clock.now())
        leases = [one.lease_of(memory)("job") for one in (first, second)]
        assert [lease is not None and await lease.mine(clock.now()) for lease in leases] == [True, False]


async def test_processes_with_different_keys_do_not_start_on_one_database(db: BaseDBAsyncClient) -> None:
    """Mechanism: a mark of the key in the database. Else the audit log would look tampered with."""
    for _ in range(2):
        async with sharing(Settings(), POSTGRES, db, TestClock(), KEY):
            pass
    with pytest.raises(SettingsError, match="BOT_SECRET_KEY"):
        async with sharing(Settings(), POSTGRES, db, TestClock(), OTHER_KEY):
            pass


async def test_an_address_of_redis_that_is_none_is_one_line(db: BaseDBAsyncClient) -> None:
    with pytest.raises(SettingsError, match=r"^BOT_REDIS_URL: "):
        async with sharing(Settings(redis_url=SecretStr("http://x")), POSTGRES, db, TestClock(), KEY):
            pass


class _Bus:
    """Wakes between processes of a test. Without `open` everything is lost."""

    def __init__(self) -> None:
        self.open = True
        self.hearers: dict[str, list[Hears]] = {}

    def tell(self, topic: str, value: str = "") -> None:
        for what in self.hearers.get(topic, []) if self.open else []:
            what(value)

    def hear(self, topic: str, what: Hears) -> None:
        self.hearers.setdefault(topic, []).append(what)


@asynccontextmanager
async def _web(shared: Sharing) -> AsyncIterator[tuple[Platform, BaseTestServer, Callable[[], Awaitable[object]]]]:
    """A process with the web chat; the last part is what its clock does about news."""
    kit = Kit(
        settings=Settings(), options={}, values=MemoryValues(), log=shared.log("web"), media=MemoryMedia(),
        pages=cache(web.Application), clock=shared.clock, secret_key=KEY,
    )  # fmt: skip
    platform = create(kit)
    (news,) = shared.news_for([platform])
    listening = asyncio.create_task(platform.listen(_nobody))
    async with TestServer(kit.web) as server:
        yield platform, server, news.work
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def _nobody(events: Sequence[Event]) -> None:
    return


@pytest.mark.parametrize("redis", [True, False], ids=["with Redis", "without"])
async def test_a_visitor_of_one_process_sees_what_another_one_sends(db: BaseDBAsyncClient, *, redis: bool) -> None:
    """Mechanisms: the wake that names the chat; the look of the clock where it was lost."""
    bus = _Bus()
    bus.open = redis
    here, there = (Sharing(db, TestClock(), True, bus) for _ in range(2))
    async with _web(here) as (_, server, look), _web(there) as (sender, _, _), ClientSession() as browser:
        await look()
        origin = {"Origin": str(server.make_url("/")).rstrip("/")}
        async with browser.ws_connect(server.make_url("/chat/ws"), headers=origin) as socket:
            await socket.send_json({"since": 0})
            await socket.send_json({"id": "00000000-0000-4000-8000-000000000001", "text": "chào"})
            seen = [json.loads((await socket.receive(timeout=10)).data) for _ in range(2)]
            (row,) = await LogEntry.all()
            await sender.send(Chat("web", row.chat_id, "private"), Message(Text.verbatim("Chào bác")))
            if not redis:
                await look()
            news = json.loads((await socket.receive(timeout=10)).data)
    assert {"n", "ack"} == {key for frame in seen for key in frame} & {"n", "ack"}
    assert news["n"] == 2
    assert "Chào bác" in json.dumps(news, ensure_ascii=False)
