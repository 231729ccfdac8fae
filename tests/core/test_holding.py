"""Several processes on one PostgreSQL: each chat is in the hands of one of them, and none is forgotten when it dies."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.context import Context
from bot.core.engine import EngineLimits
from bot.core.events import Chat, Event, Incoming, PhotoSent, TextSent
from bot.core.messages import Message
from bot.core.platform import Sent
from bot.core.router import Router
from bot.core.sessions import Key, RecordedEvent
from bot.storage.core_tables.conversation import ConversationLease, InboxEvent
from bot.storage.leased_store import LeasedStore
from bot.storage.store import ConversationStore
from bot.storage.tables.learning import GuideCount
from bot.testing import PLAIN, FakePlatform, Participant, World

pytestmark = pytest.mark.parametrize("database_kind", [pytest.param("postgres", marks=pytest.mark.postgres)])

END_ALL = "update conversation_leases set until = now() - interval '1 second'"


def _router() -> Router:
    router = Router()

    @router.command("cong", "cộng")
    async def add(ctx: Context) -> None:
        async with ctx.changes():
            await GuideCount.create(guide=ctx.event.chat.id, step=ctx.event.id, what="w", day="2026-11-24", count=1)
            ctx.reply(ctx.t("Đã ghi {event}.", event=ctx.event.id))

    @router.on(PhotoSent)
    async def see(ctx: Context) -> None:
        assert isinstance(ctx.event, PhotoSent)
        ctx.reply(ctx.t("Đã ghi {count} ảnh.", count=len(ctx.event.files)))

    return router


def _untranslated(locale: str, message: str, context: str | None = None) -> str:
    return message


class _Gate(FakePlatform):
    """While it is not open, what has `waits_with` in it is not sent; `order` is shared by both connections."""

    def __init__(self, order: list[tuple[str, str]]) -> None:
        super().__init__(PLAIN)
        self.open = asyncio.Event()
        self.open.set()
        self.order = order
        self.reached = asyncio.Event()
        self.waits_with = "Đã ghi"

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        await asyncio.sleep(random.random() / 1000)  # noqa: S311 - the order of events must not matter
        if self.waits_with in message.text.plain:
            self.reached.set()
            await self.open.wait()
        self.order.append((chat.id, message.text.plain))
        return await super().send(chat, message, replacing=replacing, key=key)


Pair = tuple[World, World]


@pytest.fixture
async def pair(db: BaseDBAsyncClient) -> AsyncIterator[Pair]:
    order: list[tuple[str, str]] = []
    limits = EngineLimits(per_minute=10_000, mark_after=0.001)
    worlds = [World(db, _router, _untranslated, _Gate(order), limits=limits, store=LeasedStore) for _ in range(2)]
    for world in worlds:
        await world.engine.start()
    yield worlds[0], worlds[1]
    for world in worlds:
        _gate(world).open.set()
        await world.engine.stop()


def _gate(world: World) -> _Gate:
    assert isinstance(world.platform, _Gate)
    return world.platform


def _said(talk: Participant, *names: str) -> list[Event]:
    return [TextSent(name, talk.chat, talk.sender, talk.world.clock.now(), text="cộng") for name in names]


async def _handled(chat: str) -> list[str]:
    return [row.step for row in await GuideCount.filter(guide=chat).order_by("id")]


def _heard(world: World, chat: str) -> list[str]:
    return [text.removeprefix("Đã ghi ").rstrip(".") for where, text in _gate(world).order if where == chat]


async def _handles(talk: Participant, *names: str) -> None:
    while await _handled(talk.chat.id) != [*names]:  # noqa: ASYNC110 - the database has no event for it
        await asyncio.sleep(0.001)


async def _dies(world: World) -> None:
    """As if killed: nothing is written any more, and its leases stay."""
    tasks = [*world.engine._tasks(), *([world.engine._watching] if world.engine._watching else [])]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_an_event_that_waits_in_one_process_is_not_passed_over_by_another(pair: Pair) -> None:
    """Mechanism: the chat's lease; the holder finds what others noted before it gives the chat back."""
    busy, quick = pair
    talk = busy.talk()
    _gate(busy).open.clear()
    await busy.engine.receive(_said(talk, "e1", "e2"))
    await _handles(talk, "e1")
    await quick.happens(*_said(talk, "e3"))
    assert await _handled(talk.chat.id) == ["e1"]
    _gate(busy).open.set()
    await busy.engine.idle()
    assert await _handled(talk.chat.id) == _heard(busy, talk.chat.id) == ["e1", "e2", "e3"]
    assert quick.platform.calls == 0
    assert await ConversationLease.all().count() == 0


