"""RabbitMQ between the processes of an installation: numbers of events to one process each, and news to all.

The database has all that is to be done, so the queues may be lost: the sweep publishes again what was not published, or
went away with a broker. Imported only where BOT_BROKER_URL is set.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError, DeliveryError
from yarl import URL

from bot.core.carrier import Carried, WaitingChat
from bot.core.events import Event
from bot.core.machine import chance, clock
from bot.core.platform import KeyValue
from bot.core.sessions import Key, StoreUnavailable
from bot.framework import queues
from bot.framework.amqp.wire import Delivered, Wire
from bot.framework.queues import Echoes, Queues
from bot.storage.server import addresses
from bot.storage.server.shared_store import SharedStore

log: logging.Logger = logging.getLogger(__name__)
logging.getLogger("aiormq").setLevel(logging.ERROR)  # it tells each cut with a traceback, we with one line

PREFETCH = 100
"""Messages of a queue that a process has at once. A chat holds one of them, however many events wait in it."""
NUMBERS = 100
"""Numbers in one message."""
HEARTBEAT = 5
LEAVES_WITHIN = 2.0
BACK_OFF_MOST = 5.0
LOST_AFTER = timedelta(seconds=5)
"""An event that is not handled by then may be in no queue."""
SWEPT = 10_000
UNUSED_FOR, NEWS_UNUSED_FOR = 7 * 24 * 3600 * 1000, 60 * 1000
HELD_MOST = 20.0
"""Seconds that a message may be unacknowledged while its chat waits for its messenger: a queue goes to another process
only when all are acknowledged. The sweep leads back to such a chat."""
SWEPT_AGAIN = timedelta(minutes=1)
SETTLED_WITHIN = 0.02
"""Seconds that an acknowledgement may wait for others, or for numbers that go the same way: each write costs the system
more than what is in it. A process that dies meanwhile leaves a message that leads to nothing any more."""
CONFIRMED_WITHIN = 20.0
"""Seconds for the broker to take a message: a queue without a leader says nothing, and others must not wait for it."""
TOLD_WITHIN = 0.5
"""Seconds for the news that a queue was left to reach the other processes, before this one takes a new line."""
AWAITED_MOST = 1.0
"""Seconds that a vendor may wait for its acknowledgement until a queue has its event. It is noted in any case."""
DELETED_WITHIN = 5.0
REFUSED_MOST = 3
"""So often in a row a queue may cut the line of who wants to consume it; then another takes its place."""
_PROBE = "probe"
_ASKED = "who hears of "
_ECHO = "echo of "
_LEFT = "queues were left"
_AWAY = (AMQPError, OSError, TimeoutError, asyncio.InvalidStateError)


class Rabbit:
    """Implements bot.core.carrier.Carrier and bot.framework.sharing.Wakes.

    `space` keeps installations on one broker apart. A chat belongs to one of `partitions` queues; `values` has which of
    them were left for new ones.
    """

    def __init__(self, url: str, space: str, store: SharedStore, partitions: int, values: KeyValue) -> None:
        """Prepare the connection; raise ValueError for a malformed address. It may name several nodes of a cluster."""
        self._urls = [URL(one) for one in addresses.each(url)]
        if any(one.scheme not in ("amqp", "amqps") or not one.host for one in self._urls):
            raise ValueError("amqp://…")
        self._space = f"langso.{space}"
        self._queues = Queues(self._space, partitions, values)
        self._store = store
        self._partitions = partitions
        self._me = chance.unique()
        self._take: Callable[[Carried], object] | None = None
        self._drop: Callable[[], Awaitable[None]] | None = None
        self._overdue: Callable[[Carried], None] | None = None
        self._consuming = False
        self._waiting: dict[int, list[int]] = {}
        self._awaited: asyncio.Future[None] | None = None
        self._topics: dict[str, None] = {}
        self._settled: list[int] = []
        self._hearers: dict[str, Callable[[], None]] = {}
        self._held: dict[int, _Held] = {}
        self._swept: set[int] = set()
        self._swept_since = datetime.fromtimestamp(0, UTC)
        self._whole = True
        self._echoes = Echoes()
        self._probes: set[int] = set()
        self._probed: dict[int, int] = {}
        self._broken: set[int] = set()
        self._url: URL | None = None
        self._deleted: set[str] = set()
        self._refused: Counter[int] = Counter()
        self._wire = self._new_wire()
        self._unconfirmed: dict[int, _Together] = {}
        self._telling: set[asyncio.Task[object]] = set()
        self._closed = asyncio.Event()
        self._told = asyncio.Event()
        self._is_open = False
        self._leaving = False
        self.sweep_woken: asyncio.Event = asyncio.Event()

    # Carrier and Wakes

    def carry(self, key: Key, number: int) -> asyncio.Future[None] | None:
        if not self._is_open:  # then the sweep finds it
            return None
        self._waiting.setdefault(self._partition_of(key), []).append(number)
        self._told.set()
        if self._awaited is None:
            loop = asyncio.get_running_loop()
            self._awaited = loop.create_future()
            loop.call_later(AWAITED_MOST, _let_go, self._awaited)
        return self._awaited

    def begin(
        self,
        take: Callable[[Carried], object],
        overdue: Callable[[Carried], None],
        drop: Callable[[], Awaitable[None]],
    ) -> None:
        self._take, self._overdue, self._drop = take, overdue, drop
        self._told.set()

    def end(self) -> None:
        self._take = None

    async def note(self, events: Sequence[Event]) -> Sequence[tuple[Event, int]]:
        return await self._store.note(events)

    async def read(self, numbers: Sequence[int]) -> Sequence[WaitingChat]:
        return await self._store.read(numbers)

    def tell(self, topic: str) -> None:
        self._topics[topic] = None
        self._told.set()

    def hear(self, topic: str, what: Callable[[], None]) -> None:
        self._hearers[topic] = what

    async def sweep(self) -> None:
        """Publish what waits in the database and may be in no queue; after a cut, and once a minute, all that waits."""
        if not self._is_open:
            return None
        now = clock.now()
        after_cut, self._whole = self._whole, False
        whole = after_cut or now - self._swept_since >= SWEPT_AGAIN
        try:
            if whole and await self._queues.look():
                return self._takes_new_line()
            found = await self._store.lost(now if after_cut else now - LOST_AFTER, SWEPT, unsent=whole)
            late = {self._partition_of(key) for key, _ in found}
            if await self._leave_broken(late):
                return None
        except StoreUnavailable:
            self._whole |= after_cut
            raise
        for key, number in found:
            if whole or number not in self._swept:
                self.carry(key, number)
        self._swept = {number for _, number in found}
        if whole:
            self._swept_since = now
            self._delete_left()
        return None

    async def _leave_broken(self, late: set[int]) -> bool:
        """Ask the queues whose events stay unhandled for a sign of life, and leave those that have given none.

        Returns whether there are new ones, to which a new line is needed.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        if new := self._echoes.ask(late, now):
            for silence in (queues.UNTAKEN_MOST, queues.SILENT_MOST):
                loop.call_later(silence, self._sweep_if_silent)
            self._probes |= new
            for number in new:
                self.tell(f"{_ASKED}{number}")
        self._broken |= self._echoes.broken(now, self._untaken())
        if not self._broken:
            return False
        for number in self._broken:
            log.error("queue %s of RabbitMQ brings nothing to anybody: a new one takes its place", self._queue(number))
        if await self._queues.leave(self._broken):
            self.tell(_LEFT)
            self._takes_new_line(TOLD_WITHIN)
            return True
        return False

    def _takes_new_line(self, after: float = 0.0) -> None:
        """Let the next line declare the queues of new names: until then the sweep finds what comes."""
        # An old name that was found broken says nothing of the new one.
        for number in self._broken:
            self._refused.pop(number, None)
        self._broken.clear()
        self._is_open = False
        asyncio.get_running_loop().call_later(after, self._close, self._closed)

    def _sweep_if_silent(self) -> None:
        if self._echoes.are_silent(asyncio.get_running_loop().time(), self._untaken()):
            self.sweep_woken.set()

    def _untaken(self) -> Collection[int]:
        """Return the queues whose probe the broker has not confirmed, though it confirmed what was published later."""
        return {queue for queue, at in self._probed.items() if at in self._unconfirmed and self._is_overtaken(at)}

    def _is_overtaken(self, at: int) -> bool:
        later = sum(number > at for number in self._unconfirmed)
        return later < self._wire.published - at

    # Connection

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Exchange messages during the block, whenever the broker is reachable."""
        task = asyncio.create_task(self._insist())
        try:
            yield
        finally:
            self._leaving = True
            self._told.set()
            await asyncio.wait([task], timeout=LEAVES_WITHIN)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _insist(self) -> None:
        failures = 0
        for url in itertools.cycle(self._urls):  # after each cut, and each try in vain, it is the next one's turn
            try:
                self._wire = self._new_wire()
                async with await self._wire.connect(url, HEARTBEAT, HEARTBEAT) as connection:
                    await self._work(connection, url)
            except _AWAY as error:
                failures = 1 if self._is_open else failures + 1
                if failures == 1:
                    log.warning("RabbitMQ is away, its work waits: %s: %s", type(error).__name__, error)
            except Exception:
                failures += 1
                log.exception("the work with RabbitMQ failed")
            finally:
                self._cut()
            if self._is_leaving():
                return
            if self._drop is not None:
                await self._drop()
            await asyncio.sleep(min(BACK_OFF_MOST, 0.1 * 2.0 ** min(failures, 8)))

    def _is_leaving(self) -> bool:
        return self._leaving

    def _cut(self) -> None:
        self._is_open = self._consuming = False
        self._wire.end()
        self._echoes.forget()
        self._probes.clear()
        self._probed.clear()
        for telling in self._telling:
            telling.cancel()
        self._waiting.clear()
        if self._awaited is not None:
            _let_go(self._awaited)
            self._awaited = None
        for together in self._unconfirmed.values():
            together.let_go()
        self._unconfirmed.clear()
        self._settled.clear()
        for held in self._held.values():
            held.carried.given_back = True
        self._held = {}
        self._whole = True

    async def _work(self, connection: AbstractConnection, url: URL) -> None:
        publishing, taking, news = [await connection.channel(on_return_raises=True) for _ in range(3)]
        closed = self._closed = asyncio.Event()

        def close(*_: object) -> None:
            closed.set()
            self._told.set()

        for part in (connection, publishing, taking, news):
            part.close_callbacks.add(close)
        below = await taking.get_underlay_channel()
        # As when somebody deletes a queue: then all is declared anew.
        below.on_consumer_cancel_callbacks.add(close)
        self._wire.uses((await publishing.get_underlay_channel()).number, below.number)
        exchange = await news.declare_exchange(f"{self._space}.news", aio_pika.ExchangeType.FANOUT)
        # RabbitMQ's nodes may not start again with a bound queue that ends with its line (4.0.5, Khepri).
        mine = await news.declare_queue(
            f"{self._space}.news.{chance.unique()}", durable=True, arguments={"x-expires": NEWS_UNUSED_FOR}
        )
        await mine.bind(exchange)
        await mine.consume(self._heard, no_ack=True)
        self._broken.update(number for number, refused in self._refused.items() if refused >= REFUSED_MOST)
        for number in self._whole_ones():
            await self._declare(taking, number)
        self._is_open = True
        self.sweep_woken.set()
        self._url = url
        telling = asyncio.create_task(self._tell_overdue())
        try:
            await self._exchange(taking, exchange)
        finally:
            telling.cancel()

    def _close(self, line: asyncio.Event | None = None) -> None:
        """Close this line, by default the one there is."""
        (line or self._closed).set()
        self._told.set()

    async def _exchange(self, taking: AbstractChannel, news: AbstractExchange) -> None:
        while not self._closed.is_set():
            if self._take is not None and not self._consuming:
                await self._consume(taking)
            await self._told.wait()
            self._told.clear()
            self._settle()
            self._publish()
            self._wire.flush()
            self._tell_news(news)
            if self._leaving:
                await self._leave()
                return
        raise ConnectionError("the connection was closed")

    async def _declare(self, channel: AbstractChannel, number: int) -> None:
        await channel.declare_queue(
            self._queue(number),
            durable=True,
            arguments={
                "x-queue-type": "quorum",
                "x-single-active-consumer": True,
                "x-delivery-limit": -1,  # what processes die of is counted in the inbox, and never thrown away
                "x-expires": UNUSED_FOR,
            },
        )

    async def _consume(self, channel: AbstractChannel) -> None:
        self._consuming = True
        await channel.set_qos(prefetch_count=PREFETCH)
        for number in self._whole_ones():
            queue = await channel.get_queue(self._queue(number), ensure=False)
            # The highest of the processes' priorities wins the queue; so they are spread over the processes.
            priority = zlib.crc32(f"{self._me} {number}".encode()) % 250
            self._refused[number] += 1
            await queue.consume(_passes_by, arguments={"x-priority": priority}, consumer_tag=str(number))
            del self._refused[number]

    def _whole_ones(self) -> Sequence[int]:
        """Return the queues that are not about to be left; last those that have cut the line before, if any."""
        return sorted(set(range(self._partitions)) - self._broken, key=lambda number: self._refused[number])

    def _arrived(self, message: Delivered) -> None:
        if self._take is None:
            return  # it goes to another process when this one leaves
        now, queue = asyncio.get_running_loop().time(), int(message.consumer)
        self._echoes.came(queue, now)
        if message.kind == _PROBE:
            self.tell(f"{_ECHO}{queue}")
            self._settle_soon(message.tag)
            return
        held, at = self._held, message.tag

        def done() -> None:
            if held.pop(at, None) is not None and held is self._held:  # and not of a connection that is cut
                self._settle_soon(at)

        carried = Carried([int(number) for number in message.body.split()], done, deaths=message.deaths)
        held[at] = _Held(queue, now, carried)
        self._take(carried)

    async def _tell_overdue(self) -> None:
        while True:
            await asyncio.sleep(HELD_MOST / 4)
            self._forget_unconfirmed()
            begun = asyncio.get_running_loop().time() - HELD_MOST
            for held in list(self._held.values()):
                if held.since < begun and self._overdue is not None:
                    self._overdue(held.carried)

    def _settle_soon(self, tag: int) -> None:
        if not self._settled:
            asyncio.get_running_loop().call_later(SETTLED_WITHIN, self._told.set)
        self._settled.append(tag)

    def _settle(self) -> None:
        if self._settled:
            settled, self._settled = self._settled, []
            self._wire.acknowledge(settled)

    def _publish(self) -> None:
        """Publish what waits, without waiting for the broker's word; what it refuses closes the line."""
        waiting, self._waiting = self._waiting, {}
        probes, self._probes = self._probes, set()
        awaited, self._awaited = self._awaited, None
        if not waiting and not probes:
            return
        publish = self._wire.publish
        sent = [publish(self._queue(at), body) for at, numbers in waiting.items() for body in _bodies(numbers)]
        self._probed.update({number: publish(self._queue(number), str(number).encode(), _PROBE) for number in probes})
        sent += [self._probed[number] for number in probes]
        if probes and (others := set(range(self._partitions)) - probes):
            # The word on this one tells whether the broker takes anything at all.
            sent.append(publish(self._queue(min(others)), str(min(others)).encode(), _PROBE))
        together = _Together(awaited, len(sent), asyncio.get_running_loop().time())
        self._unconfirmed.update(dict.fromkeys(sent, together))

    def _confirmed(self, number: int, all_before: bool) -> None:
        numbers = list(takewhile(number.__ge__, self._unconfirmed)) if all_before else [number]
        for one in numbers:
            if (together := self._unconfirmed.pop(one, None)) is not None:
                together.confirm()
        if self._leaving:
            self._told.set()

    def _forget_unconfirmed(self) -> None:
        """Forget what the broker said nothing of for long: the sweep finds it."""
        begun = asyncio.get_running_loop().time() - CONFIRMED_WITHIN
        for number in [number for number, one in self._unconfirmed.items() if one.since < begun]:
            del self._unconfirmed[number]

    def _tell_news(self, news: AbstractExchange) -> None:
        topics, self._topics = self._topics, {}
        for topic in topics:
            self._tell_by(news.publish(aio_pika.Message(topic.encode(), app_id=self._me), "", mandatory=False))

    def _tell_by(self, told: Coroutine[object, object, object]) -> None:
        task = asyncio.create_task(told)
        self._telling.add(task)
        task.add_done_callback(self._was_told)

    def _was_told(self, task: asyncio.Task[object]) -> None:
        self._telling.discard(task)
        error = None if task.cancelled() else task.exception()
        # The queue of a process whose node is gone takes none; that process looks at everything with its next line.
        if error is not None and not isinstance(error, TimeoutError | DeliveryError):
            log.debug("news was not taken: %s: %s", type(error).__name__, error)
            self._close()

    def _delete_left(self) -> None:
        """Delete the queues that were left, now or with a later sweep."""
        if (names := set(self._queues.left()) - self._deleted) and self._url is not None:
            self._tell_by(self._delete(self._url, names))

    async def _delete(self, url: URL, names: Collection[str]) -> None:
        """Delete queues on a line of its own: one that is broken may end it."""
        try:
            async with (
                asyncio.timeout(DELETED_WITHIN),
                await self._new_wire().connect(url, HEARTBEAT, HEARTBEAT) as line,
            ):
                channel = await line.channel()
                for name in names:
                    await channel.queue_delete(name)
                    self._deleted.add(name)
        except _AWAY as error:
            log.warning("RabbitMQ did not delete queues that were left: %s: %s", type(error).__name__, error)

    async def _leave(self) -> None:
        """Wait a moment for the broker's word on what was published."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVES_WITHIN / 2):
                while (self._unconfirmed or self._telling) and not self._closed.is_set():
                    await (asyncio.wait(self._telling) if self._telling else self._told.wait())
                    self._told.clear()

    async def _heard(self, message: AbstractIncomingMessage) -> None:
        topic = message.body.decode()
        if topic.startswith(_ECHO):
            self._echoes.answered(int(topic.removeprefix(_ECHO)))
            return
        if topic.startswith(_ASKED):
            self._answer_for(int(topic.removeprefix(_ASKED)))
            return
        if topic == _LEFT and message.app_id != self._me:
            self._whole = True
            self.sweep_woken.set()
            return
        hearer = self._hearers.get(topic)
        if hearer is not None and message.app_id != self._me:
            hearer()

    def _answer_for(self, queue: int) -> None:
        """Say that a queue lives, if this process works on what it brought: a probe may wait behind that for long."""
        now = asyncio.get_running_loop().time()
        if self._echoes.lives(queue, now) or any(held.queue == queue for held in self._held.values()):
            self.tell(f"{_ECHO}{queue}")

    def _new_wire(self) -> Wire:
        return Wire(self._arrived, self._confirmed, self._close)

    def _partition_of(self, key: Key) -> int:
        return zlib.crc32("\0".join(key).encode()) % self._partitions

    def _queue(self, partition: int) -> str:
        return self._queues.name(partition)


class _Held(NamedTuple):
    """A message that is not acknowledged, from which queue and since when."""

    queue: int
    since: float
    carried: Carried


class _Together:
    """Messages published at once, of which somebody may await that their queues have them."""

    __slots__ = ("_awaited", "_lacks", "since")

    def __init__(self, awaited: asyncio.Future[None] | None, count: int, since: float) -> None:
        self._awaited, self._lacks, self.since = awaited, count, since

    def confirm(self) -> None:
        self._lacks -= 1
        if not self._lacks:
            self.let_go()

    def let_go(self) -> None:
        if self._awaited is not None:
            _let_go(self._awaited)


async def _passes_by(message: AbstractIncomingMessage) -> None:
    """Take no message: they come by the wire."""


def _let_go(awaited: asyncio.Future[None]) -> None:
    if not awaited.done():
        awaited.set_result(None)


def _bodies(numbers: Sequence[int]) -> Iterable[bytes]:
    for at in range(0, len(numbers), NUMBERS):
        yield " ".join(map(str, numbers[at : at + NUMBERS])).encode()
