"""What is remembered of chats is bounded, and no work for the garbage collector."""

from __future__ import annotations

import gc

from bot.core.events import Chat
from bot.core.flood import Flood
from bot.core.lru import REMEMBERED, Latest
from bot.core.pacing import Pacer
from bot.core.sessions import Key
from bot.testing import PLAIN, TestClock


def test_of_too_many_the_ones_heard_of_longest_ago_are_forgotten() -> None:
    latest: Latest[int] = Latest()
    for n in range(REMEMBERED):
        latest.put(("fake", str(n)), n)
    latest.put(("fake", "0"), 100)
    latest.put(("fake", "one more"), 1)
    assert len(latest) == REMEMBERED
    assert (latest.get(("fake", "0")), latest.get(("fake", "1"))) == (100, None)
    latest.forget(("fake", "0"))
    assert latest.get(("fake", "0")) is None


async def test_chats_that_are_remembered_are_nothing_for_the_garbage_collector_to_walk() -> None:
    """Mechanism: plain tuples of strings and numbers, which it stops following once it has seen them.

    10,000 chats of objects and lists stopped the loop for 50 ms at each full collection.
    """
    clock = TestClock()
    flood, pacer = Flood(3, clock), Pacer(1e9, clock)
    gc.collect()
    before = len(gc.get_objects())
    for n in range(1000):
        for _ in range(3):
            flood.delay(Key("fake", str(n)))
            flood.count(Key("fake", str(n)))
        flood.delay(Key("fake", str(n)))
        with await pacer.wait(Chat("fake", str(n), "private"), PLAIN["private"]):
            pass
    gc.collect()
    assert len(gc.get_objects()) - before < 100
