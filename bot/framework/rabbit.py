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
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import takewhile

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError
from yarl import URL

from bot.core.carrier import Carried, WaitingChat
from bot.core.machine import chance, clock
from bot.core.sessions import Key, StoreUnavailable
from bot.framework.amqp.wire import Delivered, Wire
from bot.framework.echoes import Echoes
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
UNUSED_FOR = 7 * 24 * 3600 * 1000
HELD_MOST = 20.0
"""Seconds that a message may be unacknowledged while its chat waits for its messenger: a queue goes to another process
only when all are acknowledged. The sweep leads back to such a chat."""
SWEPT_AGAIN = timedelta(minutes=1)
CONFIRMED_WITHIN = 20.0
"""Seconds for the broker to take a message: a queue without a leader says nothing, and others must not wait for it."""
AWAITED_MOST = 1.0
"""Seconds that a vendor may wait for its acknowledgement until a queue has its event. It is noted in any case."""
DELETED_WITHIN = 5.0
REFUSED_MOST = 3
"""So often in a row a queue may cut the line of who wants to consume it; then it is made anew."""
_PROBE = "probe"
_ECHO = "echo of "
_AWAY = (AMQPError, OSError, TimeoutError, asyncio.InvalidStateError)


class Rabbit:
    """Implements bot.core.carrier.Carrier and bot.framework.sharing.Wakes.

    `space` keeps installations on one broker apart. A chat belongs to one of `partitions` queues.
    """

    def __init__(self, url: str, space: str, store: SharedStore, partitions: int) -> None:
        """Prepare the connection; raise ValueError for a malformed address. It may name several nodes of a cluster."""
        self._urls = [URL(one) for one in addresses.each(url)]
        if any(one.scheme not in ("amqp", "amqps") or not one.host for one in self._urls):
            raise ValueError("amqp://…")
        self._space = f"langso.{space}"
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
        self._held: dict[int, tuple[float, Carried]] = {}
        self._swept: set[int] = set()
        self._swept_since = datetime.fromtimestamp(0, UTC)
        self._whole = True
        self._echoes = Echoes()
        self._probes: set[int] = set()
        self._broken: set[int] = set()
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
            return
        now = clock.now()
        after_cut, self._whole = self._whole, False
        whole = after_cut or now - self._swept_since >= SWEPT_AGAIN
        try:
            found = await self._store.lost(now if after_cut else now - LOST_AFTER, SWEPT, unsent=whole)
        except StoreUnavailable:
            self._whole |= after_cut
            raise
        for key, number in found:
            if whole or number not in self._swept:
                self.carry(key, number)
        self._ask_for_echoes({self._partition_of(key) for key, number in found if number in self._swept})
        self._swept = {number for _, number in found}
        if whole:
            self._swept_since = now

    def _ask_for_echoes(self, late: set[int]) -> None:
        """Ask the queues whose events were not handled at the last look either; one that stays silent is made anew."""
        now = asyncio.get_running_loop().time()
        self._echoes.ask(late, now)
        self._broken.update(self._echoes.broken(now))
        self._probes |= late - self._broken
        self._told.set()

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
                    await self._work(connection)
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
        for _, carried in self._held.values():
            carried.given_back = True
        self._held = {}
        self._whole = True

    async def _work(self, connection: AbstractConnection) -> None:
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
        mine = await news.declare_queue(exclusive=True, auto_delete=True)
        await mine.bind(exchange)
        await mine.consume(self._heard, no_ack=True)
        self._broken.update(number for number, refused in self._refused.items() if refused >= REFUSED_MOST)
        await self._delete_broken(connection)
        for number in range(self._partitions):
            await self._declare(taking, number)
        self._is_open = True
        self.sweep_woken.set()
        telling = asyncio.create_task(self._tell_overdue())
        try:
            await self._exchange(taking, exchange, connection)
        finally:
            telling.cancel()

    def _close(self) -> None:
        self._closed.set()
        self._told.set()

    async def _exchange(self, taking: AbstractChannel, news: AbstractExchange, connection: AbstractConnection) -> None:
        while not self._closed.is_set():
            if self._take is not None and not self._consuming:
                await self._consume(taking)
            await self._told.wait()
            self._told.clear()
            self._settle()
            self._publish()
            self._tell_news(news)
            if self._broken:
                await self._delete_broken(connection)
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
        for number in range(self._partitions):
            queue = await channel.get_queue(self._queue(number), ensure=False)
            # The highest of the processes' priorities wins the queue; so they are spread over the processes.
            priority = zlib.crc32(f"{self._me} {number}".encode()) % 250
            self._refused[number] += 1
            await queue.consume(_passes_by, arguments={"x-priority": priority})
            del self._refused[number]

    def _arrived(self, message: Delivered) -> None:
        if self._take is None:
            return  # it goes to another process when this one leaves
        numbers = [int(number) for number in message.body.split()]
        if message.kind == _PROBE:
            self._echoes.answered(numbers[0])
            self.tell(f"{_ECHO}{numbers[0]}")
            self._settled.append(message.tag)
            return
        held, at = self._held, message.tag

        def done() -> None:
            if held.pop(at, None) is not None and held is self._held:  # and not of a connection that is cut
                self._settled.append(at)
                self._told.set()

        carried = Carried(numbers, done, deaths=message.deaths)
        held[at] = asyncio.get_running_loop().time(), carried
        self._take(carried)

    async def _tell_overdue(self) -> None:
        while True:
            await asyncio.sleep(HELD_MOST / 4)
            self._forget_unconfirmed()
            begun = asyncio.get_running_loop().time() - HELD_MOST
            for since, carried in list(self._held.values()):
                if since < begun and self._overdue is not None:
                    self._overdue(carried)

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
        sent += [publish(self._queue(number), str(number).encode(), _PROBE) for number in probes]
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
            told = news.publish(aio_pika.Message(topic.encode(), app_id=self._me), "", mandatory=False)
            task = asyncio.create_task(told)
            self._telling.add(task)
            task.add_done_callback(self._was_told)

    def _was_told(self, task: asyncio.Task[object]) -> None:
        self._telling.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, TimeoutError):
            log.debug("news was not taken: %s: %s", type(error).__name__, error)
            self._close()

    async def _leave(self) -> None:
        """Wait a moment for the broker's word on what was published."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVES_WITHIN / 2):
                while (self._unconfirmed or self._telling) and not self._closed.is_set():
                    await (asyncio.wait(self._telling) if self._telling else self._told.wait())
                    self._told.clear()

    async def _delete_broken(self, connection: AbstractConnection) -> None:
        """Delete the queues that bring nothing any more: each process declares them anew, and the database has all."""
        while self._broken:
            number = self._broken.pop()
            self._refused.pop(number, None)
            log.error("queue %d of RabbitMQ brings nothing to anybody and is made anew", number)
            try:
                async with asyncio.timeout(DELETED_WITHIN):
                    channel = await connection.channel()
                    await channel.queue_delete(self._queue(number))
                    await channel.close()
            except TimeoutError:
                log.error("RabbitMQ does not delete queue %d: look at its members (rabbitmq-queues)", number)

    async def _heard(self, message: AbstractIncomingMessage) -> None:
        topic = message.body.decode()
        if topic.startswith(_ECHO):
            self._echoes.answered(int(topic.removeprefix(_ECHO)))
            return
        hearer = self._hearers.get(topic)
        if hearer is not None and message.app_id != self._me:
            hearer()

    def _new_wire(self) -> Wire:
        return Wire(self._arrived, self._confirmed, self._close)

    def _partition_of(self, key: Key) -> int:
        return zlib.crc32("\0".join(key).encode()) % self._partitions

    def _queue(self, partition: int) -> str:
        return f"{self._space}.events.{self._partitions}.{partition}"


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
