"""The model of RabbitMQ: a broker that goes away gives each message back once."""

from __future__ import annotations

import asyncio

import pytest

from .broker import Broker, Connection, Consumer, Incoming, Queue, Stored
from .timeline import Timeline


async def _nothing(message: Incoming) -> None:
    del message


@pytest.mark.parametrize(("all_at_once", "deaths"), [(True, 1), (False, 2)])
async def test_a_broker_that_goes_away_gives_nothing_to_a_line_that_ends_with_it(
    all_at_once: bool, deaths: int
) -> None:
    """As in seed 58: two processes wait at one queue. One by one their lines may well end with the same message."""
    broker, loop = Broker(Timeline("1"), "1"), asyncio.get_running_loop()
    broker.connections = [Connection(broker, loop), Connection(broker, loop)]
    queue = broker.queues["q"] = Queue("q")
    queue.consumers = [Consumer(one, _nothing, 0, acked_at_once=False, tag="0") for one in broker.connections]
    stored = Stored(b"1")
    broker.takes("q", stored)
    if all_at_once:
        broker.goes_down(with_queues=False)
    else:
        for connection in [*broker.connections]:
            broker.forgets(connection)
    assert (stored.deaths, broker.returned) == (deaths, deaths)
    assert [*queue.waiting] == [stored]


async def test_the_number_of_a_probe_is_no_event() -> None:
    """As in seed 128: the probe of queue 1 was done with, and the first event, still on its way, counted as lost."""
    broker = Broker(Timeline("1"), "1")
    queue = broker.queues["q"] = Queue("q")
    queue.waiting.extend([Stored(b"1", kind="probe"), Stored(b"2 -3")])
    assert broker.kept() == {2, -3}
