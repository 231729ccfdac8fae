"""A model of what RabbitMQ promises, in the place of the line that bot.framework.rabbit opens.

Queues keep their order and outlive everything but their own loss. Of the consumers of a queue one is active: the first,
until it goes, or until one of a higher priority is there and all is acknowledged. What was delivered and not
acknowledged comes again, first in its queue, counted, when its consumer is gone. A publisher that is cut off never
learns whether its message was taken.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from types import SimpleNamespace, TracebackType
from typing import Self

from bot.framework.amqp.wire import Delivered

from .timeline import Timeline

NOTICED = (0.05, 0.5, 5.0, 10.0)
"""Seconds after which an end of a connection learns that the other one is silent: at once, or by heartbeats."""
CONNECTS_FOR = WAITS_FOR_A_LEADER = 5.0
Heard = Callable[["Incoming"], Awaitable[None]]


@dataclass(eq=False)
class Stored:
    body: bytes
    app_id: str | None = None
    kind: str = ""
    deaths: int = 0


class Incoming:
    """News as a consumer has it."""

    def __init__(self, stored: Stored) -> None:
        self.body, self.app_id = stored.body, stored.app_id


@dataclass(eq=False)
class Consumer:
    connection: Connection
    heard: Heard
    priority: int
    acked_at_once: bool
    tag: str
    unacked: list[Stored] = field(default_factory=list)
    arrives_at: float = 0.0


@dataclass(eq=False)
class Queue:
    name: str
    waiting: deque[Stored] = field(default_factory=deque)
    consumers: list[Consumer] = field(default_factory=list)
    active: Consumer | None = None
    prefetch: int = 100
    stands: bool = False
    """It does nothing, as one without a leader: what reaches it is `late`, and done when it stirs."""
    stood: bool = False
    late: list[Callable[[], object]] = field(default_factory=list)


class Broker:
    """`down`: nobody can connect. `published` and `delivered` are counted, what is `lost` went away with a queue.

    `returned` counts how often a consumer left something without a word: at most so often was one message given back.
    """

    def __init__(self, timeline: Timeline, seed: str) -> None:
        self.timeline = timeline
        self.down = False
        self.cut_off: set[asyncio.AbstractEventLoop] = set()
        self.queues: dict[str, Queue] = {}
        self.bound: dict[str, list[Queue]] = {}
        self.connections: list[Connection] = []
        self.published = self.delivered = self.again = self.returned = 0
        self.delivered_at = 0.0
        self._chance = Random(f"{seed}:broker")
        self.acked: Callable[[set[int], set[int]], None] = lambda gone, kept: None
        """Called with the numbers of a message that somebody is done with, and those that are still kept."""

    def network(self) -> float:
        return self._chance.uniform(0.001, 0.02)

    def wire(
        self, taken: Callable[[Delivered], None], confirmed: Callable[[int, bool], None], refused: Callable[[], None]
    ) -> ModelWire:
        """In the place of bot.framework.amqp.wire.Wire."""
        return ModelWire(self, taken, confirmed, refused)

    async def connect(self, url: object, timeout: float = CONNECTS_FOR, heartbeat: int = 0) -> Connection:  # noqa: ASYNC109
        """Let a process in, if it can be reached."""
        del url, heartbeat
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self.network())
        if loop in self.cut_off:
            await asyncio.sleep(timeout)
            raise TimeoutError("nobody answers")
        if self.down:
            raise ConnectionRefusedError("nobody listens")
        connection = Connection(self, loop)
        self.connections.append(connection)
        return connection

    # Faults

    def dies(self, loop: asyncio.AbstractEventLoop) -> None:
        """A process is gone; its machine may be, too, and then only the heartbeats tell."""
        self.cut_off.discard(loop)
        for connection in [one for one in self.connections if one.loop is loop]:
            connection.silent = connection.closed = True
            self.timeline.after(self._chance.choice(NOTICED), partial(self.forgets, connection))

    def cuts(self, loop: asyncio.AbstractEventLoop) -> None:
        """Nothing passes between this process and the broker any more; each learns of it by itself."""
        self.cut_off.add(loop)
        for connection in [one for one in self.connections if one.loop is loop]:
            connection.silent = True
            self.timeline.after(self._chance.choice(NOTICED), partial(self.forgets, connection))
            self.timeline.after(self._chance.choice(NOTICED), connection.breaks)

    def goes_down(self, *, with_queues: bool) -> None:
        self.down = True
        for connection in [*self.connections]:
            connection.silent = True
            self.forgets(connection)
            self.timeline.after(self.network(), connection.breaks)
        if with_queues:
            self.queues.clear()

    def is_fine(self) -> None:
        self.down = False
        self.cut_off.clear()
        for name in [*self.queues]:
            self.stirs(name)

    def stands(self, number: int) -> str:
        """Let one of the queues that are consumed stand still; return its name."""
        names = sorted(name for name, queue in self.queues.items() if queue.consumers and not queue.stands)
        if not names:
            return ""
        queue = self.queues[names[number % len(names)]]
        queue.stands = queue.stood = True
        return names[number % len(names)]

    def stirs(self, name: str) -> None:
        queue = self.queues.get(name)
        if queue is None or not queue.stands:
            return
        queue.stands = False
        late, queue.late = queue.late, []
        for what in late:
            what()
        self.pump(queue)

    # What it does

    def forgets(self, connection: Connection) -> None:
        """Give what this connection has not acknowledged to others."""
        if connection not in self.connections:
            return
        self.connections.remove(connection)
        for queue in [*self.queues.values()]:
            for consumer in [one for one in queue.consumers if one.connection is connection]:
                self.cancel(queue, consumer)
        for bound in self.bound.values():
            bound[:] = [queue for queue in bound if queue.consumers]

    def cancel(self, queue: Queue, consumer: Consumer) -> None:
        queue.consumers.remove(consumer)
        if queue.active is consumer:
            queue.active = None
        self.returned += bool(consumer.unacked)
        for stored in reversed(consumer.unacked):
            stored.deaths += 1
            self.again += 1
            queue.waiting.appendleft(stored)
        consumer.unacked = []
        self.pump(queue)

    def deletes(self, name: str) -> None:
        """Throw a queue away with all that it has; those that took from it are told."""
        queue = self.queues.pop(name, None)
        for consumer in [] if queue is None else queue.consumers:
            self.returned += bool(consumer.unacked)
            for channel in consumer.connection.channels:
                if not consumer.connection.silent and not consumer.connection.closed:
                    channel.is_told()

    def takes(self, queue: str, stored: Stored) -> bool:
        """Keep a message; False where there is no such queue."""
        if queue not in self.queues:
            return False
        self.published += 1
        self.queues[queue].waiting.append(stored)
        self.pump(self.queues[queue])
        return True

    def pump(self, queue: Queue) -> None:
        if (
            self.down or queue.stands or not queue.consumers
        ):  # all its lines end at once: nothing passes from one to another
            return
        first = max(queue.consumers, key=lambda one: one.priority)
        if queue.active is None or (first.priority > queue.active.priority and not queue.active.unacked):
            queue.active = first
        active = queue.active
        # One of a higher priority waits: nothing more goes to the one before it.
        while queue.waiting and active.priority >= first.priority and len(active.unacked) < queue.prefetch:
            self._deliver(queue, active, queue.waiting.popleft())

    def _deliver(self, queue: Queue, consumer: Consumer, stored: Stored) -> None:
        self.delivered += 1
        self.delivered_at = self.timeline.now
        connection = consumer.connection
        consumer.arrives_at = max(consumer.arrives_at, self.timeline.now + self.network())
        if consumer.acked_at_once:
            arrives = partial(connection.hears, consumer, Incoming(stored))
        else:
            consumer.unacked.append(stored)
            tag = connection.tags(partial(self._acked, queue, consumer, stored))
            arrives = partial(connection.brings, Delivered(tag, consumer.tag, stored.body, stored.kind, stored.deaths))
        self.timeline.after(consumer.arrives_at - self.timeline.now, arrives)

    def kept(self, *, stood: bool = True) -> set[int]:
        """Return the numbers in all queues, or without those that stood still once: they go with a minute's sweep."""
        kept: set[int] = set()
        for queue in [one for one in self.queues.values() if stood or not one.stood]:
            for stored in (*queue.waiting, *(one for consumer in queue.consumers for one in consumer.unacked)):
                kept |= _numbers(stored)
        return kept

    def _acked(self, queue: Queue, consumer: Consumer, stored: Stored) -> None:
        connection = consumer.connection

        def arrives() -> None:
            if queue.stands:
                queue.late.append(arrives)
            elif not connection.silent and stored in consumer.unacked:
                consumer.unacked.remove(stored)
                self.acked(_numbers(stored), self.kept())
                self.pump(queue)

        self.timeline.after(self.network(), arrives)


