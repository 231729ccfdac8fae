"""What a line to the broker held when it was cut is known as given back: it comes again, perhaps to somebody else."""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.carrier import Carried
from bot.framework.amqp.wire import Delivered
from bot.framework.rabbit import Rabbit
from bot.storage.platform_store import PlatformValues
from bot.storage.server.shared_store import SharedStore


async def test_what_was_not_acknowledged_before_a_cut_is_given_back(db: BaseDBAsyncClient) -> None:
    rabbit, taken = Rabbit("amqp://broker", "test", SharedStore(db), 4, PlatformValues(db, "broker")), list[Carried]()

    async def drop() -> None:
        return

    rabbit.begin(taken.append, lambda carried: None, drop)
    for tag, body in ((1, b"7"), (2, b"8")):
        rabbit._arrived(Delivered(tag, "0", body))
    for carried in taken:
        carried.hold()
    taken[0].release()
    rabbit._cut()
    assert [(carried.numbers, carried.given_back) for carried in taken] == [((7,), False), ((8,), True)]
