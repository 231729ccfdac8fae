"""Two processes share the work by RabbitMQ: one handles a chat at a time, nothing is lost with it or the broker."""

from __future__ import annotations

import asyncio
import gc
import random
import re
import uuid
import zlib
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import ChannelNotFoundEntity
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core import engine
from bot.core.carrier import Carried, WaitingChat
from bot.core.context import Context
from bot.core.engine import MANY_DEATHS, EngineLimits
from bot.core.events import Chat, Event, Incoming, PhotoSent, TextSent
from bot.core.machine import clock
from bot.core.messages import Message
from bot.core.pacing import PacingSlot
from bot.core.platform import Sent
from bot.core.router import Router
from bot.core.sessions import Key
from bot.framework import queues, rabbit
from bot.framework.amqp.wire import Wire
from bot.framework.rabbit import Rabbit
from bot.storage.core_tables.conversation import InboxEvent
from bot.storage.platform_store import PlatformValues
from bot.storage.postgres import FoldingConnection
from bot.storage.server.shared_store import SharedStore
from bot.storage.tables.learning import GuideCount
from bot.testing import PLAIN, FakePlatform, World
from tests.broker import Line, delete_queues
from tests.conftest import BROKER

pytestmark = [
    pytest.mark.broker,
    pytest.mark.parametrize("database_kind", [pytest.param("postgres", marks=pytest.mark.postgres)]),
    # Lines are cut in mid-sentence here, which leaves the library's own closing half done.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

PARTITIONS = 4
ASKED = "who-"
"""How the events begin that only ask who has a chat."""
DYING = asyncio.Event()
"""Set by a handler that is about to end its process, or that waits."""
MAY_GO_ON = asyncio.Event()


def _router() -> Router:
    router = Router()

    @router.command("cong", "cộng")
    async def add(ctx: Context) -> None:
        async with ctx.changes():
            await GuideCount.create(guide=ctx.event.chat.id, step=ctx.event.id, what="w", day="2026-11-24", count=1)
            ctx.reply(ctx.t("Đã ghi {event}.", event=ctx.event.id))

    @router.command("noi", "nói")
    async def say(ctx: Context) -> None:
        ctx.reply(ctx.t("Đã ghi {event}.", event=ctx.event.id))

    @router.command("chet", "chết")
    async def die(ctx: Context) -> None:
        DYING.set()
        await asyncio.Event().wait()

    @router.command("cho", "chờ")
    async def wait(ctx: Context) -> None:
        DYING.set()
        await MAY_GO_ON.wait()
        ctx.reply(ctx.t("Đã ghi {event}.", event=ctx.event.id))

    @router.on(PhotoSent)
    async def see(ctx: Context) -> None:
        assert isinstance(ctx.event, PhotoSent)
        ctx.reply(ctx.t("Đã ghi {count} ảnh.", count=len(ctx.event.files)))

    return router


def _untranslated(locale: str, message: str, context: str | None = None) -> str:
    return message


class _Gate(FakePlatform):
    """While it is not open, nothing is sent; `order` is shared by all processes."""

    def __init__(self, order: list[tuple[str, str]]) -> None:
        super().__init__(PLAIN)
        self.open = asyncio.Event()
        self.open.set()
        self.order = order
        self.reached = asyncio.Event()

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        await asyncio.sleep(random.random() / 1000)  # noqa: S311 - the order of events must not matter
        self.reached.set()
        await self.open.wait()
        self.order.append((chat.id, message.text.plain))
        return await super().send(chat, message, replacing=replacing, key=key)


class Process:
    """A world with its own line to the broker, as a process has it. Its name decides which queues it gets."""

    def __init__(self, db: BaseDBAsyncClient, space: str, order: list[tuple[str, str]], name: str = "a") -> None:
        self.name = name
        self.line = Line()
        self.gate = _Gate(order)
        self.ended = False
        self._db, self._space = db, space
        self._connected = AsyncExitStack()

    async def begin(self, *, or_at: str = "") -> None:
        url = await self._connected.enter_async_context(self.line.opened())
        if or_at:
            url = f"{url.rstrip('/')},{or_at.rpartition('@')[2]}"
        self.rabbit = Rabbit(url, self._space, SharedStore(self._db), PARTITIONS, PlatformValues(self._db, "broker"))
        self.rabbit._me = self.name
        limits = EngineLimits(per_minute=10_000, mark_after=0.001)
        self.world = World(
            self._db, _router, _untranslated, self.gate, limits=limits, store=SharedStore, carrier=self.rabbit
        )
        await self._connected.enter_async_context(self.rabbit.connected())
        await self.world.engine.start()
        await until(lambda: self.rabbit._consuming)

    async def end(self) -> None:
        self.ended = True
        self.gate.open.set()
        await self.world.engine.stop()
        await self._connected.aclose()

    async def dies(self) -> None:
        """End as by kill -9: the broker sees a cut, and the process does nothing any more."""
        self.rabbit._drop, self.rabbit._take, self.rabbit._leaving = None, None, True
        self.world.engine._carrier = None
        self.line.cut()
        engine = self.world.engine
        engine._delivery.survived = lambda seq: None  # type: ignore[method-assign]
        tasks = engine._tasks()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        engine._rested.clear()
        engine._delivery._unmarked_sent, engine._delivery._unmarked_done = {}, []
        await self._connected.aclose()

    async def receive(self, *events: Event) -> None:
        await self.world.engine.receive(events)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - another process makes it true, there is no event to wait for
            await asyncio.sleep(0.002)


@pytest.fixture
async def space() -> AsyncIterator[str]:
    name = f"test-{uuid.uuid4().hex[:10]}"
    yield name
    await delete_queues(name, PARTITIONS)
    gc.collect()  # what a cut line left is found here, and not by some later test


Pair = tuple[Process, Process]


@pytest.fixture
async def pair(db: BaseDBAsyncClient, space: str) -> AsyncIterator[Pair]:
    order: list[tuple[str, str]] = []
    pair = Process(db, space, order, "a"), Process(db, space, order, "e")  # each gets two of the four queues
    for one in pair:
        await one.begin()
    yield pair
    for one in pair:
        if one.line.is_open and not one.ended:
            await one.end()


async def _keep(message: aio_pika.abc.AbstractIncomingMessage) -> None:
    """Take a message and never say what became of it."""


def said(one: Process, chat: str, *names: str, word: str = "nói") -> list[Event]:
    talk = one.world.talk(chat=chat)
    return [TextSent(name, talk.chat, talk.sender, one.world.clock.now(), text=word) for name in names]


def heard(one: Process, chat: str) -> list[str]:
    names = [text.removeprefix("Đã ghi ").rstrip(".") for where, text in one.gate.order if where == chat]
    return [name for name in names if not name.startswith(ASKED)]


def _called_since(pair: Pair, calls: Sequence[int]) -> bool:
    return [one.gate.calls for one in pair] != list(calls)


async def holder(pair: Pair, chat: str) -> tuple[Process, Process]:
    """Say something there until the same process answers twice, and return it before the other one.

    A queue goes to the process of the highest priority as soon as all in it is acknowledged.
    """
    number, last = 0, [0, 0]
    while True:
        number += 1
        calls = [one.gate.calls for one in pair]
        await pair[0].receive(*said(pair[0], chat, f"{ASKED}{number}"))
        await until(partial(_called_since, pair, calls))
        await until(lambda: not any(one.rabbit._held or one.world.engine._tasks() for one in pair))
        answered = [one.gate.calls - before for one, before in zip(pair, calls, strict=True)]
        if answered == last:
            return (pair[0], pair[1]) if answered[0] else (pair[1], pair[0])
        last = answered


async def test_events_thrown_at_both_are_each_handled_once_and_in_order(pair: Pair) -> None:
    chats = [f"c{number}" for number in range(12)]
    for number in range(10):
        await pair[number % 2].receive(*(said(pair[0], chat, f"{chat}-{number}")[0] for chat in chats))
    await until(lambda: len(pair[0].gate.order) == 120)
    for chat in chats:
        assert heard(pair[0], chat) == [f"{chat}-{n}" for n in range(10)]
    assert all(one.gate.calls for one in pair), "one of the two had nothing to do"


async def test_an_album_whose_photos_come_in_at_two_processes_is_one_event(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = pair[0].world.talk(chat="album")
    now = talk.world.clock.now()
    photos = [
        PhotoSent(f"p{at}", talk.chat, talk.sender, now, (Incoming(f"{at}", "image/jpeg"),), album="1")
        for at in range(2)
    ]

    def both_wait() -> bool:
        return any(len(queue.waiting) == 2 for one in pair for queue in one.world.engine._queues.values())

    async def meanwhile(seconds: float) -> None:
        await until(both_wait)

    for one in pair:
        monkeypatch.setattr(one.world.clock, "sleep", meanwhile)
    for one, photo in zip(pair, photos, strict=True):
        await one.receive(photo)
    await until(lambda: bool(pair[0].gate.order))
    assert heard(pair[0], "album") == ["2 ảnh"]


async def test_what_a_process_had_when_it_died_goes_on_at_another_in_order_and_once(pair: Pair) -> None:
    """Mechanisms: what is not acknowledged comes again; the session's version and its number of the last event."""
    dying, other = await holder(pair, "a")
    dying.gate.open.clear()
    dying.gate.reached.clear()
    await dying.receive(*said(dying, "a", "a1", "a2", word="cộng"))
    await dying.gate.reached.wait()  # a1 is committed and its answer is on the way
    await other.receive(*said(other, "a", "a3", word="cộng"))
    await dying.dies()
    await until(lambda: len(heard(other, "a")) == 3)
    assert heard(other, "a") == ["a1", "a2", "a3"]
    assert [row.step for row in await GuideCount.filter(guide="a").order_by("id")] == ["a1", "a2", "a3"]
    async with asyncio.timeout(10):
        while await InboxEvent.filter(body__isnull=False).exists():  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.002)


async def test_a_number_that_comes_twice_at_once_still_tells_of_the_process_that_died_with_it(
    db: BaseDBAsyncClient, space: str
) -> None:
    """Red when the copy that was published anew hides the other: words of a handled event would stay in the inbox."""
    one = Process(db, space, [])
    await one.begin()
    await one.receive(*said(one, "a", "a0"))
    await until(lambda: not any([heard(one, "a") != ["a0"], one.rabbit._held, one.world.engine._tasks()]))
    row = await InboxEvent.get(event_id="a0")
    await InboxEvent.all().update(body="as if the process that handled it had died before it marked that")
    with_it, anew = Carried([row.seq], lambda: None, deaths=1), Carried([row.seq], lambda: None)
    await one.world.engine._take_up([with_it, anew])
    async with asyncio.timeout(10):
        while await InboxEvent.filter(body__isnull=False).exists():  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.002)
    assert heard(one, "a") == ["a0"]
    await one.end()


