"""The way of an event: noted once, handled once, answered, and what happens when something breaks on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.actions import Action
from bot.core.chat_queue import ChatQueue
from bot.core.context import Context
from bot.core.engine import EngineLimits
from bot.core.events import BotLeft, Chat, ChatMoved, Event, Incoming, PhotoSent, Pressed, Sender, TextSent
from bot.core.lean.values import replace
from bot.core.messages import Attachment, Button, Message
from bot.core.metrics import counters
from bot.core.platform import ChatGone, ChatReplaced, FilesAway, RateLimited, Rejected, Sent, Unreachable
from bot.core.router import Router
from bot.core.sessions import Key, RecordedEvent, Session, StoreUnavailable
from bot.i18n import Catalogues
from bot.storage.core_tables.conversation import InboxEvent, SessionRow
from bot.storage.store import ConversationStore
from bot.storage.tables.learning import GuideCount
from bot.testing import FakePlatform, World
from tests.panics import panic


class Add(Action, code="add"):
    amount: int


class Long(Action, code="long"):
    words: str


async def _added(amount: int) -> None:
    rows = await GuideCount.filter(guide="g").limit(1)
    if rows:
        await GuideCount.filter(id=rows[0].id).update(count=rows[0].count + amount)
    else:
        await GuideCount.create(guide="g", step="s", what="w", day="2026-11-24", count=amount)


async def _total() -> int:
    return sum(row.count for row in await GuideCount.filter(guide="g"))


def _router() -> Router:
    router = Router()

    @router.command("chao", "chào")
    async def greet(ctx: Context) -> None:
        ctx.reply(ctx.t("Chào **{name}**", name=ctx.sender.name))

    @router.command("anh", "ảnh")
    async def picture(ctx: Context) -> None:
        ctx.reply(ctx.t("Đây ạ"), attachment=Attachment("photo", "guides/img/nut.png", "nút"))

    @router.command("chon", "chọn")
    async def choose(ctx: Context) -> None:
        ctx.reply(ctx.t("Thêm mấy?"), [Button.to("Một cái", Add(1)), Button.to("Năm cái", Add(5))])

    @router.command("dai", "dài")
    async def long(ctx: Context) -> None:
        ctx.reply(ctx.t("Dài"), [Button.to("Nói", Long("chữ " * 30))])

    @router.action(Add)
    async def add(ctx: Context, action: Add) -> None:
        async with ctx.changes():
            await _added(action.amount)
            ctx.replace(ctx.t("Đã thêm {n}.", n=action.amount))

    @router.action(Long)
    async def say(ctx: Context, action: Long) -> None:
        ctx.reply(ctx.t("{words}", words=action.words))

    @router.command("hong", "hỏng")
    async def broken(ctx: Context) -> None:
        async with ctx.changes():
            await _added(100)
            raise RuntimeError("a bug")

    @router.command("vo", "vỡ")
    async def panics(ctx: Context) -> None:
        async with ctx.changes():
            await _added(100)
            raise panic()

    @router.command("hoi", "hỏi")
    async def ask(ctx: Context) -> None:
        ctx.wait_for("name", "ask")
        ctx.reply(ctx.t("Bác tên gì?"), [Button.to("BỎ QUA", Add(1))], expects="text")

    @router.command("may", "mấy")
    async def how_many(ctx: Context) -> None:
        ctx.wait_for("name", "ask")
        ctx.reply(ctx.t("Bác có mấy cái?"), [Button.to("BỎ QUA", Add(1))], expects="figure")

    @router.step("name", "ask", TextSent)
    async def name(ctx: Context) -> None:
        assert isinstance(ctx.event, TextSent)
        ctx.leave_flow()
        ctx.reply(ctx.t("Chào {name}", name=ctx.event.text))

    @router.otherwise
    async def otherwise(ctx: Context) -> None:
        ctx.reply(ctx.t("Tôi chưa hiểu."))

    @router.stale
    async def lost(ctx: Context) -> None:
        ctx.reply(ctx.t("Nút này không còn dùng."))

    return router


@pytest.fixture
def world(db: BaseDBAsyncClient, platform: FakePlatform) -> World:
    return World(db, _router, Catalogues.load().translate, platform)


async def test_a_greeting_is_answered_and_a_name_is_never_markup(world: World) -> None:
    talk = world.talk("Hoa <b>**x**")
    await talk.says("Chao")
    assert talk.heard == "Chào Hoa <b>**x**"


async def test_a_choice_is_a_button_or_a_number_and_acts_once(world: World) -> None:
    talk = world.talk()
    await talk.says("chọn")
    assert talk.choices == ["Một cái", "Năm cái"]
    await talk.picks("Năm cái")
    assert talk.heard == "Đã thêm 5."
    assert await _total() == 5


@pytest.mark.parametrize("said", ["Nam cai", "hai", "số 2", "2.", "NĂM CÁI"])
async def test_a_choice_may_be_said_in_many_ways(world: World, said: str) -> None:
    talk = world.talk()
    await talk.says("chọn")
    await talk.says(said)
    assert talk.heard == "Đã thêm 5."


async def test_an_unknown_number_shows_the_list_again(world: World) -> None:
    talk = world.talk()
    await talk.says("chọn")
    await talk.says("9")
    assert "Không có số 9" in talk.heard
    assert talk.choices == ["Một cái", "Năm cái"]


async def test_where_a_figure_is_expected_a_number_is_an_answer(world: World) -> None:
    talk = world.talk()
    await talk.says("mấy")
    await talk.says("1")
    assert talk.heard == "Chào 1"
    assert await _total() == 0


async def test_where_words_are_expected_a_number_is_none_of_them(world: World) -> None:
    """It picks a line where the lines have numbers, and is asked about where they are buttons."""
    talk = world.talk()
    await talk.says("hỏi")
    await talk.says("7")
    assert "Chào" not in talk.heard
    assert talk.choices == ["BỎ QUA"]
    await talk.says("1")
    if world.platform.capabilities["private"].buttons:
        assert "Bác gõ thành câu" in talk.heard
        assert await _total() == 0
    else:
        assert await _total() == 1
    await talk.says("Hoa")
    assert talk.heard == "Chào Hoa"


async def test_an_action_too_long_for_a_button_survives_a_restart(world: World) -> None:
    talk = world.talk()
    await talk.says("dài")
    await talk.restarts()
    await talk.picks("Nói")
    assert talk.heard.startswith("chữ chữ")


@pytest.mark.parametrize("data", ["add|x", "add|1|2", "zzz|1", "", "~nosuchtoken", "add|%zz", "add|01", "x" * 5000])
async def test_a_forged_press_shows_the_present_state_and_changes_nothing(world: World, data: str) -> None:
    talk = world.talk()
    await talk.forges(data)
    assert talk.heard == "Nút này không còn dùng."
    assert await _total() == 0


async def test_a_repeated_update_has_one_effect_and_one_answer(world: World) -> None:
    """Mechanism: inbox (platform, event_id) is unique."""
    talk = world.talk()
    event = Pressed("e-twice", talk.chat, talk.sender, world.clock.now(), data="add|5")
    await world.happens(event, event)
    await world.happens(event)
    await talk.restarts()
    await world.happens(event)
    assert await _total() == 5
    assert world.platform.calls == 1


@pytest.mark.parametrize("word", ["hỏng", "vỡ"], ids=["a bug", "a library panics"])
async def test_a_broken_handler_apologises_rolls_back_and_lets_the_next_event_through(
    world: World, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Mechanism: save_failed is one commit after the rollback."""
    talk = world.talk()
    await talk.says(word)
    assert "Xin lỗi bác" in talk.heard
    assert await _total() == 0
    assert "failed" in caplog.text
    await talk.says("chào")
    assert talk.heard.startswith("Chào")
    await talk.restarts()
    assert await _total() == 0


