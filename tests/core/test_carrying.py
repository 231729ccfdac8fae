"""What a carrier brings: the numbers of events that another process noted, or died of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core import engine
from bot.core.carrier import Carried, WaitingChat
from bot.core.context import Context
from bot.core.engine import MANY_DEATHS, EngineLimits
from bot.core.events import Chat, Event, Incoming, PhotoSent, TextSent
from bot.core.messages import Message
from bot.core.platform import RICH, Sent, Unreachable
from bot.core.router import Router
from bot.core.sessions import Key, Session, StoreUnavailable
from bot.core.text import Text
from bot.storage.core_tables.conversation import InboxEvent, SessionRow
from bot.storage.store import ConversationStore
from bot.testing import FakePlatform, Participant, World


class _Queues:
    """Carries nothing by itself: `take` is called by the test, as a queue would."""

    def __init__(self, store: ConversationStore) -> None:
        self._store = store
        self.take: Callable[[Carried], object] = lambda carried: None
        self.overdue: Callable[[Carried], None] = lambda carried: None
        self.drop: Callable[[], Awaitable[None]]

    def carry(self, key: Key, number: int) -> Awaitable[None] | None:
        return None

    def begin(
        self,
        take: Callable[[Carried], object],
        overdue: Callable[[Carried], None],
        drop: Callable[[], Awaitable[None]],
    ) -> None:
        self.take, self.overdue, self.drop = take, overdue, drop

    def end(self) -> None:
        return

    async def note(self, events: Sequence[Event]) -> Sequence[tuple[Event, int]]:
        return [(one.event, one.seq) for one in await self._store.record(events)]

    async def read(self, numbers: Sequence[int]) -> Sequence[WaitingChat]:
        events = [one for one in await self._store.unfinished() if one.seq in numbers]
        return [WaitingChat(events[0].session, events, numbers)] if events else []


def _echo() -> Router:
    router = Router()

    @router.otherwise
    async def answer(ctx: Context) -> None:
        ctx.reply(Text.verbatim("đã nghe"))

    return router


def _same(locale: str, message: str, context: str | None = None) -> str:
    return message


@pytest.mark.parametrize("deaths", [0, MANY_DEATHS], ids=["published anew", "given back"])
@pytest.mark.parametrize("attempts", [0, 1, EngineLimits().attempts])
async def test_an_event_that_killed_processes_is_counted_on_however_its_number_comes(
    db: BaseDBAsyncClient, attempts: int, deaths: int
) -> None:
    """The broker's count begins at nought where a number is published anew: that of the inbox goes on."""
    world, store = World(db, _echo, _same, FakePlatform(RICH)), ConversationStore(db)
    talk, settled = world.talk("Hoa"), [0]
    queues = world.engine._carrier = _Queues(store)
    await world.engine.start()
    (noted,) = await store.record([TextSent("e1", talk.chat, talk.sender, world.clock.now(), "câu")])
    for _ in range(attempts):
        await store.begin_attempt(noted.seq)
    queues.take(Carried([noted.seq], lambda: settled.append(noted.seq), deaths=deaths))
    await world.engine.idle()
    (row,) = await InboxEvent.all()
    assert row.attempts == attempts + (attempts > 0 or deaths > 0)
    assert ("đã nghe" in [one.message.text.plain for one in talk.shown]) is (attempts < EngineLimits().attempts)
    assert settled == [0, noted.seq]


async def test_a_copy_that_knows_of_no_death_hides_none_when_it_comes_first(db: BaseDBAsyncClient) -> None:
    """As in seed 21490 of the core: the copy with the count was acknowledged, and two more processes died of it."""
    begun, may_end = asyncio.Event(), asyncio.Event()

    def router() -> Router:
        made = _echo()

        @made.command("cham", "chậm")
        async def slow(ctx: Context) -> None:
            begun.set()
            await may_end.wait()

        return made

    world, store = World(db, router, _same, FakePlatform(RICH)), ConversationStore(db)
    talk, settled = world.talk("Hoa"), list[str]()
    queues = world.engine._carrier = _Queues(store)
    await world.engine.start()
    said = [TextSent(text, talk.chat, talk.sender, world.clock.now(), text) for text in ("chậm", "câu")]
    first, second = await store.record(said)
    queues.take(Carried([first.seq, second.seq], lambda: settled.append("anew")))
    await begun.wait()
    for deaths in (MANY_DEATHS, 1):
        queues.take(Carried([second.seq], lambda deaths=deaths: settled.append(f"of {deaths}"), deaths=deaths))  # type: ignore[misc]
    while world.engine._arrivals.running:
        await asyncio.wait(world.engine._arrivals.running)
    let_go = [*settled]
    may_end.set()
    await world.engine.idle()
    assert let_go == ["anew", "of 1"]
    assert settled == [*let_go, f"of {MANY_DEATHS}"]
    assert [row.attempts for row in await InboxEvent.all().order_by("seq")] == [0, 1]
    assert "đã nghe" in [one.message.text.plain for one in talk.shown]