async def test_who_lost_its_line_leaves_its_chats_to_the_other_and_repeats_nothing(pair: Pair) -> None:
    slow, other = await holder(pair, "a")
    slow.gate.open.clear()
    slow.gate.reached.clear()
    await slow.receive(*said(slow, "a", *(f"a{n}" for n in range(5)), word="cộng"))
    await slow.gate.reached.wait()
    slow.line.cut()
    slow.line.is_open = True
    await until(lambda: len(heard(other, "a")) == 5)
    slow.gate.open.set()
    await other.receive(*said(other, "a", "a5", word="cộng"))
    await until(lambda: "a5" in heard(other, "a"))
    later = heard(other, "a")
    assert [name for at, name in enumerate(later) if name not in later[:at]] == [f"a{n}" for n in range(6)]
    assert len(later) <= 7, "more than the answer that was on its way at the cut came twice"
    assert await GuideCount.filter(guide="a").count() == 6


async def test_while_the_broker_is_away_events_are_noted_and_all_are_answered_when_it_is_back(pair: Pair) -> None:
    """Mechanism: the sweep after a cut; whoever notes waits for no broker."""
    for one in pair:
        one.line.cut()
    await until(lambda: not any(one.rabbit._is_open for one in pair))
    names = [f"a{n}" for n in range(6)]
    for number, name in enumerate(names):
        await pair[number % 2].receive(*said(pair[0], "a", name))
    assert await InboxEvent.filter(body__isnull=False).count() == 6
    assert heard(pair[0], "a") == []
    for one in pair:
        one.line.is_open = True
    await until(lambda: all(one.rabbit._consuming for one in pair))
    await pair[0].rabbit.sweep()
    await until(lambda: len(heard(pair[0], "a")) == 6)
    assert heard(pair[0], "a") == names


