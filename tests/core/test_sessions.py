"""What the bot remembers of a chat, and that it survives restarts, crashes and a second process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.context import Context
from bot.core.engine import EngineLimits
from bot.core.events import Chat, Event, TextSent, UnreadableEvent
from bot.core.lean.values import replace
from bot.core.messages import Attachment, Button, Message
from bot.core.platform import Sent
from bot.core.router import Router
from bot.core.sessions import (
    LAST_NUMBER,
    SHARED,
    Flow,
    Key,
    OpenList,
    Outgoing,
    RecordedEvent,
    Session,
    VersionConflict,
    session_from_json,
    session_to_json,
)
from bot.core.text import Span, Text
from bot.storage.core_tables.conversation import InboxEvent
from bot.storage.sql import Sql, current
from bot.storage.store import ConversationStore
from bot.storage.tables.learning import GuideCount
from bot.testing import PLAIN, FakePlatform, World

# Round trips

small = st.text(max_size=8)
messages = st.builds(
    Message,
    st.builds(lambda words, style: Text((Span(words, style),)), small, st.sampled_from(["plain", "bold"])),
    st.lists(st.builds(Button, small, small), max_size=2).map(tuple),
    st.none() | st.builds(Attachment, st.just("photo"), small, small),
)
lists = st.builds(
    OpenList,
    st.lists(st.builds(Button, small, small), min_size=1, max_size=3).map(tuple),
    st.integers(1, 30),
    st.booleans(),
    st.sampled_from(["choice", "text", "quiz"]),
    small,
    small,
)
sessions = st.builds(
    Session,
    key=st.builds(Key, small, small),
    kind=st.sampled_from(["private", "group"]),
    version=st.integers(0, 99),
    done_seq=st.integers(0, 99),
    out_seq=st.just(50),
    sent_seq=st.just(0),
    locale=st.none() | small,
    large=st.booleans(),
    flows=st.dictionaries(small, st.builds(Flow, small, small, st.dictionaries(small, small, max_size=2)), max_size=2),
    lists=st.lists(lists, max_size=3),
    out=st.lists(st.builds(Outgoing, st.integers(1, 50), messages, st.none() | small), max_size=3),
    facts=st.dictionaries(small, small, max_size=2),
)


@given(session=sessions)
def test_a_stored_session_is_the_same_when_it_is_read(session: Session) -> None:
    state = session_to_json(session)
    read = session_from_json(session.key, session.version, session.done_seq, session.out_seq, session.sent_seq, state)
    assert read == session
    assert json.loads(state)


@pytest.mark.parametrize(
    "state", ["", "{", "null", "[]", '"k"', "{}", '{"k":"private","f":[]}', '{"k":"private","c":[[1]]}']
)
def test_what_is_no_stored_session_is_refused(state: str) -> None:
    with pytest.raises(UnreadableEvent):
        session_from_json(Key("fake", "1"), 1, 0, 0, 0, state)


@given(session=sessions, sent=st.integers(0, 60))
def test_replies_that_were_sent_are_not_read_again(session: Session, sent: int) -> None:
    read = session_from_json(session.key, 1, 0, session.out_seq, sent, session_to_json(session))
    assert read.out == [reply for reply in session.out if reply.seq > sent]
    session.sent(sent)
    assert session.out == read.out


@given(session=sessions)
def test_a_copy_can_be_changed_without_touching_the_original(session: Session) -> None:
    before = session_to_json(session)
    copy = session.copy()
    copy.flows["x"] = Flow("f", "s")
    copy.lists.append(OpenList((Button("a", "b"),), 1, True, "choice", SHARED, ""))
    copy.facts["x"] = "y"
    copy.sent(99)
    assert session_to_json(session) == before


@given(counts=st.lists(st.integers(1, 12), max_size=20))
def test_numbers_of_lists_open_in_one_group_never_overlap(counts: list[int]) -> None:
    session = Session(Key("fake", "g"), kind="group")
    for count in counts:
        first = session.number_for(count)
        session.open_list(OpenList(tuple(Button("x", str(n)) for n in range(count)), first, True, "choice", SHARED, ""))
        numbers = [n for item in session.lists for n in range(item.first, item.last + 1)]
        assert len(numbers) == len(set(numbers))
        assert max(numbers) <= LAST_NUMBER
        assert session.lists[-1].first == first


# Restarts


def _router() -> Router:
    router = Router()

    @router.command("cong", "cộng")
    async def add(ctx: Context) -> None:
        async with ctx.changes():
            await GuideCount.create(guide="g", step=ctx.event.id, what="w", day="2026-11-24", count=1)
            ctx.reply(ctx.t("Đã ghi."))

    @router.command("dai", "dài")
    async def tell_all(ctx: Context) -> None:
        ctx.reply(Text.of("dài " * 2000))

    @router.command("hoi", "hỏi")
    async def ask(ctx: Context) -> None:
        ctx.reply(Text.of("dài " * 2000), buttons=(Button("Có", "y"), Button("Không", "n")))

    @router.command("chao", "chào")
    async def greet(ctx: Context) -> None:
        ctx.reply(ctx.t("Chào bác."))

    return router


def _untranslated(locale: str, message: str, context: str | None = None) -> str:
    return message


def _world(db: BaseDBAsyncClient, platform: FakePlatform, mark_after: float = 0) -> World:
    return World(db, _router, _untranslated, platform, limits=EngineLimits(per_minute=1000, mark_after=mark_after))


async def _quiet(world: World) -> None:
    """Until nobody waits for an answer; marks may still be on their way."""
    while tasks := [queue.task for queue in world.engine._queues.values() if queue.task is not None]:
        await asyncio.wait(tasks)


class _Numbered(FakePlatform):
    """Knows the number of each reply, which its key ends with."""

    def __init__(self) -> None:
        super().__init__(PLAIN)
        self.numbers: list[int] = []

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        self.numbers.append(int(key.rpartition(":")[2]))
        return await super().send(chat, message, replacing=replacing, key=key)


async def test_replies_are_numbered_without_a_gap(db: BaseDBAsyncClient) -> None:
    """An open list knows the reply that showed it by its number, and a mark says up to which all were sent."""
    platform = _Numbered()
    talk = _world(db, platform).talk()
    for word in ("chào", "dài", "hỏi"):
        await talk.says(word)
    assert len(platform.numbers) > 5, "two of them are too long for one message"
    assert platform.numbers == [*range(1, len(platform.numbers) + 1)]
    session = await ConversationStore(db).load(Key(talk.chat.platform, talk.chat.id), "private")
    assert (session.out_seq, session.sent_seq) == (len(platform.numbers),) * 2
    assert session.asks is not None
    assert session.asks.seq == session.out_seq


async def _counted() -> int:
    return len(await GuideCount.all())


async def test_an_event_that_was_noted_but_not_handled_is_answered_after_the_restart(
    db: BaseDBAsyncClient, platform: FakePlatform
) -> None:
    """Mechanism: the start drains the inbox above done_seq."""
    world = _world(db, platform)
    talk = world.talk()
    events = [TextSent(f"e{n}", talk.chat, talk.sender, world.clock.now(), text="cộng") for n in range(3)]
    await ConversationStore(db).record(events)
    await talk.restarts()
    assert talk.heard == "\n\n".join(["Đã ghi."] * 3)
    assert await _counted() == 3
    await talk.restarts()
    assert await _counted() == 3
    assert await ConversationStore(db).unfinished() == []


class _SlowToNote(ConversationStore):
    """Notes an event only when it is `let`."""

    def __init__(self, db: BaseDBAsyncClient) -> None:
        super().__init__(db)
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    async def record(self, events: Sequence[Event]) -> list[RecordedEvent]:
        self.asked.set()
        await self.let.wait()
        return await super().record(events)


async def test_what_is_being_noted_when_the_end_begins_is_answered_before_it(
    db: BaseDBAsyncClient, platform: FakePlatform
) -> None:
    """Mechanism: the end waits for the commit of a note, from which a queue begins, as for the queues."""
    world = _world(db, platform)
    talk, store = world.talk(), _SlowToNote(db)
    world.engine._store = store
    event = TextSent("e1", talk.chat, talk.sender, world.clock.now(), text="cộng")
    brought = asyncio.create_task(world.engine.receive([event]))
    await store.asked.wait()
    stopping = asyncio.create_task(world.engine.stop())
    await asyncio.sleep(0)
    store.let.set()
    await asyncio.gather(brought, stopping)
    assert talk.heard == "Đã ghi."
    assert await ConversationStore(db).unfinished() == []


async def test_what_is_brought_after_the_end_is_noted_and_answered_at_the_next_start(
    db: BaseDBAsyncClient, platform: FakePlatform
) -> None:
    """Mechanism: no queue begins any more. The pages that messengers call outlive the conversations by a moment."""
    world = _world(db, platform)
    talk = world.talk()
    await world.engine.stop()
    await world.engine.receive([TextSent("e1", talk.chat, talk.sender, world.clock.now(), text="cộng")])
    assert world.engine._queues == {}
    assert platform.calls == 0
    await talk.restarts()
    assert talk.heard == "Đã ghi."
    assert await _counted() == 1


class _Dying(FakePlatform):
    """The process ends when it is about to send for the `fatal`-th time."""

    def __init__(self, fatal: int) -> None:
        super().__init__(PLAIN)
        self.fatal = fatal

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        if self.calls + 1 == self.fatal:
            self.fatal = 0
            raise asyncio.CancelledError
        return await super().send(chat, message, replacing=replacing, key=key)


@pytest.mark.parametrize("fatal", [1, 2, 3])
async def test_replies_that_were_committed_and_not_sent_leave_at_the_next_start(
    db: BaseDBAsyncClient, fatal: int
) -> None:
    """Mechanism: replies are part of the commit, and the start sends those above sent_seq."""
    world = _world(db, _Dying(fatal))
    talk = world.talk()
    await world.happens(*[TextSent(f"e{n}", talk.chat, talk.sender, world.clock.now(), text="cộng") for n in range(3)])
    assert len(talk.shown) == fatal - 1
    await talk.restarts()
    assert [shown.message.text.plain for shown in talk.shown] == ["Đã ghi."] * 3
    assert await _counted() == 3
    calls = world.platform.calls
    await talk.restarts()
    assert world.platform.calls == calls


async def test_what_was_sent_is_remembered_even_when_the_marks_had_no_time_to_be_written(
    db: BaseDBAsyncClient, platform: FakePlatform
) -> None:
    """Mechanism: stop writes the marks that are still waiting."""
    world = _world(db, platform, mark_after=3600)
    talk = world.talk()
    await world.engine.receive([TextSent("e1", talk.chat, talk.sender, world.clock.now(), text="chào")])
    await _quiet(world)
    await world.engine.stop(grace=0)
    (unsent, unfinished) = await ConversationStore(db).unsent(), await ConversationStore(db).unfinished()
    assert (unsent, unfinished) == ([], [])
    await talk.restarts()
    assert world.platform.calls == 1


class _SlowToMark(ConversationStore):
    """Does not come to its first marks, as on a disk that keeps everybody waiting."""

    def __init__(self, db: BaseDBAsyncClient) -> None:
        super().__init__(db)
        self.asked = asyncio.Event()

    async def mark(self, sent: Sequence[tuple[Key, int]], done: Sequence[int]) -> None:
        if not self.asked.is_set():
            self.asked.set()
            await asyncio.Event().wait()
        await super().mark(sent, done)


async def test_what_was_sent_is_remembered_when_an_end_cuts_off_the_write_of_its_marks(
    db: BaseDBAsyncClient, platform: FakePlatform
) -> None:
    """Mechanism: marks of a write that is cut off are kept for the last write of the end."""
    world = _world(db, platform)
    talk, store = world.talk(), _SlowToMark(db)
    world.engine._delivery._store = store
    await world.engine.receive([TextSent("e1", talk.chat, talk.sender, world.clock.now(), text="chào")])
    await store.asked.wait()
    await world.engine.stop(grace=0)
    assert (await store.unsent(), await InboxEvent.filter(body__isnull=False).count()) == ([], 0)
    await talk.restarts()
    assert world.platform.calls == 1


async def test_a_second_event_sends_nothing_anew_while_marks_are_on_their_way(
    db: BaseDBAsyncClient, platform: FakePlatform
) -> None:
    """Mechanism: the delivery knows what it sent before the database does."""
    world = _world(db, platform, mark_after=3600)
    talk = world.talk()
    for n in range(3):
        await world.engine.receive([TextSent(f"e{n}", talk.chat, talk.sender, world.clock.now(), text="chào")])
        await _quiet(world)
    assert world.platform.calls == 3
    await world.engine.stop(grace=0)


# Two processes


@pytest.fixture
async def pair(db: BaseDBAsyncClient) -> AsyncIterator[tuple[World, World]]:
    """Two bots on one database, each with its own messenger connection."""
    first, second = _world(db, FakePlatform(PLAIN)), _world(db, FakePlatform(PLAIN))
    second._events = first._events
    yield first, second
    await first.engine.stop()
    await second.engine.stop()


async def test_two_processes_that_take_turns_in_one_chat_have_one_effect_for_each_event(
    pair: tuple[World, World],
) -> None:
    """Mechanism: the version fences every commit, so a session that went stale is read again."""
    talks = [world.talk() for world in pair]
    for n in range(6):
        await talks[n % 2].says("cộng")
    assert await _counted() == 6


async def test_a_snapshot_that_went_stale_after_the_note_is_read_again(
    pair: tuple[World, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mechanism: VersionConflict, really raised by the database."""
    first, second = pair
    talk = first.talk()
    await talk.says("chào")
    store = first.engine._store
    note, load = store.record, store.load
    reloads: list[Key] = []

    async def overtaken(events: Sequence[Event]) -> list[RecordedEvent]:
        recorded = await note(events)
        await ConversationStore(second.db).save(await load(Key("fake", talk.chat.id), "private"))
        return recorded

    async def counted(key: Key, kind: str) -> Session:
        reloads.append(key)
        return await load(key, kind)

    monkeypatch.setattr(store, "record", overtaken)
    monkeypatch.setattr(store, "load", counted)
    await talk.says("cộng")
    assert reloads == [Key("fake", talk.chat.id)]
    assert talk.heard == "Đã ghi."
    assert await _counted() == 1


