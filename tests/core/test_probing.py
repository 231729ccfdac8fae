"""A platform that takes nothing and names no time: tried less and less often, and at once when a person says so."""

from __future__ import annotations

from datetime import timedelta

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core import probing
from bot.core.events import Chat
from bot.core.pacing import HEAD_START_SECONDS, Pacer
from bot.core.probing import STEPS, lifted, refused_again
from bot.storage.store import ConversationStore
from bot.testing import PLAIN, TestClock

NAME = "fake"


async def test_the_first_message_that_is_taken_ends_the_pause(db: BaseDBAsyncClient) -> None:
    """Mechanism: both the process and the store forget it; with either left, messages would leave one at a time."""
    store, clock = ConversationStore(db), TestClock()
    pacer = Pacer(30.0, clock)
    await probing.refused(NAME, pacer, store, clock)
    assert [pacer.probing, await store.probe(NAME) is None] == [True, False]
    clock.passes(seconds=STEPS[0].total_seconds() + HEAD_START_SECONDS)
    place = await pacer.wait(Chat(NAME, "a", "private"), PLAIN["private"])
    await probing.taken(NAME, place, pacer, store)
    assert [pacer.probing, await store.probe(NAME) is None] == [False, True]


def test_after_a_person_lifted_it_a_refusal_makes_a_short_pause_again() -> None:
    now = TestClock().now()
    pause = refused_again(None, NAME, now)
    for _ in range(3):
        pause = refused_again(pause, NAME, pause.until)
    assert pause.until - now > STEPS[-1]
    later = now + timedelta(minutes=30)
    free = lifted(pause, later)
    assert (free.until, free.refusals) == (later, 0)
    assert refused_again(free, NAME, later).until == later + STEPS[0]
    assert lifted(free, later + STEPS[0]).until == later, "what is over already is not made later"