async def test_a_broker_that_lost_everything_gets_it_again(pair: Pair, space: str) -> None:
    await holder(pair, "a")
    await delete_queues(space, PARTITIONS)
    await pair[0].receive(*said(pair[0], "a", "a1"))
    await pair[1].receive(*said(pair[1], "a", "a2"))
    async with asyncio.timeout(10):
        while len(heard(pair[0], "a")) < 2:
            await asyncio.sleep(0.02)
            for one in pair:
                await one.rabbit.sweep()
    assert heard(pair[0], "a") == ["a1", "a2"]


async def test_when_its_node_of_the_broker_dies_a_process_goes_on_with_the_next_one_it_knows(
    db: BaseDBAsyncClient, space: str
) -> None:
    """Mechanism: the address names several nodes, which are tried by turns; here each is another way to the same."""
    one, other = Process(db, space, []), Line()
    async with other.opened() as url:
        await one.begin(or_at=url)
        await one.receive(*said(one, "a", "a0"))
        await until(lambda: heard(one, "a") == ["a0"])
        one.line.cut()
        await until(lambda: not one.rabbit._is_open)
        await one.receive(*said(one, "a", "a1"))
        await until(lambda: one.rabbit._consuming)
        await one.rabbit.sweep()
        await until(lambda: heard(one, "a") == ["a0", "a1"])
        await one.end()