async def test_an_album_whose_photos_come_in_at_two_processes_is_one_event(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red without `fetch_left` in `ChatQueue.take`: the photo that the other one noted was an event of its own."""
    first, second = pair
    talk = first.talk()
    photos = [
        PhotoSent(f"p{at}", talk.chat, talk.sender, first.clock.now(), (Incoming(f"{at}", "image/jpeg"),), album="1")
        for at in range(3)
    ]
    coming: list[Event] = [*photos[1:]]

    async def meanwhile(seconds: float) -> None:
        first.clock.passes(seconds=seconds)
        if coming:
            await second.engine.receive([coming.pop(0)])

    monkeypatch.setattr(first.clock, "sleep", meanwhile)
    await first.happens(photos[0])
    assert _heard(first, talk.chat.id) == ["3 ảnh"]
    await second.engine.idle()
    assert await second.engine._store.left(Key("fake", talk.chat.id)) == []


async def test_a_photo_of_an_album_is_not_found_again_while_its_mark_waits(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words came in between, so the album has the number of the photo before them; only its mark tells of the last."""
    first, second = pair
    talk, marks = first.talk(), asyncio.Event()
    photos = [
        PhotoSent(f"p{at}", talk.chat, talk.sender, first.clock.now(), (Incoming(f"{at}", "image/jpeg"),), album="1")
        for at in range(2)
    ]
    coming: list[Event] = [*_said(talk, "e1"), photos[1]]

    async def meanwhile(seconds: float) -> None:
        first.clock.passes(seconds=seconds)
        if coming:
            await second.engine.receive([*coming])
            coming.clear()

    written = first.engine._delivery.write_marks

    async def late() -> bool:
        await marks.wait()
        return await written()

    monkeypatch.setattr(first.clock, "sleep", meanwhile)
    monkeypatch.setattr(first.engine._delivery, "write_marks", late)
    _gate(first).waits_with = "e1"
    _gate(first).open.clear()
    await first.engine.receive([photos[0]])
    await _handles(talk, "e1")
    await second.engine.receive(_said(talk, "e2"))
    await first.engine.receive(_said(talk, "e3"))
    _gate(first).open.set()
    await _handles(talk, "e1", "e2", "e3")
    marks.set()
    await first.engine.idle()
    assert _heard(first, talk.chat.id) == ["2 ảnh", "e1", "e2", "e3"]


async def test_a_chat_at_rest_goes_on_wherever_its_next_event_comes_in(pair: Pair) -> None:
    talks = [world.talk() for world in pair]
    for n in range(6):
        await talks[n % 2].world.happens(*_said(talks[n % 2], f"e{n}"))
    assert await _handled(talks[0].chat.id) == _heard(pair[0], talks[0].chat.id) == [f"e{n}" for n in range(6)]
    assert [world.platform.calls for world in pair] == [3, 3]


async def test_events_of_a_few_chats_thrown_at_both_processes_are_each_handled_once_and_in_order(pair: Pair) -> None:
    talks = [pair[0].talk(f"p{n}") for n in range(4)]
    for n in range(40):
        talk = random.choice(talks)  # noqa: S311 - as above
        both = [world.engine.receive(_said(talk, f"{n}-{m}")) for m, world in enumerate(pair)]
        await asyncio.gather(*both)
    for _ in range(2):
        for world in pair:
            await world.engine.idle()
    for talk in talks:
        recorded = [row.event_id for row in await InboxEvent.filter(chat_id=talk.chat.id).order_by("seq")]
        assert await _handled(talk.chat.id) == _heard(pair[0], talk.chat.id) == recorded
    assert await ConversationLease.all().count() == 0


async def test_what_a_process_held_when_it_died_is_taken_up_by_another_in_order(pair: Pair) -> None:
    """Mechanism: the look at leases that are over. Here the reply to e1 had not left."""
    dead, alive = pair
    talk = dead.talk()
    _gate(dead).open.clear()
    await dead.engine.receive(_said(talk, "e1", "e2"))
    await _handles(talk, "e1")
    await _dies(dead)
    await alive.happens(*_said(talk, "e3"))
    await alive.engine._leases.look()
    await alive.engine.idle()
    assert await _handled(talk.chat.id) == ["e1"], "the lease is not over yet"
    await alive.db.execute_script(END_ALL)
    await alive.engine._leases.look()
    await alive.engine.idle()
    assert await _handled(talk.chat.id) == _heard(alive, talk.chat.id) == ["e1", "e2", "e3"]


async def test_a_new_event_takes_a_dead_process_s_chat_over_too_and_comes_after_what_was_left(pair: Pair) -> None:
    dead, alive = pair
    talk = dead.talk()
    _gate(dead).open.clear()
    await dead.engine.receive(_said(talk, "e1", "e2"))
    await _handles(talk, "e1")
    await _dies(dead)
    await alive.db.execute_script(END_ALL)
    await alive.happens(*_said(talk, "e3"))
    assert await _handled(talk.chat.id) == _heard(alive, talk.chat.id) == ["e1", "e2", "e3"]


async def test_a_process_that_was_only_slow_stops_where_another_has_taken_over(pair: Pair) -> None:
    """Mechanisms: the version fences its commit, and before it reads on it asks whether the chat is still its own."""
    slow, quick = pair
    talk = slow.talk()
    _gate(slow).open.clear()
    await slow.engine.receive(_said(talk, "e1", "e2", "e3"))
    await _handles(talk, "e1")
    await slow.db.execute_script(END_ALL)
    _gate(quick).open.clear()
    _gate(quick).waits_with = "e2"
    await quick.engine._leases.look()
    await _handles(talk, "e1", "e2")
    _gate(slow).open.set()
    await slow.engine.idle()
    _gate(quick).open.set()
    await quick.engine.idle()
    assert await _handled(talk.chat.id) == ["e1", "e2", "e3"]
    # The one reply that was on its way may come twice, as after a crash.
    assert sorted(_heard(quick, talk.chat.id)) == ["e1", "e1", "e2", "e3"]


async def test_a_look_tells_a_slow_process_that_it_lost_a_chat(pair: Pair) -> None:
    """Mechanism: what cannot be renewed is not gone on with."""
    slow, quick = pair
    talk = slow.talk()
    for world in pair:
        _gate(world).open.clear()
    await slow.engine.receive(_said(talk, "e1", "e2"))
    await _handles(talk, "e1")
    await slow.db.execute_script(END_ALL)
    await quick.engine._leases.look()
    await _gate(quick).reached.wait()  # else the slow one's reply may be noted as sent before the quick one looks
    await slow.engine._leases.look()
    _gate(slow).open.set()
    await slow.engine.idle()
    _gate(quick).open.set()
    await quick.engine.idle()
    assert await _handled(talk.chat.id) == ["e1", "e2"]
    assert (slow.platform.calls, quick.platform.calls) == (1, 2)
    assert await ConversationLease.all().count() == 0


async def test_a_look_renews_what_is_being_worked_on(pair: Pair) -> None:
    busy, other = pair
    _gate(busy).open.clear()
    await busy.engine.receive(_said(busy.talk(), "e1"))
    await busy.db.execute_script("update conversation_leases set until = now() + interval '2 seconds'")
    await busy.engine._leases.look()
    left = "select until > now() + interval '5 seconds' as renewed from conversation_leases"
    assert await busy.db.execute_query_dict(left) == [{"renewed": True}]
    await other.engine._leases.look()
    await other.engine.idle()
    _gate(busy).open.set()
    await busy.engine.idle()
    assert (busy.platform.calls, other.platform.calls) == (1, 0)


async def test_who_stops_in_mid_work_lets_the_others_go_on_at_once(pair: Pair) -> None:
    stopping, staying = pair
    talk = stopping.talk()
    _gate(stopping).open.clear()
    await stopping.engine.receive(_said(talk, "e1", "e2"))
    await stopping.engine.stop(grace=0.01)
    await staying.engine._leases.look()
    await staying.engine.idle()
    assert await _handled(talk.chat.id) == _heard(staying, talk.chat.id) == ["e1", "e2"]


async def test_a_start_takes_up_what_a_program_without_leases_left(pair: Pair) -> None:
    world = pair[0]
    talk = world.talk()
    await ConversationStore(world.db).record(_said(talk, "e1", "e2"))
    await world.restarts()
    assert await _handled(talk.chat.id) == ["e1", "e2"]


async def test_a_start_clears_away_what_nobody_will_take_over_any_more(pair: Pair) -> None:
    """A chat's address is not kept because its platform was switched off in mid-work."""
    world = pair[0]
    for days, chat in ((2, "long ago"), (0, "just now")):
        until = datetime.now(UTC) - timedelta(days=days)
        await ConversationLease.create(platform="off", chat_id=chat, holder="dead", until=until, noted_seq=1)
    await world.restarts()
    assert [lease.chat_id for lease in await ConversationLease.all()] == ["just now"]


async def test_who_takes_nobody_over_still_handles_its_own(db: BaseDBAsyncClient, pair: Pair) -> None:
    """A process of workers: it notes what its sends find out, and answers nobody else's people."""
    world = pair[0]
    talk = world.talk()
    await ConversationStore(db).record(_said(talk, "left"))
    world.engine._leases._platforms = ()
    await world.engine._leases.look(adopt=True)
    await world.engine.idle()
    assert await _handled(talk.chat.id) == []
    await world.happens(*_said(world.talk("Lan"), "own"))
    assert await _handled(world.talk("Lan").chat.id) == ["own"]


async def test_events_are_noted_with_their_lease_in_one_statement(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch, pair: Pair
) -> None:
    store = LeasedStore(db)
    statements: list[str] = []
    rows = store._sql.rows

    async def counted(text: str, values: Sequence[str | int | None] = ()) -> object:
        statements.append(text)
        return await rows(text, values)

    monkeypatch.setattr(store._sql, "rows", counted)
    recorded: list[RecordedEvent] = await store.record(_said(pair[0].talk(), "e1", "e2", "e1"))
    assert [(one.event.id, one.ours, one.held_before) for one in recorded] == [("e1", True, False), ("e2", True, False)]
    assert len(statements) == 1