class Connection:
    """A connection of one process, as far as bot.framework.rabbit uses it. `silent`: nothing passes any more."""

    def __init__(self, broker: Broker, loop: asyncio.AbstractEventLoop) -> None:
        self.broker, self.loop = broker, loop
        self.silent = self.closed = False
        self.close_callbacks: set[Callable[..., object]] = set()
        self.channels: list[Channel] = []
        self.wire: ModelWire | None = None
        self.unacked: dict[int, Callable[[], None]] = {}
        self._tag = 0
        self._waiting: list[asyncio.Future[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed = True
        self.broker.timeline.after(self.broker.network(), partial(self.broker.forgets, self))

    async def channel(self, *, on_return_raises: bool = False) -> Channel:
        del on_return_raises
        await self.answered()
        made = Channel(self)
        self.channels.append(made)
        return made

    def check(self) -> None:
        if self.closed:
            raise ConnectionError("the connection is closed")

    async def answered(self, what: Callable[[], object] = lambda: None) -> None:
        """Have the broker do something, and wait for its word; raise ConnectionError when the line breaks."""
        self.check()
        future: asyncio.Future[None] = self.loop.create_future()
        self._waiting.append(future)

        def arrives() -> None:
            if not self.silent:
                what()
                self.broker.timeline.after(self.broker.network(), comes_back)

        def comes_back() -> None:
            if not self.silent and not self.loop.is_closed() and not future.done():
                future.set_result(None)

        self.broker.timeline.after(self.broker.network(), arrives)
        try:
            await future
        finally:
            self._waiting.remove(future)

    async def ends_after(self, seconds: float) -> None:
        """Have the broker end the line, as it does with those who want something of a queue that stands still."""
        self.broker.timeline.after(seconds, partial(self.broker.forgets, self))
        self.broker.timeline.after(seconds, self.breaks)
        await self.answered(lambda: setattr(self, "silent", True))

    def hears(self, consumer: Consumer, incoming: Incoming) -> None:
        if not self.silent and not self.closed:
            self.loop.create_task(_call(consumer.heard, incoming))

    def tags(self, acked: Callable[[], None]) -> int:
        """Return the number of a message on this line; `acked` is called when it is acknowledged under that."""
        self._tag += 1
        self.unacked[self._tag] = acked
        return self._tag

    def brings(self, message: Delivered) -> None:
        if self.wire is not None and not self.silent and not self.closed:
            self.loop.call_soon(self.wire.brings, message)

    def breaks(self) -> None:
        """The process learns that the line is dead."""
        if self.closed:
            return
        self.closed = True
        for future in self._waiting:
            if not future.done():
                future.set_exception(ConnectionError("the line broke"))
        parts: list[Connection | Channel] = [self, *self.channels]
        for part in parts:
            for callback in [*part.close_callbacks]:
                self.loop.call_soon(callback)


async def _call(heard: Heard, incoming: Incoming) -> None:
    await heard(incoming)


class ModelWire:
    """A line as bot.framework.amqp.wire.Wire has it."""

    def __init__(
        self,
        broker: Broker,
        taken: Callable[[Delivered], None],
        confirmed: Callable[[int, bool], None],
        refused: Callable[[], None],
    ) -> None:
        self._broker = broker
        self._taken, self._confirmed, self._refused = taken, confirmed, refused
        self._connection: Connection | None = None
        self.published = 0

    async def connect(self, url: object, within: float, heartbeat: int) -> Connection:
        made = self._connection = await self._broker.connect(url, within, heartbeat)
        made.wire = self
        return made

    def uses(self, publishing: int, taking: int) -> None:
        del publishing, taking

    def end(self) -> None:
        self._connection = None

    def brings(self, message: Delivered) -> None:
        if self._connection is not None:
            self._taken(message)

    def publish(self, queue: str, body: bytes, kind: str = "") -> int:
        self.published += 1
        if (line := self._open_line()) is not None:
            arrives = partial(self._arrives, line, self.published, queue, body, kind)
            self._broker.timeline.after(self._broker.network(), arrives)
        return self.published

    def acknowledge(self, tags: Iterable[int]) -> None:
        if (line := self._open_line()) is not None:
            for tag in tags:
                line.unacked.pop(tag)()

    def flush(self) -> None:
        return

    def _open_line(self) -> Connection | None:
        return None if self._connection is None or self._connection.closed else self._connection

    def _arrives(self, connection: Connection, number: int, queue: str, body: bytes, kind: str) -> None:
        reached = self._broker.queues.get(queue)
        if reached is not None and reached.stands:
            reached.late.append(partial(self._arrives, connection, number, queue, body, kind))
        elif not connection.silent:
            taken = self._broker.takes(queue, Stored(body, kind=kind))
            self._broker.timeline.after(self._broker.network(), partial(self._says, connection, number, taken))

    def _says(self, connection: Connection, number: int, taken: bool) -> None:
        if connection is self._connection and not connection.silent and not connection.loop.is_closed():
            connection.loop.call_soon(*((self._confirmed, number, False) if taken else (self._refused,)))


class Channel:
    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.close_callbacks: set[Callable[..., object]] = set()
        self._underlay = SimpleNamespace(on_consumer_cancel_callbacks=set(), number=1)
        self._prefetch = 100

    async def get_underlay_channel(self) -> SimpleNamespace:
        return self._underlay

    async def set_qos(self, *, prefetch_count: int) -> None:
        self._prefetch = prefetch_count

    async def declare_exchange(self, name: str, kind: object) -> Exchange:
        del kind
        await self.connection.answered()
        return Exchange(self.connection, name)

    async def declare_queue(self, name: str, *, durable: bool, arguments: Mapping[str, object]) -> Declared:
        """Declare one; those that are no quorum queues nobody needs when their only consumer is gone."""
        stays = durable and arguments.get("x-queue-type") == "quorum"
        broker = self.connection.broker
        queue = Queue(name)
        await self.connection.answered(lambda: broker.queues.setdefault(name, queue) if stays else None)
        return Declared(self.connection, broker.queues.get(name, queue), self._prefetch)

    async def get_queue(self, name: str, *, ensure: bool = True) -> Declared:
        del ensure
        self.connection.check()
        broker = self.connection.broker
        return Declared(self.connection, broker.queues.get(name, Queue(name)), self._prefetch)

    async def queue_delete(self, name: str) -> None:
        broker = self.connection.broker
        if name in broker.queues and broker.queues[name].stands:
            await self.connection.ends_after(WAITS_FOR_A_LEADER)
        await self.connection.answered(lambda: broker.deletes(name))

    async def close(self) -> None:
        await self.connection.answered()

    def is_told(self) -> None:
        """Hear that the broker has taken a consumer away."""
        for callback in [*self._underlay.on_consumer_cancel_callbacks]:
            self.connection.loop.call_soon(callback)


@dataclass
class Declared:
    connection: Connection
    queue: Queue
    prefetch: int

    async def bind(self, exchange: Exchange) -> None:
        bound = self.connection.broker.bound.setdefault(exchange.name, [])
        await self.connection.answered(lambda: bound.append(self.queue))

    async def consume(
        self, heard: Heard, *, no_ack: bool = False, arguments: dict[str, int] | None = None, consumer_tag: str = ""
    ) -> None:
        priority = (arguments or {}).get("x-priority", 0)
        consumer = Consumer(self.connection, heard, priority, no_ack, consumer_tag)

        def begins() -> None:
            self.queue.prefetch = self.prefetch
            self.queue.consumers.append(consumer)
            self.connection.broker.pump(self.queue)

        if self.queue.stands:
            await self.connection.ends_after(WAITS_FOR_A_LEADER)
        await self.connection.answered(begins)


class Published:
    """News that is published, as far as it matters."""

    body: bytes
    app_id: str | None


@dataclass
class Exchange:
    connection: Connection
    name: str

    async def publish(self, message: Published, routing_key: str, *, mandatory: bool = True) -> None:
        del routing_key, mandatory
        broker = self.connection.broker

        def arrives() -> None:
            for queue in _living(broker.bound.get(self.name, ())):
                queue.waiting.append(Stored(message.body, message.app_id))
                broker.pump(queue)

        await self.connection.answered(arrives)


def _numbers(stored: Stored) -> set[int]:
    """Return the numbers that a message leads to; news has none, and that of a probe is a queue's."""
    if stored.kind:
        return set()
    words = stored.body.decode().split()
    return {int(word) for word in words} if all(word.lstrip("-").isdigit() for word in words) else set()


def _living(queues: Iterable[Queue]) -> list[Queue]:
    return [queue for queue in queues if queue.consumers]