class _Arrived:
    """A consumer that dies of what it gets."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def note(self, message: aio_pika.abc.AbstractIncomingMessage) -> None:
        self.event.set()


async def test_a_message_whose_consumer_died_thirty_times_is_still_there(
    db: BaseDBAsyncClient, pair: Pair, space: str
) -> None:
    """Mechanism: `x-delivery-limit` -1; RabbitMQ 4 by itself throws a message away after twenty."""
    for one in pair:
        await one.end()
    queue = ""
    async with await aio_pika.connect(BROKER) as connection:
        channel = await connection.channel()
        key = pair[0].world.talk(chat="a").chat
        queue = pair[0].rabbit._queue(pair[0].rabbit._partition_of(Key(key.platform, key.id)))
        (event,) = await SharedStore(db).record(said(pair[0], "a", "a0"))
        await channel.default_exchange.publish(aio_pika.Message(str(event.seq).encode()), queue)
    for _ in range(30):
        line = Line()
        async with line.opened() as url:
            connection = await aio_pika.connect(url)
            channel = await connection.channel()
            arrived = _Arrived()
            await (await channel.get_queue(queue, ensure=False)).consume(arrived.note)
            await asyncio.wait_for(arrived.event.wait(), 10)
            line.cut()
            await connection.close()
    third = Process(db, space, pair[0].gate.order)
    await third.begin()
    await until(lambda: heard(third, "a") == ["a0"])
    await third.end()


async def test_an_event_that_processes_die_of_is_set_aside_and_what_was_beside_it_is_answered_once(
    db: BaseDBAsyncClient, space: str
) -> None:
    """Mechanisms: the count of ends that the broker keeps, then attempts in the inbox, one event at a time."""
    order: list[tuple[str, str]] = []
    ends = 0
    one = Process(db, space, order)
    await one.begin()
    await one.receive(*said(one, "poison", "p0", word="chết"), *said(one, "poison", "p1"))
    await one.receive(*(said(one, f"c{n}", f"c{n}", word="cộng")[0] for n in range(4)))
    while "p1" not in heard(one, "poison"):
        await until(lambda: DYING.is_set() or ("poison", "Đã ghi p1.") in order)
        if DYING.is_set():
            DYING.clear()
            ends += 1
            await one.dies()
            one = Process(db, space, order)
            await one.begin()
    assert ends == MANY_DEATHS + EngineLimits().attempts
    assert [row.event_id for row in await InboxEvent.filter(failed__isnull=False)] == ["p0"]
    await one.rabbit.sweep()  # as its job does: the first of them may have died before it published all
    await until(lambda: all(heard(one, f"c{n}") for n in range(4)))
    assert sorted([row.step for row in await GuideCount.all()]) == [f"c{n}" for n in range(4)]
    await one.end()


async def test_an_event_whose_chat_goes_from_one_process_to_the_next_is_never_set_aside(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cuts of the line to the broker are no deaths, however many: each process takes its attempt back."""
    monkeypatch.setattr(engine, "DROPPED_WITHIN", 0.01)
    DYING.clear()
    MAY_GO_ON.clear()
    await pair[0].receive(*said(pair[0], "a", "a0", word="chờ"))
    for _ in range(MANY_DEATHS + EngineLimits().attempts + 3):
        await until(lambda: DYING.is_set() and sum(bool(one.world.engine._queues) for one in pair) == 1)
        DYING.clear()
        (at_work,) = [one for one in pair if one.world.engine._queues]
        at_work.line.cut()
        at_work.line.is_open = True
    await until(DYING.is_set)
    MAY_GO_ON.set()
    await until(lambda: heard(pair[0], "a") == ["a0"])
    assert [row.failed for row in await InboxEvent.all()] == [None]