async def test_an_old_event_may_look_but_not_change(world: World) -> None:
    talk = world.talk()
    old = world.clock.now() - timedelta(hours=7)
    await world.happens(Pressed("e-old", talk.chat, talk.sender, old, data="add|5"))
    assert "Nút này đã cũ" in talk.heard
    assert await _total() == 0


async def test_an_old_press_whose_answer_breaks_does_not_take_the_events_behind_it_along(world: World) -> None:
    async def broken(ctx: Context) -> None:
        raise RuntimeError("a bug")

    world.engine._dispatcher._router.stale_press = broken
    talk = world.talk()
    old, now = world.clock.now() - timedelta(hours=7), world.clock.now()
    await world.happens(
        Pressed("e-old", talk.chat, talk.sender, old, data="add|5"),
        Pressed("e-new", talk.chat, talk.sender, now, data="add|1"),
    )
    assert "Xin lỗi bác" in talk.heard
    assert await _total() == 1


async def test_a_lane_that_breaks_leaves_its_events_to_the_next_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of the next event would stand for those before it."""
    concerns, left = world.engine._dispatcher.concerns, iter(range(1))

    def breaks(ctx: Context) -> bool:
        if next(left, None) is not None:
            raise RuntimeError("a bug beside every net")
        return concerns(ctx)

    monkeypatch.setattr(world.engine._dispatcher, "concerns", breaks)
    talk, now = world.talk(), world.clock.now()
    await world.happens(*[Pressed(f"e{n}", talk.chat, talk.sender, now, data="add|1") for n in range(3)])
    assert await _total() == 0
    await world.happens(Pressed("e-next", talk.chat, talk.sender, now, data="add|1"))
    assert await _total() == 4


async def test_events_of_one_chat_are_handled_in_order_however_they_arrive(world: World) -> None:
    talk = world.talk()
    now = world.clock.now()
    presses = [Pressed(f"p{n}", talk.chat, talk.sender, now, data="add|1") for n in range(20)]
    await asyncio.gather(*[world.engine.receive([press]) for press in presses])
    await world.engine.idle()
    assert await _total() == 20
    assert world.platform.calls == 20


async def test_twenty_a_minute_are_answered_at_once_the_rest_after_one_word(
    db: BaseDBAsyncClient, platform: FakePlatform
) -> None:
    world = World(
        db,
        _router,
        Catalogues.load().translate,
        platform,
        limits=EngineLimits(per_minute=20, mark_after=0),
    )
    talk = world.talk()
    started = world.clock.now()
    await world.happens(*[TextSent(f"s{n}", talk.chat, talk.sender, started, text="chào") for n in range(50)])
    texts = [shown.message.text.plain for shown in talk.shown]
    assert texts.count("Chào Hoa") == 50
    assert sum("Bác chờ" in text for text in texts) == 1
    assert world.clock.now() - started >= timedelta(minutes=2)


async def test_a_chat_that_has_just_blocked_the_bot_is_not_told_to_wait(
    db: BaseDBAsyncClient, platform: FakePlatform
) -> None:
    """The messenger's word of it came when the minute was full, and was answered like a person's message."""
    limits = EngineLimits(per_minute=3, mark_after=0)
    world = World(db, _router, Catalogues.load().translate, platform, limits=limits)
    talk = world.talk()
    started = world.clock.now()
    await world.happens(*[TextSent(f"s{n}", talk.chat, talk.sender, started, text="chào") for n in range(3)])
    await world.happens(BotLeft("gone:1", talk.chat, talk.sender, started))
    assert [shown.message.text.plain for shown in talk.shown] == ["Chào Hoa"] * 3


async def test_a_whole_village_may_press_one_button_without_making_its_leader_wait(
    db: BaseDBAsyncClient, platform: FakePlatform
) -> None:
    """A group was counted as one person: the 21st press of a minute was answered a minute later."""

    def silent() -> Router:
        router = Router()

        @router.action(Add)
        async def add(ctx: Context, action: Add) -> None:
            async with ctx.changes():
                await _added(action.amount)

        return router

    world = World(db, silent, Catalogues.load().translate, platform, limits=EngineLimits(mark_after=0))
    group = Chat("fake", "village", "group")
    started = world.clock.now()
    for n in range(100):
        await world.happens(Pressed(f"p{n}", group, Sender(f"id-{n}", f"Người {n}"), started, data="add|1"))
    assert await _total() == 100
    assert world.clock.now() == started
    assert platform.calls == 0


async def test_a_pause_that_the_platform_asks_for_is_kept_and_nothing_is_dropped(world: World) -> None:
    world.platform.faults = [RateLimited(30), RateLimited(7, "token")]
    talk = world.talk()
    started = world.clock.now()
    await talk.says("chào")
    assert talk.heard == "Chào Hoa"
    assert world.clock.now() - started >= timedelta(seconds=37)


async def test_an_outage_before_acceptance_is_outlived(world: World) -> None:
    world.platform.faults = [Unreachable("no route", maybe_sent=False)] * 5
    talk = world.talk()
    await talk.says("chào")
    assert talk.heard == "Chào Hoa"


async def test_a_reply_waits_while_nobody_knows_whether_the_messenger_is_there(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another call got no clear answer: this one is not made before a call that sends nothing is answered."""
    left = [Unreachable("no answer", maybe_sent=False)] * 3

    async def probe() -> None:
        assert world.platform.calls == 0
        if left:
            raise left.pop()

    monkeypatch.setattr(world.platform, "probe", probe, raising=False)
    world.engine._pacers[world.platform.name].line.unclear(world.clock.monotonic())
    talk = world.talk()
    await talk.says("chào")
    assert (talk.heard, world.platform.calls, left) == ("Chào Hoa", 1, [])