async def test_of_what_leads_to_a_chat_that_is_kept_which_processes_died_with(db: BaseDBAsyncClient) -> None:
    """What is acknowledged takes its count along: the next process would count from nought."""
    world, store = World(db, _echo, _same, FakePlatform(RICH)), ConversationStore(db)
    talk, settled = world.talk("Hoa"), list[str]()
    queues = world.engine._carrier = _Queues(store)
    world.engine._limits = EngineLimits(mark_after=0.2)
    await world.engine.start()
    said = [TextSent(name, talk.chat, talk.sender, world.clock.now(), "câu") for name in ("e1", "e2")]
    first, second = await store.record(said)
    queues.take(Carried([first.seq], lambda: settled.append("anew")))
    queues.take(Carried([second.seq], lambda: settled.append("of one"), deaths=1))
    while world.engine._arrivals.running:
        await asyncio.wait(world.engine._arrivals.running)
    let_go = [*settled]
    await world.engine.idle()
    assert let_go == ["anew"]
    assert settled == ["anew", "of one"]


class _Stop:
    """Somewhere to wait until a test goes on."""

    def __init__(self) -> None:
        self.reached, self.may_go = asyncio.Event(), asyncio.Event()

    async def __call__(self, seconds: float = 0.0) -> None:
        self.reached.set()
        await self.may_go.wait()


async def _asks(db: BaseDBAsyncClient, settled: list[str]) -> tuple[World, _Queues, Carried]:
    """Begin an answer that finds no way to its messenger at first."""
    world, store = World(db, _echo, _same, FakePlatform(RICH)), ConversationStore(db)
    world.platform.faults = [Unreachable("no route", maybe_sent=False)]
    talk = world.talk("Hoa")
    queues = world.engine._carrier = _Queues(store)
    await world.engine.start()
    (noted,) = await store.record([TextSent("e1", talk.chat, talk.sender, world.clock.now(), "câu")])
    carried = Carried([noted.seq], lambda: settled.append("settled"))
    queues.take(carried)
    return world, queues, carried