async def test_what_a_process_noted_and_died_with_goes_on_when_the_messenger_brings_it_again(pair: Pair) -> None:
    """Not only when a sweep finds it, ten seconds later."""
    event = said(pair[0], "a", "a0")
    await SharedStore(pair[0].world.db).record(event)
    await pair[1].receive(*event)
    await until(lambda: heard(pair[1], "a") == ["a0"])


async def test_an_event_takes_four_statements_whichever_process_has_its_chat(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noted, read, saved, marked, each in one round trip; none of them in a transaction that begins and ends."""
    asked: list[str] = []

    def counted(name: str) -> None:
        ask = getattr(FoldingConnection, name)

        async def counting(connection: FoldingConnection, text: str, *values: Any, **options: Any) -> Any:
            asked.append(text)
            return await ask(connection, text, *values, **options)

        monkeypatch.setattr(FoldingConnection, name, counting)

    await holder(pair, "a")
    counted("fetch")
    counted("execute")
    for at, one in enumerate(pair):
        asked.clear()
        await one.receive(*said(one, "a", f"a{at}"))
        await until(lambda at=at: len(heard(pair[0], "a")) == at + 1)  # type: ignore[misc]
        await until(lambda: not any(one.rabbit._held or one.world.engine._tasks() for one in pair))
        assert len(asked) == 4, asked


async def test_an_event_is_acknowledged_when_its_queue_has_it(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies before has acknowledged nothing, so the vendor brings it to another one."""
    words: list[tuple[int, bool]] = []
    monkeypatch.setattr(rabbit, "AWAITED_MOST", 3600.0)
    monkeypatch.setattr(pair[0].rabbit._wire, "_confirmed", lambda *word: words.append(word))
    first, second = (asyncio.create_task(pair[0].receive(*said(pair[0], chat, chat))) for chat in ("a", "b"))
    await until(lambda: bool(words))
    first.cancel()  # a vendor that hangs up takes nobody else's acknowledgement with it
    await until(lambda: heard(pair[0], "a") == ["a"] and heard(pair[0], "b") == ["b"])
    assert not second.done()
    pair[0].rabbit._confirmed(max(number for number, _ in words), all_before=True)
    await second


async def test_a_vendor_waits_but_a_moment_for_a_queue_that_takes_nothing(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbit, "AWAITED_MOST", 0.0)
    monkeypatch.setattr(Wire, "publish", lambda *what: 1)
    await pair[0].receive(*said(pair[0], "a", "a0"))


async def test_what_a_queue_never_confirms_is_not_kept_for_ever(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """One without a leader says nothing for as long as it has none; the sweep finds what it did not take."""
    monkeypatch.setattr(rabbit, "AWAITED_MOST", 0.0)
    monkeypatch.setattr(rabbit, "CONFIRMED_WITHIN", 0.0)
    monkeypatch.setattr(Wire, "publish", lambda *what: 1)
    one = pair[0].rabbit
    await pair[0].receive(*said(pair[0], "a", "a0"))
    assert one._unconfirmed
    one._forget_unconfirmed()
    assert not one._unconfirmed


async def test_a_queue_that_brings_nothing_to_anybody_is_left_for_a_new_one_by_all(
    pair: Pair, space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quorum queue may take what is put into it for ever and bring it to a consumer that is no more."""
    monkeypatch.setattr(rabbit, "LOST_AFTER", timedelta(0))
    monkeypatch.setattr(rabbit, "TOLD_WITHIN", 0.05)
    monkeypatch.setattr(queues, "SILENT_MOST", 0.0)
    one, other = pair
    partition = one.rabbit._partition_of(Key("fake", "a"))
    name = one.rabbit._queue(partition)
    async with await aio_pika.connect(BROKER) as connection:
        channel = await connection.channel()
        queue = await channel.get_queue(name, ensure=False)
        await queue.consume(_keep, arguments={"x-priority": 255})
        await one.receive(*said(one, "a", "a0"))
        for process in pair:
            process.rabbit._whole = False  # as long after its line was new
        one.rabbit._swept_since = other.rabbit._swept_since = clock.now()
        other.rabbit.sweep_woken.clear()
        lines = [process.rabbit._wire for process in pair]
        await one.rabbit.sweep()
        monkeypatch.setattr(queues, "SILENT_MOST", 30.0)  # the new one may take its moment
        assert heard(one, "a") == []
        await until(other.rabbit.sweep_woken.is_set)  # it was told
        await other.rabbit.sweep()
        assert {process.rabbit._queue(partition) for process in pair} == {f"{name}.1"}
        for process, line in zip(pair, lines, strict=True):
            await until(partial(_is_new, process, line))
            await process.rabbit.sweep()
        await until(lambda: heard(one, "a") == ["a0"])
        await other.receive(*said(other, "a", "a1"))
        await until(lambda: heard(one, "a") == ["a0", "a1"])
        async with asyncio.timeout(10):
            while await _is_there(connection, name):  # noqa: ASYNC110 - it is deleted when nobody needs it
                await asyncio.sleep(0.01)


async def _is_there(connection: AbstractConnection, name: str) -> bool:
    try:
        await (await connection.channel()).declare_queue(name, passive=True)
    except ChannelNotFoundEntity:
        return False
    return True


def _is_new(process: Process, line: Wire) -> bool:
    return process.rabbit._wire is not line and process.rabbit._consuming


async def test_a_queue_without_a_leader_is_left_sooner(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker takes a message for another queue, and never the question."""
    monkeypatch.setattr(queues, "UNTAKEN_MOST", 0.0)
    one = pair[0].rabbit
    await until(lambda: one._consuming)
    _without_leader(monkeypatch, one, {one._queue(2)})
    assert not await one._leave_broken({2})
    await until(lambda: one._untaken() == {2})
    assert await one._leave_broken({2})
    assert one._queue(2).endswith(".2.1")


async def test_a_broker_that_takes_nothing_has_its_time(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be full, or looking for leaders of all: new queues would help nobody."""
    monkeypatch.setattr(queues, "UNTAKEN_MOST", 0.0)
    one = pair[0].rabbit
    await until(lambda: one._consuming)
    _without_leader(monkeypatch, one, {one._queue(number) for number in range(PARTITIONS)})
    assert not await one._leave_broken({1, 2})
    await until(lambda: len(one._probed) == 2)
    assert not await one._leave_broken({1, 2})


def _without_leader(monkeypatch: pytest.MonkeyPatch, process: Rabbit, names: Collection[str]) -> None:
    """Let the broker never say that it has what is published to these queues, and bring nothing of it."""
    wire, untaken = process._wire, set[int]()
    for brings in ("came", "answered"):
        monkeypatch.setattr(process._echoes, brings, lambda *what: None)
    publish, confirmed = wire.publish, wire._confirmed

    def published(queue: str, *what: Any) -> int:
        number = publish(queue, *what)
        untaken.update({number} if queue in names else ())
        return number

    def says(number: int, all_before: bool) -> None:
        for one in range(1 if all_before else number, number + 1):
            if one not in untaken:
                confirmed(one, False)

    monkeypatch.setattr(wire, "publish", published)
    monkeypatch.setattr(wire, "_confirmed", says)


async def test_after_a_cut_each_queue_with_waiting_events_is_asked_at_once(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that lost its leader with the line shall not have five seconds more."""
    one = pair[0].rabbit
    await until(lambda: one._consuming)
    monkeypatch.setattr(Wire, "publish", lambda *what: 1)
    await pair[0].receive(*said(pair[0], "a", "a0"))
    for process in pair:
        process.rabbit._echoes.forget()
    monkeypatch.setattr(one, "_answer_for", lambda queue: None)
    one._whole = True  # as on a new line
    await one.sweep()
    assert set(one._echoes._since) == {one._partition_of(Key("fake", "a"))}


async def test_who_reads_that_a_queue_was_left_leaves_nothing_before_its_new_line(pair: Pair) -> None:
    """It found the old queue silent as well, and the name that it would leave now is the new one's."""
    one, other = (process.rabbit for process in pair)
    await until(lambda: other._consuming)
    assert await one._queues.leave([2])
    other._broken.add(2)
    other._whole = True  # as it is told
    await other.sweep()
    await other.sweep()
    await until(partial(_is_new, pair[1], other._wire))
    await other.sweep()
    assert other._queue(2).endswith(".2.1")


async def test_the_end_of_a_left_line_is_no_end_of_the_next(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rabbit, "TOLD_WITHIN", 0.0)
    one = pair[0].rabbit
    await until(lambda: one._consuming)
    old = one._closed
    one._broken.add(2)
    assert await one._leave_broken(set())
    one._closed = asyncio.Event()  # the line broke meanwhile
    await until(old.is_set)
    assert not one._closed.is_set()


async def test_news_that_one_queue_refuses_ends_no_line(pair: Pair, space: str) -> None:
    """The queue of a process whose node is gone refuses what all others take."""
    one, other = (process.rabbit for process in pair)
    await until(lambda: one._consuming and other._consuming)
    heard_again = asyncio.Event()
    other.hear("again", heard_again.set)
    async with await aio_pika.connect(BROKER) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(
            exclusive=True, arguments={"x-max-length": 1, "x-overflow": "reject-publish"}
        )
        await queue.bind(f"langso.{space}.news")
        for topic in ("first", "second", "again"):
            one.tell(topic)
            await until(lambda: not one._topics and not one._telling)
    await heard_again.wait()
    assert not one._closed.is_set()


async def test_a_left_queue_that_was_not_deleted_is_tried_again_with_a_minutes_sweep(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has found its leader again would keep what is in it for a week."""
    one, tried = pair[0].rabbit, list[str]()
    await until(lambda: one._consuming)
    assert await one._queues.leave([2])

    async def delete(url: object, names: Collection[str]) -> None:
        tried.extend(names)
        if len(tried) == 2:
            one._deleted.update(names)

    monkeypatch.setattr(one, "_delete", delete)
    for _ in range(4):
        one._whole = True
        await one.sweep()
    assert [name[-2:] for name in tried] == [".2", ".2"]


async def test_a_queue_that_cuts_each_line_is_not_consumed_and_left(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One without a leader ends the line of whoever wants to consume it, and with it all other queues'."""
    one = pair[0].rabbit
    one._refused[2] = rabbit.REFUSED_MOST - 1
    assert one._whole_ones() == [0, 1, 3, 2]
    one._refused[2] = rabbit.REFUSED_MOST
    pair[0].line.cut()
    await until(lambda: not one._is_open)
    pair[0].line.is_open = True
    await until(lambda: one._consuming)
    assert sorted(one._whole_ones()) == [0, 1, 3]
    await one.sweep()
    assert one._queue(2).endswith(".2.1")
    assert sorted(one._whole_ones()) == [0, 1, 2, 3]
    await until(lambda: not one._is_open)


async def test_a_queue_whose_chats_wait_for_their_messenger_answers_and_stays(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process that works on what it brought says so, though nothing may come through the queue meanwhile."""
    holding, other = await holder(pair, "a")
    holding.gate.open.clear()
    holding.gate.reached.clear()
    await other.receive(*said(other, "a", "a0", "a1"))
    await holding.gate.reached.wait()
    for process in pair:
        process.rabbit._echoes.forget()  # as long after it came
    monkeypatch.setattr(Wire, "publish", lambda *what: 1)
    queue = other.rabbit._partition_of(Key("fake", "a"))
    assert not await other.rabbit._leave_broken({queue})
    assert set(other.rabbit._echoes._since) == {queue}
    await until(lambda: not other.rabbit._echoes._since)
    holding.gate.open.set()
    await until(lambda: heard(other, "a") == ["a0", "a1"])


async def test_acknowledgements_of_a_moment_go_together(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each write costs the system more than what is in it."""
    holding, _ = await holder(pair, "a")
    await until(lambda: not holding.rabbit._settled)
    acknowledged: list[list[int]] = []
    monkeypatch.setattr(holding.rabbit._wire, "acknowledge", lambda tags: acknowledged.append([*tags]))
    for tag in (901, 902, 903):
        holding.rabbit._settle_soon(tag)
        for _ in range(5):
            await asyncio.sleep(0)  # as they come one after the other
    await until(lambda: bool(acknowledged))
    assert acknowledged == [[901, 902, 903]]


async def test_a_queue_that_brings_a_probe_stays(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    holding, other = await holder(pair, "a")
    for process in pair:
        process.rabbit._echoes.forget()
        monkeypatch.setattr(process.rabbit, "_answer_for", lambda queue: None)
    queue = other.rabbit._partition_of(Key("fake", "a"))
    assert not await other.rabbit._leave_broken({queue})
    assert set(other.rabbit._echoes._since) == {queue}
    await until(lambda: not other.rabbit._echoes._since)
    assert queue in holding.rabbit._echoes._came


async def test_a_reading_from_before_the_marks_repeats_no_answer(
    db: BaseDBAsyncClient, space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red when a process forgets what it sent as soon as that is marked: the reading still shows it as unsent."""
    one = Process(db, space, [])
    await one.begin()
    engine, read = one.world.engine, one.rabbit.read
    store = engine._delivery._store
    may_mark, mark = asyncio.Event(), store.mark

    async def marked(sent: Sequence[tuple[Key, int]], done: Sequence[int]) -> None:
        await may_mark.wait()
        await mark(sent, done)

    async def read_early(numbers: Sequence[int]) -> Sequence[WaitingChat]:
        chats = await read(numbers)
        if heard(one, "a"):
            may_mark.set()
            await until(lambda: not engine._rested)
        return chats

    monkeypatch.setattr(store, "mark", marked)
    monkeypatch.setattr(one.rabbit, "read", read_early)
    await one.receive(*said(one, "a", "a0"))
    await until(lambda: heard(one, "a") == ["a0"] and bool(engine._rested))
    await one.receive(*said(one, "a", "a1"))
    await until(lambda: "a1" in heard(one, "a"))
    assert heard(one, "a") == ["a0", "a1"]
    await one.end()


async def test_a_chat_that_waits_for_its_messenger_keeps_no_queue_from_a_process_that_joins(
    db: BaseDBAsyncClient, space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RabbitMQ gives a queue to a consumer of higher priority only when the one before has acknowledged all."""
    monkeypatch.setattr(rabbit, "HELD_MOST", 0.1)
    monkeypatch.setattr(rabbit, "SWEPT_AGAIN", timedelta(0))
    monkeypatch.setattr(rabbit, "LOST_AFTER", timedelta(0))
    order: list[tuple[str, str]] = []
    old, new = Process(db, space, order), Process(db, space, order)
    monkeypatch.setattr(zlib, "crc32", lambda data: 0)  # all is one partition, of the lowest priority
    await old.begin()
    (pacer,) = old.world.engine._pacers.values()
    waits, may_go, wait = asyncio.Event(), asyncio.Event(), pacer.wait

    async def paused(*given: Any) -> PacingSlot:
        waits.set()
        await may_go.wait()
        return await wait(*given)

    monkeypatch.setattr(pacer, "wait", paused)
    await old.receive(*said(old, "a", "a0", word="cộng"))
    await waits.wait()
    monkeypatch.setattr(zlib, "crc32", lambda data: 200 if b" " in data else 0)
    await new.begin()
    async with asyncio.timeout(10):
        while heard(new, "a") != ["a0"]:
            await asyncio.sleep(0.02)
            for one in (old, new):
                await one.rabbit.sweep()
    await old.receive(*said(old, "a", "a1"))
    await until(lambda: "a1" in heard(new, "a"))
    may_go.set()
    await old.end()
    await new.end()
    assert heard(new, "a") == ["a0", "a1"]
    assert await GuideCount.all().count() == 1


async def test_what_came_for_a_messenger_that_was_off_is_answered_when_it_joins(
    db: BaseDBAsyncClient, space: str
) -> None:
    """Mechanism: who joins sends the numbers of all that waits for it on their way again."""
    one = Process(db, space, [])
    await one.begin()
    platforms = one.world.engine._platforms
    assert isinstance(platforms, dict)
    name, gate = platforms.popitem()
    await one.receive(*said(one, "a", "a0", "a1"))
    await one.receive(*said(one, "b", "b0"))
    await until(lambda: not one.rabbit._waiting and not one.rabbit._held and not one.world.engine._tasks())
    assert one.gate.order == []
    platforms[name] = gate
    await one.world.engine.take_up(name)
    await until(lambda: len(one.gate.order) == 3)
    assert (heard(one, "a"), heard(one, "b")) == (["a0", "a1"], ["b0"])
    await one.end()


async def test_a_process_takes_nothing_before_its_messengers_have_joined(pair: Pair) -> None:
    """It would have queues whose chats it must leave waiting, while another process could answer."""
    begun: list[object] = []
    engine = pair[0].world.engine
    engine._joining = True
    pair[0].rabbit.begin = lambda *what: begun.append(what)  # type: ignore[method-assign]
    await engine.start()
    assert not begun
    engine.joined()
    engine.joined()
    assert len(begun) == 1


async def test_queues_hold_numbers_and_no_word(db: BaseDBAsyncClient, pair: Pair, space: str) -> None:
    """So whoever is erased from the database is in no queue and no dead letter."""
    published: list[bytes] = []

    publish = Wire.publish

    def seen(wire: Wire, queue: str, body: bytes, kind: str = "") -> int:
        published.append(body)
        return publish(wire, queue, body, kind)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Wire, "publish", seen)
        await pair[0].receive(*said(pair[0], "a", "a0"))
        await until(lambda: len(heard(pair[0], "a")) == 1)
        await pair[0].rabbit.sweep()
    assert published
    assert all(re.fullmatch(rb"[0-9 -]+", body) for body in published)
