"""A platform that knows the keys of messages: what is unclear is asked again with the same key, and comes once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.context import Context
from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.platform import Budget, RateLimited, Sent, Unreachable
from bot.core.router import Router
from bot.core.sessions import Key
from bot.core.text import Text
from bot.storage.core_tables.conversation import SessionRow
from bot.testing import PLAIN, FakePlatform, World
from tests.features.outbox_rig import NAME, Rig, Scripted, private, same

LOST = Unreachable("no answer", maybe_sent=True)


class Keyed(Scripted):
    """Takes each key once and repeats its answer; `asked` are the keys of all calls, `loses` loses the next answers."""

    def __init__(self, *, idempotent: bool = True, loses: int = 0) -> None:
        super().__init__()
        self.budget = Budget(1000, idempotent=idempotent)
        self.asked: list[str] = []
        self.took: dict[str, Sent] = {}
        self.loses = loses

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        self.asked.append(key)
        if key not in self.took:
            self.took[key] = await super().send(chat, message, replacing=replacing, key=key)
        if self.loses:
            self.loses -= 1
            raise LOST
        return self.took[key]


@pytest.mark.fault(3, "the messenger knows keys")
async def test_a_row_without_an_answer_is_asked_again_with_its_key(db: BaseDBAsyncClient) -> None:
    rig = Rig(db, Keyed(loses=3))
    await rig.add(private("hoa"), "một", "hai")
    await rig.run_out()
    assert await rig.states() == ["sent", "sent"]
    assert isinstance(rig.platform, Keyed)
    assert [text for _, text in rig.platform.accepted] == ["một", "hai"]
    first, second = dict.fromkeys(rig.platform.asked)
    assert rig.platform.asked == [first] * 4 + [second]
    assert first == f"row:{(await rig.row()).id}"


async def test_without_the_declaration_the_same_row_is_uncertain(db: BaseDBAsyncClient) -> None:
    rig = Rig(db, Keyed(idempotent=False, loses=1))
    await rig.add(private("hoa"), "một")
    await rig.run_out()
    assert await rig.states() == ["uncertain(no answer)"]


@pytest.mark.fault(2, "the messenger knows keys, or does not")
@pytest.mark.parametrize("idempotent", [True, False])
async def test_a_call_that_was_open_when_its_process_died_is_made_again_only_with_keys(
    db: BaseDBAsyncClient, idempotent: bool
) -> None:
    rig = Rig(db, Keyed(idempotent=idempotent))
    await rig.add(private("hoa"), "một")
    begun = asyncio.Event()

    async def hang() -> None:
        begun.set()
        await asyncio.Event().wait()

    assert isinstance(rig.platform, Keyed)
    rig.platform.script.append(hang)
    dying = asyncio.create_task(rig.sender.run())
    await begun.wait()
    dying.cancel()
    await rig.sender.stop(grace=0)
    rig.platform.took[rig.platform.asked[0]] = Sent("m1")  # it had taken the message; only the answer was to come
    await rig.new_sender().run()
    assert await rig.states() == (["sent"] if idempotent else ["uncertain(the sender stopped)"])
    assert [text for _, text in rig.platform.accepted] == ["một"]
    assert set(rig.platform.asked) == {rig.platform.asked[0]}


async def test_a_lease_that_is_not_over_is_left_alone_whatever_the_platform_knows(db: BaseDBAsyncClient) -> None:
    rig = Rig(db, Keyed())
    await rig.add(private("hoa"), "một")
    now = rig.clock.now()
    rows = await rig.rows.lease(NAME, now, now + timedelta(seconds=120), 10)
    await rig.rows.intend(rows, now, now + timedelta(seconds=120))
    await rig.rows.recover(NAME, now, now, again=True)
    assert await rig.states() == ["sending"]


class Once(FakePlatform):
    """Takes each key once. `loses` loses that many answers, `dies` ends the process after the next acceptance."""

    def __init__(self) -> None:
        super().__init__(PLAIN)
        self.budget = Budget(30, per_month=100, idempotent=True)
        self.asked: list[str] = []
        self.took: dict[str, Sent] = {}
        self.loses = 0
        self.dies = False

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        self.asked.append(key)
        if key not in self.took:
            self.took[key] = await super().send(chat, message, replacing=replacing, key=key)
        if self.dies:
            self.dies = False
            raise asyncio.CancelledError
        if self.loses:
            self.loses -= 1
            raise LOST
        return self.took[key]


def _router() -> Router:
    router = Router()

    async def answer(ctx: Context) -> None:
        ctx.reply(Text.of("Chào bác"))

    router.otherwise(answer)
    return router


@pytest.fixture
async def world(db: BaseDBAsyncClient) -> AsyncIterator[tuple[World, Once]]:
    once = Once()
    world = World(db, _router, same, once)
    yield world, once
    await world.engine.stop()


async def test_a_reply_without_an_answer_is_asked_again_although_messages_are_metered(
    world: tuple[World, Once],
) -> None:
    the_world, once = world
    once.loses = 2
    talk = the_world.talk()
    await talk.says("chào")
    assert len(talk.news) == 1
    assert len(once.asked) == 3
    assert len(set(once.asked)) == 1


async def test_a_reply_that_was_taken_before_the_process_died_has_the_same_key_after_the_start(
    world: tuple[World, Once],
) -> None:
    the_world, once = world
    talk = the_world.talk()
    await talk.says("chào")
    once.dies = True
    await talk.says("chào lần nữa")
    await the_world.restarts()
    assert once.asked[1:] == [once.asked[1]] * 2
    assert len(talk.shown) == 2


async def test_a_reply_that_waits_keeps_its_key(world: tuple[World, Once]) -> None:
    the_world, once = world
    once.faults = [RateLimited(3)]
    await the_world.talk().says("chào")
    assert len(once.asked) == 2
    assert len(set(once.asked)) == 1


async def test_a_new_session_of_an_old_chat_does_not_repeat_keys(world: tuple[World, Once]) -> None:
    """Its replies are counted from 1 again: with such a key they would be taken for repeats and never arrive."""
    the_world, once = world
    talk = the_world.talk()
    await talk.says("chào")
    await SessionRow.all().delete()
    the_world.engine.forget(Key(talk.chat.platform, talk.chat.id))
    await talk.says("chào")
    assert len(set(once.asked)) == 2
    assert len(talk.shown) == 2