async def test_an_outage_of_many_days_is_outlived(world: World) -> None:
    world.platform.faults = [Unreachable("no route", maybe_sent=False)] * 1100
    talk = world.talk()
    await talk.says("chào")
    assert talk.heard == "Chào Hoa"


async def test_a_messenger_whose_own_store_is_away_keeps_the_reply(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks up what it has counted or uploaded before it makes the call."""
    send, left = world.platform.send, iter(range(3))

    async def sends(chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        if next(left, None) is not None:
            raise StoreUnavailable("database or disk is full")
        return await send(chat, message, replacing=replacing, key=key)

    monkeypatch.setattr(world.platform, "send", sends)
    talk = world.talk()
    await talk.says("chào")
    assert talk.heard == "Chào Hoa"


async def test_a_rejected_reply_does_not_stop_the_chat(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.platform.faults = [Rejected("too odd")]
    talk = world.talk()
    await talk.says("chào")
    assert talk.heard == ""
    assert "too odd" in caplog.text
    await talk.says("chào")
    assert talk.heard == "Chào Hoa"


async def test_a_chat_that_was_replaced_gets_its_answer_and_keeps_its_session(world: World) -> None:
    group = Chat("fake", "old", "group")
    await world.engine.receive([TextSent("e-g0", group, Sender("1", "Hoa"), world.clock.now(), text="hỏi")])
    await world.engine.idle()
    world.platform.faults = [ChatReplaced("new")]
    await world.happens(TextSent("e-g1", group, Sender("2", "Lan"), world.clock.now(), text="chào"))
    assert [shown.message.text.plain for shown in world.platform.chats["new"]] == ["Chào Lan"]
    moved = Chat("fake", "new", "group")
    await world.happens(TextSent("e-g2", moved, Sender("1", "Hoa"), world.clock.now(), text="Hoa đây"))
    assert world.platform.chats["new"][-1].message.text.plain == "Chào Hoa đây"


async def test_a_reply_to_a_chat_that_is_gone_is_let_go(world: World) -> None:
    world.platform.faults = [ChatGone("blocked")]
    talk = world.talk()
    await talk.says("chào")
    await talk.restarts()
    assert world.platform.calls == 1


class _Failing(ConversationStore):
    """A store whose first `failures` calls of one method find the disk full."""

    def __init__(self, db: BaseDBAsyncClient, method: str, failures: int) -> None:
        super().__init__(db)
        original = getattr(self, method)
        left = [failures]

        async def fails(*args: object) -> object:
            if left[0]:
                left[0] -= 1
                raise StoreUnavailable("database or disk is full")
            return await original(*args)

        setattr(self, method, fails)


async def test_disk_full_while_noting_means_no_acknowledgement(world: World) -> None:
    talk = world.talk()
    world.engine._store = _Failing(world.db, "record", 1)
    event = TextSent("e-full", talk.chat, talk.sender, world.clock.now(), text="chào")
    with pytest.raises(StoreUnavailable):
        await world.engine.receive([event])
    await world.happens(event)
    assert talk.heard == "Chào Hoa"


class _Unheard(ConversationStore):
    """A store whose first note is committed, and nobody hears of it: its server died."""

    def __init__(self, db: BaseDBAsyncClient) -> None:
        super().__init__(db)
        self.noted = 0

    async def record(self, events: Sequence[Event]) -> list[RecordedEvent]:
        recorded = await super().record(events)
        self.noted += 1
        if self.noted == 1:
            raise StoreUnavailable("the server closed the connection")
        return recorded


async def test_what_was_noted_unheard_is_answered_when_it_comes_again_or_before_what_follows(world: World) -> None:
    talk = world.talk()
    for repeated in (True, False):
        world.engine._store = _Unheard(world.db)
        said = [
            TextSent(f"e-{repeated}-{number}", talk.chat, talk.sender, world.clock.now(), text=text)
            for number, text in enumerate(("chào", "ảnh"))
        ]
        with pytest.raises(StoreUnavailable):
            await world.engine.receive(said[:1])
        await world.engine.idle()
        before = len(talk.shown)
        await world.happens(*(said if repeated else said[1:]))
        assert [shown.message.text.plain for shown in talk.shown[before:]] == ["Chào Hoa", "Đây ạ"]


async def test_a_handler_that_fails_is_not_run_again_because_its_session_changed_meanwhile(world: World) -> None:
    """What failed may have taken long; a notice that opens its choices writes to the session at any time."""
    runs: list[int] = []

    def router() -> Router:
        made = _router()

        @made.command("tre", "trễ")
        async def breaks(ctx: Context) -> None:
            runs.append(len(runs))
            session = await ctx.store.load(Key(ctx.chat.platform, ctx.chat.id), ctx.chat.kind)
            await ConversationStore(world.db).save(session)
            raise ZeroDivisionError

        return made

    world.router = router
    await world.restarts()
    talk = world.talk()
    await talk.says("chào")
    await talk.says("trễ")
    assert runs == [0]
    assert "Xin lỗi" in talk.heard


async def test_disk_full_while_committing_loses_nothing_when_it_is_writable_again(world: World) -> None:
    talk = world.talk()
    world.engine._store = _Failing(world.db, "save", 3)
    await talk.says("chào")
    assert talk.heard == "Chào Hoa"


async def test_a_group_that_moves_while_the_disk_is_full_keeps_its_session(world: World) -> None:
    group, moved = Chat("fake", "old", "group"), Chat("fake", "new", "group")
    await world.happens(TextSent("e-g0", group, Sender("1", "Hoa"), world.clock.now(), text="hỏi"))
    world.engine._store = _Failing(world.db, "save", 3)
    await world.happens(ChatMoved("e-g1", group, Sender("", ""), world.clock.now(), "new"))
    await world.happens(TextSent("e-g2", moved, Sender("1", "Hoa"), world.clock.now(), text="Hoa đây"))
    assert world.platform.chats["new"][-1].message.text.plain == "Chào Hoa đây"


async def test_what_waits_in_the_new_group_is_handled_though_it_came_before_the_word_of_the_move(world: World) -> None:
    """Numbers of events are those of all chats: the session brings along a later one than that of what waits there."""
    group, moved = Chat("fake", "old", "group"), Chat("fake", "new", "group")
    lan, at = Sender("2", "Lan"), world.clock.now()
    await world.happens(TextSent("e-g0", group, Sender("1", "Hoa"), at, text="hỏi"))
    await ConversationStore(world.db).record([TextSent("e-g1", moved, lan, at, text="chào")])
    await world.happens(ChatMoved("e-g2", group, Sender("", ""), at, "new"))
    await world.restarts()
    assert [shown.message.text.plain for shown in world.platform.chats["new"]] == ["Chào Lan"]
    await world.happens(TextSent("e-g3", moved, Sender("1", "Hoa"), at, text="Hoa đây"))
    assert world.platform.chats["new"][-1].message.text.plain == "Chào Hoa đây"


async def test_what_cannot_be_read_keeps_its_words_when_its_group_moves(world: World) -> None:
    """Somebody is to look into it; as handled it would be gone."""
    group, at = Chat("fake", "old", "group"), world.clock.now()
    await ConversationStore(world.db).record([TextSent("e-g0", group, Sender("1", "Hoa"), at, text="hỏi")])
    await world.db.execute_query("update inbox set body = '{'")
    await world.restarts()
    await world.happens(ChatMoved("e-g1", group, Sender("", ""), at, "new"))
    assert [row.body for row in await InboxEvent.all().order_by("seq")] == ["{", None]


async def test_a_late_word_in_the_old_group_is_answered_as_in_a_new_one(world: World) -> None:
    group, hoa, at = Chat("fake", "old", "group"), Sender("1", "Hoa"), world.clock.now()
    await world.happens(TextSent("e-g0", group, hoa, at, text="hỏi"))
    await world.happens(
        ChatMoved("e-g1", group, Sender("", ""), at, "new"), TextSent("e-g2", group, hoa, at, text="chào")
    )
    assert world.platform.chats["old"][-1].message.text.plain == "Chào Hoa"
    await world.restarts()
    assert len(world.platform.chats["old"]) == 2


async def test_a_group_that_moves_to_where_it_is_keeps_its_session(world: World) -> None:
    group, hoa, at = Chat("fake", "old", "group"), Sender("1", "Hoa"), world.clock.now()
    await world.happens(TextSent("e-g0", group, hoa, at, text="hỏi"))
    await world.happens(ChatMoved("e-g1", group, Sender("", ""), at, "old"))
    await world.happens(TextSent("e-g2", group, hoa, at, text="Hoa đây"))
    assert world.platform.chats["old"][-1].message.text.plain == "Chào Hoa đây"


async def test_a_second_process_that_committed_first_makes_the_event_run_anew(world: World) -> None:
    """Mechanism: the session's version fences every commit."""
    talk = world.talk()
    await talk.says("chọn")
    other = ConversationStore(world.db)
    session = await other.load(Key(*("fake", talk.chat.id)), "private")
    await world.engine.receive([Pressed("e-v", talk.chat, talk.sender, world.clock.now(), data="add|5")])
    await other.save(session) if not world.engine._queues else None
    await world.engine.idle()
    assert await _total() == 5


async def test_an_event_that_kills_the_process_is_set_aside_after_three_attempts(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Mechanism: attempts are counted in their own commit before the handler runs."""
    talk = world.talk()
    await ConversationStore(world.db).record(
        [Pressed("e-poison", talk.chat, talk.sender, world.clock.now(), data="add|5")]
    )
    store = ConversationStore(world.db)
    (recorded,) = await store.unfinished()
    for _ in range(3):
        await store.begin_attempt(recorded.seq)
    await talk.restarts()
    assert await _total() == 0
    assert "set aside" in caplog.text
    assert "Xin lỗi bác" in talk.heard
    assert await store.unfinished() == []


async def _lives_until(world: World, dies: asyncio.Event) -> None:
    """Start a process and kill it at that moment."""
    dies.clear()
    engine = world.engine = world._new_engine()
    starting = asyncio.create_task(engine.start())
    await dies.wait()
    # A process that was killed takes nothing back.
    engine._delivery.survived = lambda seq: None  # type: ignore[method-assign]
    for task in (starting, *engine._tasks()):
        task.cancel()
    await asyncio.gather(starting, *engine._tasks(), return_exceptions=True)


async def test_an_event_that_kills_the_process_does_not_use_up_the_attempts_of_other_chats(world: World) -> None:
    """Mechanism: what an earlier process left is begun one after the other, and counted when it begins."""
    router, dies = _router(), asyncio.Event()

    @router.command("chet", "chết")
    async def die(ctx: Context) -> None:
        dies.set()
        await asyncio.Event().wait()

    world.router = lambda: router
    talks = [world.talk(f"Nhà {number}") for number in range(40)]
    words = ["chết", *["chào"] * 39]
    await ConversationStore(world.db).record(
        [
            TextSent(f"e-{at}", talk.chat, talk.sender, world.clock.now(), text=word)
            for at, (talk, word) in enumerate(zip(talks, words, strict=True))
        ]
    )
    for _ in range(3):
        await _lives_until(world, dies)
    await world.restarts()
    assert "Chào Nhà 39" in talks[-1].heard


async def test_what_waits_for_the_database_is_not_blamed_for_the_death_that_another_event_brings(world: World) -> None:
    """Mechanism: no other event of before the start begins until its attempt is over."""
    router, dies, tries = _router(), asyncio.Event(), 0

    @router.command("chet", "chết")
    async def die(ctx: Context) -> None:
        dies.set()
        await asyncio.Event().wait()

    @router.command("doi", "đợi")
    async def wait(ctx: Context) -> None:
        nonlocal tries
        tries += 1
        if tries % 2:
            raise StoreUnavailable("full")
        ctx.reply(ctx.t("Chào {name}", name="rồi"))

    world.router = lambda: router
    waits, deadly = world.talk("Hoa"), world.talk("Lan")
    noted = [(waits, "đợi"), (deadly, "chết")]
    await ConversationStore(world.db).record(
        [TextSent(f"e-{word}", talk.chat, talk.sender, world.clock.now(), text=word) for talk, word in noted]
    )
    for _ in range(3):
        await _lives_until(world, dies)
    await world.restarts()
    rows = await InboxEvent.all().order_by("seq")
    assert [(row.attempts, row.failed is None) for row in rows] == [(1, True), (4, False)]
    assert "Chào rồi" in waits.heard


async def test_an_attempt_that_was_counted_unheard_is_not_counted_again(world: World) -> None:
    """Servers that die at each commit would set aside what killed nobody."""

    class Unheard(ConversationStore):
        async def begin_attempt(self, seq: int, known: int | None = None) -> int:
            counted = await super().begin_attempt(seq, known)
            if len(asked) < EngineLimits().attempts + 1:
                asked.append(seq)
                raise StoreUnavailable("the server closed the connection")
            return counted

    asked, talk = list[int](), world.talk()
    await ConversationStore(world.db).record([TextSent("e", talk.chat, talk.sender, world.clock.now(), text="chào")])
    world.engine = world._new_engine()
    world.engine._store = Unheard(world.db)
    await world.engine.start()
    await world.engine.idle()
    assert asked
    assert talk.heard == "Chào Hoa"
    assert (await InboxEvent.get()).attempts == 1


async def test_an_event_that_waits_for_the_database_does_not_use_up_the_minute_of_its_chat(world: World) -> None:
    """One that was begun forty times was answered a minute late, as if its chat had sent forty."""
    router, tries = _router(), 0

    @router.command("doi", "đợi")
    async def wait(ctx: Context) -> None:
        nonlocal tries
        tries += 1
        if tries <= 40:
            raise StoreUnavailable("full")
        ctx.reply(ctx.t("Chào {name}", name="rồi"))

    world.router, world.limits = lambda: router, EngineLimits(per_minute=20, mark_after=0)
    await world.restarts()
    talk, began = world.talk(), world.clock.now()
    await talk.says("đợi")
    assert talk.heard == "Chào rồi"
    assert (world.clock.now() - began).total_seconds() < 45


async def test_an_event_that_was_noted_though_the_answer_got_lost_is_handled_when_it_comes_again(world: World) -> None:
    """As when PostgreSQL's primary dies between the commit and its answer, and the standby has it."""
    talk = world.talk()
    record = world.engine._store.record

    async def cut(events: Sequence[Event]) -> list[RecordedEvent]:
        await record(events)
        raise StoreUnavailable("cut off")

    event = TextSent("e-1", talk.chat, talk.sender, world.clock.now(), text="chào")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.engine._store, "record", cut)
        with pytest.raises(StoreUnavailable):
            await world.engine.receive([event])
    await world.happens(TextSent("e-2", talk.chat, talk.sender, world.clock.now(), text="hỏi"), event)
    assert world.platform.chats[talk.chat.id][0].message.text.plain == "Chào Hoa"
    assert world.platform.calls == 2


async def test_what_a_broken_queue_left_is_counted_when_it_begins_and_not_when_it_is_found(world: World) -> None:
    """The database may be away for long meanwhile, and be asked again and again."""
    talk = world.talk()
    store = ConversationStore(world.db)
    (noted,) = await store.record([TextSent("e-1", talk.chat, talk.sender, world.clock.now(), text="chào")])
    queue = ChatQueue()
    await queue.fetch_left(noted.session.key, store, world.clock)
    assert [(one.seq, one.again) for one in queue.waiting] == [(noted.seq, True)]
    assert (await InboxEvent.get()).attempts == 0


async def test_what_waits_behind_others_in_a_flood_brings_no_session_of_its_own(world: World) -> None:
    """Mechanism: of who writes faster than is answered thousands wait, each with all the buttons of its last menu."""
    talk, queue = world.talk(), ChatQueue()
    flood = [TextSent(f"e-{n}", talk.chat, talk.sender, world.clock.now(), text="chào") for n in range(50)]
    noted = await ConversationStore(world.db).record(flood)
    for one in noted:
        queue.add(one)
    assert [(one.seq, one.event) for one in queue.waiting] == [(one.seq, one.event) for one in noted]
    assert len({id(one.session) for one in queue.waiting}) == 1


async def test_stops_in_good_order_use_up_no_attempts(world: World) -> None:
    """Neither of the event that is at work then, nor of what waits behind it."""
    router, begun, may_go_on = _router(), asyncio.Event(), asyncio.Event()

    @router.command("cho", "chờ")
    async def wait(ctx: Context) -> None:
        begun.set()
        await may_go_on.wait()
        ctx.reply(ctx.t("Chào {name}", name="rồi"))

    world.router = lambda: router
    talk = world.talk()
    await ConversationStore(world.db).record(
        [TextSent(f"e-{word}", talk.chat, talk.sender, world.clock.now(), text=word) for word in ("chờ", "chào")]
    )
    for _ in range(5):
        begun.clear()
        engine = world.engine = world._new_engine()
        await engine.start()
        await begun.wait()
        await engine.stop(grace=0)
    may_go_on.set()
    await world.restarts()
    assert [row.failed for row in await InboxEvent.all()] == [None, None]
    assert talk.heard == "Chào rồi\n\nChào Hoa"


@pytest.mark.parametrize("fails", [False, True])
async def test_a_photo_that_its_album_took_before_its_turn_is_not_handled_again_when_the_process_dies(
    world: World, *, fails: bool
) -> None:
    """Mechanism: it is marked in the commit of the album; the number of the last event does not tell of it."""
    router, handled = _router(), list[list[str]]()

    @router.on(PhotoSent)
    async def photos(ctx: Context) -> None:
        assert isinstance(ctx.event, PhotoSent)
        handled.append([file.ref for file in ctx.event.files])
        if fails:
            raise RuntimeError("a bug")
        async with ctx.changes():
            await _added(len(ctx.event.files))

    world.router = lambda: router
    talk, now = world.talk(), world.clock.now()

    def photo(name: str) -> Event:
        return PhotoSent(f"e-{name}", talk.chat, talk.sender, now, (Incoming(name, "image/jpeg"),), album="1")

    between = TextSent("e-word", talk.chat, talk.sender, now, text="chào")
    await ConversationStore(world.db).record([photo("a"), between, photo("b"), photo("c")])
    dying = world.engine = world._new_engine()
    dying._mark_soon = dying._delivery._mark_soon = lambda: None  # type: ignore[method-assign]
    await dying.start()
    await dying.idle()
    world.engine = world._new_engine()
    await world.engine.start()
    await world.engine.idle()
    assert handled == [["a", "b", "c"]]
    assert await _total() == (0 if fails else 3)


async def test_an_answer_that_an_earlier_process_may_have_sent_is_told_of(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    talk = world.talk()
    counted = list(counters.PERHAPS_TWICE.lines())
    await talk.says("chào")
    await talk.restarts()
    assert list(counters.PERHAPS_TWICE.lines()) == counted, "it was marked as sent"
    await world.db.execute_query("update sessions set sent_seq = 0")
    await talk.restarts()
    assert world.platform.calls == 2
    seq = (await InboxEvent.get()).seq
    assert f"event {seq}: an answer is sent that may come twice (1)" in caplog.text
    assert list(counters.PERHAPS_TWICE.lines()) != counted


@pytest.mark.parametrize(("method", "said"), [("save", "chào"), ("save_failed", "hỏng")])
async def test_an_answer_that_another_process_gave_meanwhile_is_told_of_also_that_it_failed(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, method: str, said: str
) -> None:
    """Cut off from the broker, a process may believe for a while that a chat is still its own."""
    save, others = getattr(ConversationStore, method), list[str]()

    async def saves_late(store: ConversationStore, session: Session, *rest: object) -> None:
        if not others:
            others.append("the same answer, by the other process")
            await save(store, session.copy(), *rest)
        await save(store, session, *rest)

    monkeypatch.setattr(ConversationStore, method, saves_late)
    await world.talk().says(said)
    assert world.platform.calls == 1
    seq = (await InboxEvent.get()).seq
    assert f"event {seq}: an answer is sent that may come twice (1)" in caplog.text


async def test_an_event_that_another_process_handled_before_the_group_moved_is_not_handled_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off from the broker, a process finds a new session under the old id, which knows of no event as handled."""
    group, moved = Chat("fake", "old", "group"), Chat("fake", "new", "group")
    hoa, at = Sender("1", "Hoa"), world.clock.now()
    await world.happens(*[TextSent(f"e-g{number}", group, hoa, at, text="hỏi") for number in range(3)])
    save, others = ConversationStore.save, 0

    async def saves_late(
        store: ConversationStore, session: Session, stored: Sequence[str] = (), moves_to: Key | None = None
    ) -> None:
        nonlocal others
        others += 1
        if others == 1:  # the same event, by the other process, and then the move
            await save(store, session.copy(), stored, None)
            theirs = await store.load(session.key, session.kind)
            theirs.sent(theirs.out_seq)
            await save(store, theirs, (), Key("fake", moved.id))
        await save(store, session, stored, moves_to)

    monkeypatch.setattr(ConversationStore, "save", saves_late)
    before = world.platform.calls
    await world.happens(TextSent("e-g3", group, hoa, at, text="chào"))
    assert world.platform.calls == before, "the other process has answered"
    await world.happens(TextSent("e-g4", group, hoa, at, text="chào"))
    assert [shown.message.text.plain for shown in world.platform.chats["old"][before:]] == ["Chào Hoa"]
    (session,) = await SessionRow.filter(chat_id="old")
    assert session.sent_seq == session.out_seq == 1, "marks of the session that moved are none of the new one"


@pytest.mark.parametrize("another_came", [False, True], ids=["nothing goes on there", "another group goes on there"])
async def test_what_waits_behind_it_is_not_handled_again_either(
    world: World, monkeypatch: pytest.MonkeyPatch, another_came: bool
) -> None:
    """The other process was as quick with all that waited: no number is left that tells of it, only the inbox."""
    group, hoa, at = Chat("fake", "old", "group"), Sender("1", "Hoa"), world.clock.now()
    await world.happens(TextSent("e-g0", group, hoa, at, text="hỏi"))
    save, others = ConversationStore.save, 0

    async def saves_late(
        store: ConversationStore, session: Session, stored: Sequence[str] = (), moves_to: Key | None = None
    ) -> None:
        nonlocal others
        others += 1
        if others == 1:
            theirs = await store.load(session.key, session.kind)
            theirs.done_seq = (await InboxEvent.get(event_id="e-g2")).seq
            await save(store, theirs, (), Key("fake", "new"))
            if another_came:
                await save(store, Session(Key("fake", "older")), (), None)
                await save(store, await store.load(Key("fake", "older"), "group"), (), session.key)
        await save(store, session, stored, moves_to)

    monkeypatch.setattr(ConversationStore, "save", saves_late)
    before = world.platform.calls
    await world.happens(*[TextSent(f"e-g{number}", group, hoa, at, text="chào") for number in (1, 2)])
    assert world.platform.calls == before, "the other process has answered"
    await world.happens(TextSent("e-g3", group, hoa, at, text="chào"))
    assert world.platform.calls == before + 1


async def test_that_it_failed_is_not_said_again_where_another_process_said_so_before_the_group_moved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    group, hoa, at = Chat("fake", "old", "group"), Sender("1", "Hoa"), world.clock.now()
    save, others = ConversationStore.save_failed, 0

    async def saves_late(store: ConversationStore, session: Session, seq: int, error: str) -> None:
        nonlocal others
        others += 1
        if others == 1:
            theirs = session.copy()
            await save(store, theirs, seq, error)
            await store.save(theirs, (), Key("fake", "new"))
        await save(store, session, seq, error)

    monkeypatch.setattr(ConversationStore, "save_failed", saves_late)
    await world.happens(TextSent("e-g0", group, hoa, at, text="hỏng"))
    assert world.platform.calls == 0


async def test_an_answer_whose_call_was_cut_off_is_told_of_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.platform.faults = [Unreachable("cut", maybe_sent=False)]
    await world.talk("Lan").says("chào")
    assert "may come twice" not in caplog.text
    world.platform.faults = [Unreachable("cut", maybe_sent=sent) for sent in (False, True, True)]
    await world.talk().says("chào")
    assert caplog.text.count("may come twice") == 1


async def test_a_reply_that_left_is_remembered_while_the_next_one_waits_for_its_messenger(
    db: BaseDBAsyncClient, platform: FakePlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process may die in the hours of an outage, and would say the first one again."""

    def twice() -> Router:
        router = Router()

        @router.otherwise
        async def two(ctx: Context) -> None:
            ctx.reply(ctx.t("Một"))
            ctx.reply(ctx.t("Hai"))

        return router

    world = World(db, twice, Catalogues.load().translate, platform, limits=EngineLimits(mark_after=0))
    marks: list[Sequence[tuple[Key, int]]] = []
    marked = asyncio.Event()
    send, mark = platform.send, world.engine._store.mark

    async def marks_written(sent: Sequence[tuple[Key, int]], done: Sequence[int]) -> None:
        await mark(sent, done)
        marks.append(sent)
        marked.set()

    async def waits_with_the_second(chat: Chat, message: Message, **named: str) -> Sent:
        if message.text.plain == "Hai":
            async with asyncio.timeout(5):
                await marked.wait()
        return await send(chat, message, **named)

    monkeypatch.setattr(world.engine._store, "mark", marks_written)
    monkeypatch.setattr(platform, "send", waits_with_the_second)
    talk = world.talk()
    await talk.says("chào")
    assert [shown.message.text.plain for shown in talk.shown] == ["Một", "Hai"]
    assert marks[0] == [(Key("fake", talk.chat.id), 1)]


async def test_a_reply_in_a_group_keeps_the_pace_and_the_limits_of_a_group(world: World) -> None:
    world.platform.capabilities = {
        kind: replace(caps, per_minute=5 if kind == "group" else 1000)
        for kind, caps in world.platform.capabilities.items()
    }
    waits: list[bool] = []
    for talk in (world.talk(), world.talk(chat="g", kind="group")):
        began = world.clock.now()
        for _ in range(6):
            await talk.says("chào")
        waits.append(world.clock.now() - began >= timedelta(minutes=1))
    assert waits == [False, True]


async def test_in_a_group_a_number_belongs_to_whom_it_was_shown(world: World) -> None:
    hoa = world.talk("Hoa", chat="g", kind="group")
    lan = world.talk("Lan", chat="g", kind="group")
    await hoa.says("chọn")
    if "1. Một cái" in hoa.heard:
        await lan.says("1")
        assert "Danh sách này của Hoa" in lan.heard
        await lan.says("chọn")
        assert "3. Một cái" in lan.heard
        await hoa.says("2")
        assert hoa.heard == "Đã thêm 5."
        await lan.says("3", addressed=False)
        assert lan.heard == "Đã thêm 1."
    else:
        await lan.picks("Một cái")
        assert lan.heard == "Đã thêm 1."


async def test_a_thousand_overheard_messages_cause_no_call(world: World) -> None:
    talk = world.talk("Hoa", chat="g", kind="group")
    now = world.clock.now()
    await world.happens(
        *[TextSent(f"o{n}", talk.chat, talk.sender, now, text=f"chào {n}", addressed=False) for n in range(1000)]
    )
    assert world.platform.calls == 0
    assert await ConversationStore(world.db).unfinished() == []


@pytest.mark.parametrize("away", [2, 3])
async def test_only_what_was_asked_in_vain_for_the_file_counts_for_it(world: World, away: int) -> None:
    """A line that was down meanwhile says nothing of the file."""
    down = [Unreachable("down", maybe_sent=False) for _ in range(2)]
    world.platform.faults = [FilesAway(), *down, *(FilesAway() for _ in range(away - 1))]
    talk = world.talk()
    await talk.says("ảnh")
    (shown,) = world.platform.chats[talk.chat.id]
    assert (shown.message.attachment is None) is (away == 3)


async def test_the_words_of_a_reply_do_not_wait_for_a_file_that_cannot_be_fetched(world: World) -> None:
    """Twice it is tried again; then the words go without it, and say so."""
    world.platform.faults = [FilesAway() for _ in range(2)]
    talk = world.talk()
    await talk.says("ảnh")
    assert [shown.message.attachment is None for shown in world.platform.chats[talk.chat.id]] == [False]
    world.platform.faults = [FilesAway() for _ in range(3)]
    await talk.says("ảnh")
    last = world.platform.chats[talk.chat.id][-1].message
    assert last.attachment is None
    assert last.text.plain.startswith("Đây ạ\nHình hoặc tệp này tôi chưa lấy ra được.")
    await talk.says("chào")
    assert talk.heard == "Chào Hoa"