async def test_a_reply_that_is_to_be_tried_again_keeps_no_queue_from_another_process(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pauses between tries last up to a minute, and a messenger may be away for hours."""
    pause, settled = _Stop(), list[str]()
    world, queues, carried = await _asks(db, settled)
    with monkeypatch.context() as patched:
        patched.setattr(world.clock, "sleep", pause)
        await pause.reached.wait()
    queues.overdue(carried)
    pause.may_go.set()
    await world.engine.idle()
    assert (world.platform.calls, settled) == (1, ["settled"])
    (session,) = await SessionRow.all()
    assert session.out_seq > session.sent_seq


async def test_a_reply_that_is_to_be_tried_again_is_left_when_its_queue_goes_to_another_process(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in seeds 4638 and 5646 of the core: it went on for five seconds, and the other process said it, too."""
    pause = _Stop()
    world, queues, _ = await _asks(db, [])
    with monkeypatch.context() as patched:
        patched.setattr(world.clock, "sleep", pause)
        await pause.reached.wait()
    dropping = asyncio.ensure_future(queues.drop())
    for _ in range(3):
        await asyncio.sleep(0)
    at_work = [*world.engine._queues]
    pause.may_go.set()
    await dropping
    assert (at_work, world.platform.calls) == ([], 1)
    assert world.engine._delivery.left == set()


async def test_a_call_in_vain_is_the_last_one_when_its_queue_goes_to_another_process_meanwhile(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = _Stop()
    world, queues, _ = await _asks(db, [])
    send = world.platform.send

    async def slowly(chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        await call()
        return await send(chat, message, replacing=replacing, key=key)

    monkeypatch.setattr(world.platform, "send", slowly)
    await call.reached.wait()
    dropping = asyncio.ensure_future(queues.drop())
    await asyncio.sleep(0)
    call.may_go.set()
    await dropping
    assert world.platform.calls == 1


@pytest.mark.parametrize("commits", [True, False])
async def test_the_words_of_an_event_that_was_cut_off_in_mid_commit_go_if_it_was_handled(
    db: BaseDBAsyncClient, monkeypatch: pytest.MonkeyPatch, commits: bool
) -> None:
    """As in seed 25147 of the core: its number was lost with the broker, so nobody looked at it again."""
    commit = _Stop()

    class Slow(ConversationStore):
        async def save(self, session: Session, stored: Sequence[str] = (), moves_to: Key | None = None) -> None:
            if commits:
                await super().save(session, stored, moves_to)
            await commit()

    monkeypatch.setattr(engine, "DROPPED_WITHIN", 0.0)
    world = World(db, _echo, _same, FakePlatform(RICH), store=Slow)
    talk, store = world.talk("Hoa"), ConversationStore(db)
    queues = world.engine._carrier = _Queues(store)
    await world.engine.start()
    (noted,) = await store.record([TextSent("e1", talk.chat, talk.sender, world.clock.now(), "câu")])
    queues.take(Carried([noted.seq], lambda: None))
    await commit.reached.wait()
    await queues.drop()
    (row,) = await InboxEvent.all()
    assert (row.body is None) is commits


async def _rests_twice(
    world: World, talk: Participant, store: ConversationStore, queues: _Queues, settled: list[str]
) -> None:
    """Have a chat handle two events, and come to rest after each."""
    for name in ("e1", "e2"):
        (noted,) = await store.record([TextSent(name, talk.chat, talk.sender, world.clock.now(), "câu")])
        queues.take(Carried([noted.seq], lambda name=name: settled.append(name)))  # type: ignore[misc]
        while len(talk.shown) < int(name[1]) or world.engine._queues:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_what_led_to_a_chat_is_acknowledged_also_when_it_comes_to_rest_twice_before_its_marks(
    db: BaseDBAsyncClient,
) -> None:
    """What stays unacknowledged takes one of its queue's places for good, and is brought again to somebody else."""
    world, store = World(db, _echo, _same, FakePlatform(RICH)), ConversationStore(db)
    talk, settled = world.talk("Hoa"), list[str]()
    queues = world.engine._carrier = _Queues(store)
    world.engine._limits = EngineLimits(mark_after=0.2)
    await world.engine.start()
    await _rests_twice(world, talk, store, queues, settled)
    assert settled == []
    await world.engine.idle()
    assert settled == ["e1", "e2"]


async def test_what_led_to_a_chat_that_rested_twice_is_acknowledged_when_an_end_cuts_off_the_write_of_its_marks(
    db: BaseDBAsyncClient,
) -> None:
    """What stays unacknowledged is brought to another process, and counted as given back."""

    class Slow(ConversationStore):
        async def mark(self, sent: Sequence[tuple[Key, int]], done: Sequence[int]) -> None:
            if not asked.is_set():
                asked.set()
                await asyncio.Event().wait()
            await super().mark(sent, done)

    world, store, asked = World(db, _echo, _same, FakePlatform(RICH)), Slow(db), asyncio.Event()
    talk, settled = world.talk("Hoa"), list[str]()
    queues = world.engine._carrier = _Queues(store)
    world.engine._delivery._store = store
    world.engine._limits = EngineLimits(mark_after=0.2)
    await world.engine.start()
    await _rests_twice(world, talk, store, queues, settled)
    await asked.wait()
    await world.engine.stop(grace=0)
    assert settled == ["e1", "e2"]


async def test_a_session_that_begins_where_another_process_moved_one_away_counts_its_own_replies(
    db: BaseDBAsyncClient,
) -> None:
    """What it says is still to be sent until it has left: else an end of the process would lose it."""
    store, moved, unsent = ConversationStore(db), list[str](), list[int]()

    def router() -> Router:
        made = _echo()

        @made.command("doi", takes_args=True)
        async def moves(ctx: Context) -> None:
            if not moved:
                moved.append("away")
                await _moves_away(store, ctx.session.key)
                await store.save(Session(ctx.session.key))
            ctx.reply(Text.verbatim("đã đổi"))

        return made

    class Watched(FakePlatform):
        async def send(self, *args: object, **named: object) -> object:  # type: ignore[override]
            unsent.append(len(await store.unsent()))
            return await super().send(*args, **named)  # type: ignore[arg-type]

    world = World(db, router, _same, Watched(RICH))
    talk = world.talk("Hoa")
    for text in ("một", "hai", "ba", "/doi đi"):
        await talk.says(text)
    assert unsent == [1, 1, 1, 1]
    row = await SessionRow.get(chat_id=talk.chat.id)
    assert (row.out_seq, row.sent_seq) == (1, 1)


@pytest.mark.parametrize("at_once", [False, True], ids=["another process", "this one"])
async def test_no_chat_is_begun_by_what_was_given_back_while_it_was_read(db: BaseDBAsyncClient, at_once: bool) -> None:
    """Nobody drops a chat that begins after the cut: two processes would answer it, for its number goes to another."""

    class Slow(_Queues):
        async def read(self, numbers: Sequence[int]) -> Sequence[WaitingChat]:
            asked.set()
            await told.wait()
            return await super().read(numbers)

    world, store = World(db, _echo, _same, FakePlatform(RICH)), ConversationStore(db)
    asked, told = asyncio.Event(), asyncio.Event()
    talk, settled = world.talk("Hoa"), list[str]()
    queues = world.engine._carrier = Slow(store)
    await world.engine.start()
    (noted,) = await store.record([TextSent("e1", talk.chat, talk.sender, world.clock.now(), "câu")])
    lost = Carried([noted.seq], lambda: settled.append("the first"), deaths=1)
    again = Carried([noted.seq], lambda: settled.append("the second"))
    queues.take(lost)
    if at_once:  # published anew, and read together
        queues.take(again)
    await asked.wait()
    lost.given_back = True
    await world.engine._drop()
    told.set()
    await world.engine.idle()
    assert len(talk.shown) == at_once
    if not at_once:
        queues.take(again)
        await world.engine.idle()
    assert [one.message.text.plain for one in talk.shown] == ["đã nghe"]
    assert settled[-1] == "the second"


async def test_what_waited_for_the_database_is_not_handled_again_where_another_process_had_it_meanwhile(
    db: BaseDBAsyncClient,
) -> None:
    """It moved the chat, and another one moved to its place: no number tells there of what was handled before."""

    class Away(ConversationStore):
        async def save(self, session: Session, stored: Sequence[str] = (), moves_to: Key | None = None) -> None:
            if asked:
                await super().save(session, stored, moves_to)
                return
            asked.append("in vain")
            await super().save(session.copy())
            await _moves_away(store, session.key)
            await store.save(Session(Key(session.key.platform, "older")))
            await store.save(await store.load(Key(session.key.platform, "older"), "private"), (), session.key)
            raise StoreUnavailable("the server closed the connection")

    world, store, asked = World(db, _echo, _same, FakePlatform(RICH)), ConversationStore(db), list[str]()
    talk = world.talk("Hoa")
    queues = world.engine._carrier = _Queues(store)
    world.engine._store = Away(db)
    await world.engine.start()
    (noted,) = await store.record([TextSent("e1", talk.chat, talk.sender, world.clock.now(), "câu")])
    queues.take(Carried([noted.seq], lambda: None))
    await world.engine.idle()
    assert asked
    assert talk.shown == []


def _counts_photos() -> Router:
    router = Router()

    @router.otherwise
    async def answer(ctx: Context) -> None:
        event = ctx.event
        ctx.reply(Text.verbatim(f"{len(event.files)} ảnh" if isinstance(event, PhotoSent) else "một câu"))

    return router


@pytest.mark.parametrize(
    ("brought", "shown"),
    [("photo photo", ["1 ảnh"]), ("photo words photo", ["một câu", "1 ảnh"]), ("photo photo photo", ["2 ảnh"])],
)
async def test_of_an_album_of_which_another_process_handled_the_first_photo_the_rest_is_handled_once(
    db: BaseDBAsyncClient, brought: str, shown: list[str]
) -> None:
    """As in seed 10177 of the core: in a split the other process had only that one, and the rest came to nothing."""

    class Late(ConversationStore):
        async def save(self, session: Session, stored: Sequence[str] = (), moves_to: Key | None = None) -> None:
            if not others:
                others.append("the first photo")
                theirs = await store.load(session.key, session.kind)
                theirs.done_seq = noted[0].seq
                await store.save(theirs)
                await store.mark([], [noted[0].seq])
            await super().save(session, stored, moves_to)

    world, store, others = World(db, _counts_photos, _same, FakePlatform(RICH)), ConversationStore(db), list[str]()
    talk = world.talk("Hoa")
    queues = world.engine._carrier = _Queues(store)
    world.engine._store = Late(db)
    await world.engine.start()
    chat, sender, now = talk.chat, talk.sender, world.clock.now()
    said = [
        PhotoSent(f"e{at}", chat, sender, now, (Incoming(f"f{at}", "image/jpeg"),), album="a")
        if kind == "photo"
        else TextSent(f"e{at}", chat, sender, now, "câu")
        for at, kind in enumerate(brought.split())
    ]
    noted = await store.record(said)
    queues.take(Carried([one.seq for one in noted], lambda: None))
    await world.engine.idle()
    assert others
    assert sorted(one.message.text.plain for one in talk.shown) == sorted(shown)
    assert [row.body for row in await InboxEvent.all()] == [None] * len(said)


async def _moves_away(store: ConversationStore, key: Key) -> None:
    """Do what another process does to whom the chat went meanwhile."""
    session = await store.load(key, "private")
    await store.save(session, (), Key(key.platform, "elsewhere"))
