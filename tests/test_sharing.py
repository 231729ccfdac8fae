"""Several processes of one installation: what one may do, what all must have, and what they tell each other."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
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
from bot.framework.process import CLOCK, at_work
from bot.framework.rabbit import Rabbit
from bot.framework.sharing import PARTITIONS, Sharing, Silence, sharing, space_of
from bot.framework.worker import Job
from bot.platforms import Kit
from bot.platforms.web import create
from bot.settings import Settings, SettingsError
from bot.storage.core_tables.platform_state import LogEntry
from bot.storage.platform_store import PlatformValues
from bot.storage.server.shared_store import SharedStore
from bot.testing import TestClock
from tests.broker import delete_queues
from tests.conftest import BROKER
from tests.kit import MemoryMedia, MemoryValues

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
SQLITE, POSTGRES = "sqlite://:memory:", "postgres://here/db"


async def test_without_a_broker_nothing_is_leased_on_either_database(db: BaseDBAsyncClient) -> None:
    """The only process at work needs no lease; which store it has depends on the database alone."""
    for url in (SQLITE, POSTGRES):
        async with sharing(Settings(), url, db, TestClock(), KEY) as alone:
            assert isinstance(alone.turn("x"), Alone)
            assert alone.lease_of(MemoryValues())("job") is None
            assert alone.news_for([]) == []
            assert isinstance(alone.store(), SharedStore) == (db.capabilities.dialect == "postgres")
    with pytest.raises(SettingsError, match="BOT_BROKER_URL: goes with BOT_DATABASE_URL"):
        async with sharing(Settings(broker_url=SecretStr("amqp://x")), SQLITE, db, TestClock(), KEY):
            pass


async def test_together_everything_that_only_one_may_do_has_a_lease(db: BaseDBAsyncClient) -> None:
    clock, memory = TestClock(), PlatformValues(db, "worker")
    first, second = (Sharing(db, clock, True, Silence()) for _ in range(2))
    assert await first.turn("x").mine(clock.now())
    assert not await second.turn("x").mine(clock.now())
    leases = [one.lease_of(memory)("job") for one in (first, second)]
    assert [lease is not None and await lease.mine(clock.now()) for lease in leases] == [True, False]


async def test_processes_with_different_keys_do_not_start_on_one_database(db: BaseDBAsyncClient) -> None:
    """Mechanism: a mark of the key in the database. Else the audit log would look tampered with."""
    for url in (POSTGRES, SQLITE):
        async with sharing(Settings(), url, db, TestClock(), KEY):
            pass
    for url in (POSTGRES, SQLITE):
        with pytest.raises(SettingsError, match="BOT_SECRET_KEY"):
            async with sharing(Settings(), url, db, TestClock(), OTHER_KEY):
                pass


@pytest.mark.broker
async def test_an_address_of_a_broker_that_is_none_is_one_line(db: BaseDBAsyncClient) -> None:
    with pytest.raises(SettingsError, match=r"^BOT_BROKER_URL: "):
        async with sharing(Settings(broker_url=SecretStr("http://x")), POSTGRES, db, TestClock(), KEY):
            pass


@pytest.mark.broker
async def test_a_process_that_was_cut_from_the_broker_looks_for_what_waits_though_another_does_so_too(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: `by_all`. With turns of thirty seconds, what it had noted meanwhile waited for the other's look."""
    swept: list[object] = []

    async def sweep(self: Rabbit) -> None:
        swept.append(self)

    monkeypatch.setattr(Rabbit, "sweep", sweep)
    settings = Settings(broker_url=SecretStr(BROKER))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(delete_queues, space_of(KEY), PARTITIONS)
        for count in (1, 2):
            one = await stack.enter_async_context(sharing(settings, POSTGRES, db, CLOCK, KEY))
            await stack.enter_async_context(at_work([], [], one))
            async with asyncio.timeout(10):
                while len({id(rabbit) for rabbit in swept}) < count:  # noqa: ASYNC110 - a job makes it true
                    await asyncio.sleep(0.01)


class _Bus:
    """Wakes between processes of a test. Without `open` everything is lost."""

    def __init__(self) -> None:
        self.open = True
        self.hearers: dict[str, list[Callable[[], None]]] = {}

    def tell(self, topic: str) -> None:
        for what in self.hearers.get(topic, []) if self.open else []:
            what()

    def hear(self, topic: str, what: Callable[[], None]) -> None:
        self.hearers.setdefault(topic, []).append(what)


@asynccontextmanager
async def _web(shared: Sharing) -> AsyncIterator[tuple[Platform, BaseTestServer, Job]]:
    """A process with the web chat; the last part is what its clock does about news."""
    kit = Kit(
        settings=Settings(), options={}, values=MemoryValues(), log=shared.log("web"), media=MemoryMedia(),
        pages=cache(web.Application), clock=shared.clock, secret_key=KEY,
    )  # fmt: skip
    platform = create(kit)
    (news,) = shared.news_for([platform])
    listening = asyncio.create_task(platform.listen(_nobody))
    async with TestServer(kit.web) as server:
        yield platform, server, news
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


async def _nobody(events: Sequence[Event]) -> None:
    return


@pytest.mark.parametrize("told", [True, False], ids=["told", "lost"])
async def test_a_visitor_of_one_process_sees_what_another_one_sends(db: BaseDBAsyncClient, *, told: bool) -> None:
    """Mechanisms: the wake of the job that looks for news; its clock where the wake was lost."""
    bus = _Bus()
    bus.open = told
    here, there = (Sharing(db, TestClock(), True, bus) for _ in range(2))
    async with _web(here) as (_, server, news), _web(there) as (sender, _, _), ClientSession() as browser:
        await news.work()
        origin = {"Origin": str(server.make_url("/")).rstrip("/")}
        async with browser.ws_connect(server.make_url("/chat/ws"), headers=origin) as socket:
            await socket.send_json({"since": 0})
            await socket.send_json({"id": "00000000-0000-4000-8000-000000000001", "text": "chào"})
            seen = [json.loads((await socket.receive(timeout=10)).data) for _ in range(2)]
            (row,) = await LogEntry.all()
            news.woken.clear()
            await sender.send(Chat("web", row.chat_id, "private"), Message(Text.verbatim("Chào bác")))
            assert news.woken.is_set() == told
            await news.work()
            frame = json.loads((await socket.receive(timeout=10)).data)
    assert {"n", "ack"} == {key for one in seen for key in one} & {"n", "ack"}
    assert frame["n"] == 2
    assert "Chào bác" in json.dumps(frame, ensure_ascii=False)