async def test_one_event_that_both_processes_received_has_one_effect(pair: tuple[World, World]) -> None:
    """Mechanism: inbox (platform, event_id) is unique."""
    first, second = pair
    talk = first.talk()
    event = TextSent("e-both", talk.chat, talk.sender, first.clock.now(), text="cộng")
    await asyncio.gather(first.engine.receive([event]), second.engine.receive([replace(event)]))
    await first.engine.idle()
    await second.engine.idle()
    assert await _counted() == 1
    assert first.platform.calls + second.platform.calls == 1


async def test_what_was_written_from_an_old_version_is_undone(db: BaseDBAsyncClient) -> None:
    """Mechanism: on SQLite the writes and the session are one unit, which the session's version closes."""
    store, sql = ConversationStore(db), Sql(db)
    key = Key("fake", "1")
    old, new = await store.load(key, "private"), await store.load(key, "private")
    await store.save(new)
    for session in (old, new):
        with pytest.raises(VersionConflict) if session is old else nullcontext():
            async with store.changes(session):
                await sql.write(
                    "insert into guide_counts (guide, step, what, day, count) values (?, 's', 'w', '2026-11-26', 1)",
                    ["old" if session is old else "new"],
                )
                await store.save(session)
    assert [row.guide for row in await GuideCount.all()] == ["new"]


async def test_a_session_saved_from_an_old_version_is_refused(db: BaseDBAsyncClient) -> None:
    store = ConversationStore(db)
    key = Key("fake", "1")
    old, new = await store.load(key, "private"), await store.load(key, "private")
    await store.save(new)
    with pytest.raises(VersionConflict):
        await store.save(old)
    with pytest.raises(VersionConflict):
        async with store.changes(old):
            await current().execute_query_dict("select 1 as one")
    old = await store.load(key, "private")
    async with store.changes(new):
        await store.save(new)
    with pytest.raises(VersionConflict):
        await store.save(old)


def test_vietnamese_is_stored_as_it_is_written() -> None:
    """Each letter with a mark would take six bytes, and nobody who looks into the database could read it."""
    assert "Bác Bảy ở Thôn Đông" in session_to_json(Session(Key("fake", "1"), facts={"name": "Bác Bảy ở Thôn Đông"}))
