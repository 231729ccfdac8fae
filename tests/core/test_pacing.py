"""The pace of messages: never faster than a messenger allows, and pauses that it asks for are kept."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.context import Context
from bot.core.events import Chat, TextSent
from bot.core.messages import Message
from bot.core.pacing import (
    BURST_SECONDS,
    HEAD_START_SECONDS,
    LOOK_SECONDS,
    UNANSWERED_SECONDS,
    ChatPace,
    Pacer,
    PacingSlot,
)
from bot.core.platform import Capabilities, RateLimited, Sent
from bot.core.router import Router
from bot.storage.store import ConversationStore
from bot.testing import PLAIN, FakePlatform, World
from tests.features.outbox_rig import VirtualClock

CLOSE = 1e-6


class _Clock:
    """Time as a plain number that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time, UTC)

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += max(seconds, CLOSE)


def _private(name: str) -> Chat:
    return Chat("fake", name, "private")


def _most_within(times: list[float], seconds: float) -> int:
    return max((sum(start <= time < start + seconds - CLOSE for time in times) for start in times), default=0)


@given(
    chats=st.lists(st.sampled_from("abc"), min_size=1, max_size=60),
    token=st.sampled_from([1.0, 5.0, 30.0]),
    per_second=st.sampled_from([0.2, 1.0, 3.0]),
    per_minute=st.sampled_from([3.0, 20.0]),
)
def test_neither_the_token_nor_a_chat_is_ever_faster_than_allowed(
    chats: list[str], token: float, per_second: float, per_minute: float
) -> None:
    caps = Capabilities(text_limit=100, per_second=per_second, per_minute=per_minute)
    clock = _Clock()
    sent: list[tuple[float, str]] = []

    async def send_all() -> None:
        pacer = Pacer(token, clock)
        for chat in chats:
            await pacer.wait(_private(chat), caps)
            sent.append((clock.time, chat))

    asyncio.run(send_all())
    every = [time for time, _ in sent]
    assert all(later - sooner >= 1 / token - CLOSE for sooner, later in pairwise(every))
    burst = max(1, int(per_second * BURST_SECONDS))
    for chat in set(chats):
        own = [time for time, name in sent if name == chat]
        assert _most_within(own, 60.0) <= per_minute
        assert _most_within(own, burst / per_second) <= burst


@settings(phases=[phase for phase in Phase if phase is not Phase.shrink])
@given(ways=st.lists(st.tuples(st.floats(0, 1.5), st.floats(0, 1.5)), min_size=25, max_size=25))
def test_no_second_has_too_many_where_messages_arrive_however_long_the_way_was(ways: list[tuple[float, float]]) -> None:
    """Mechanism: a call that is open counts as one of now.

    Seen where the way halted for a third of a second: what had left meanwhile arrived at once, and all had to wait.
    """
    clock = VirtualClock()
    arrived: list[float] = []

    async def fly(place: PacingSlot, there: float, back: float) -> None:
        with place:
            await clock.sleep(there)
            arrived.append(clock.monotonic())
            await clock.sleep(back)

    async def send_all() -> None:
        pacer, driver = Pacer(5.0, clock), asyncio.create_task(clock.drive())
        flights = []
        for number, way in enumerate(ways):
            if number % 2 == 0:
                assert await pacer.turn(_private(str(number)), PLAIN["private"], 60.0)
                place = await pacer.leave(60.0)
                assert place is not None
            else:
                place = await pacer.wait(_private(str(number)), PLAIN["private"])
            flights.append(asyncio.create_task(fly(place, *way)))
        await asyncio.gather(*flights)
        driver.cancel()

    asyncio.run(send_all())
    assert _most_within(arrived, 1.0) <= 5


async def test_a_call_that_hangs_keeps_its_place_for_a_while_only() -> None:
    clock = _Clock()
    pacer = Pacer(1.0, clock)
    await pacer.wait(_private("a"), PLAIN["private"])
    await pacer.wait(_private("b"), PLAIN["private"])
    assert UNANSWERED_SECONDS <= clock.time <= UNANSWERED_SECONDS + 2


async def test_a_reply_in_three_parts_leaves_without_a_wait() -> None:
    clock = _Clock()
    pacer = Pacer(1000.0, clock)
    for _ in range(3):
        await pacer.wait(_private("a"), PLAIN["private"])
    assert clock.time < 0.01
    await pacer.wait(_private("a"), PLAIN["private"])
    assert clock.time >= BURST_SECONDS - 0.01


async def test_a_pause_of_one_chat_leaves_the_others_alone_and_one_of_the_token_stops_all() -> None:
    clock = _Clock()
    pacer = Pacer(1000.0, clock)
    pacer.pause(30, "a")
    await pacer.wait(_private("b"), PLAIN["private"])
    assert clock.time < 1
    pacer.pause(10)
    await pacer.wait(_private("b"), PLAIN["private"])
    assert 10 <= clock.time < 11
    await pacer.wait(_private("a"), PLAIN["private"])
    assert 30 <= clock.time < 31


async def test_a_shorter_pause_never_ends_a_longer_one() -> None:
    clock = _Clock()
    pacer = Pacer(1000.0, clock)
    pacer.pause(30, "a")
    pacer.pause(5, "a")
    await pacer.wait(_private("a"), PLAIN["private"])
    assert clock.time >= 30


async def _seconds_for(count: int, chat: Chat, pace: ChatPace) -> float:
    """How long `count` messages to one chat take, where the messenger allows 1 a second and 20 a minute."""
    clock = _Clock()
    pacer = Pacer(1000.0, clock, pace)
    for _ in range(count):
        await pacer.wait(chat, Capabilities(text_limit=100, per_second=1, per_minute=20))
    return clock.time


async def test_the_operator_sets_the_pace_of_chats_and_of_groups() -> None:
    group = Chat("fake", "g", "group")
    for chat in (_private("a"), group):
        assert await _seconds_for(20, chat, ChatPace(per_second=100)) < 1
        assert await _seconds_for(10, chat, ChatPace(per_second=0.5)) > 15
    assert await _seconds_for(60, group, ChatPace(per_second=100, group_per_minute=600)) < 1
    assert await _seconds_for(6, group, ChatPace(group_per_minute=5)) >= 60
    # The messenger's own limit for a minute holds in private chats: the setting is about groups.
    assert await _seconds_for(21, _private("a"), ChatPace(per_second=100, group_per_minute=600)) >= 60


async def test_of_the_minute_of_a_group_bulk_leaves_a_quarter_free_and_what_is_urgent_uses_it() -> None:
    caps = Capabilities(text_limit=100, per_second=100, per_minute=20)
    took: list[float] = []
    for options in ({}, {"urgent": True}):
        clock = _Clock()
        pacer = Pacer(1000.0, clock)
        for _ in range(20):
            await pacer.turn(Chat("fake", "g", "group"), caps, 5.0, **options)
        took.append(clock.time)
    assert took[0] >= 60
    assert took[1] < 1


def _router() -> Router:
    router = Router()

    @router.command("chao", "chào")
    async def greet(ctx: Context) -> None:
        ctx.reply(ctx.t("Chào bác"))

    return router


def _untranslated(locale: str, message: str, context: str | None = None) -> str:
    return message


async def test_a_pause_is_known_to_the_next_process(db: BaseDBAsyncClient, platform: FakePlatform) -> None:
    """Mechanism: the pause is stored when it is asked for, and read at the start."""
    world = World(db, _router, _untranslated, platform)
    world.clock.time = datetime.now(UTC).replace(microsecond=0)
    platform.faults = [RateLimited(3600)]
    talk = world.talk()
    await talk.says("chào")
    ((name, chat_id, until),) = await ConversationStore(db).pauses()
    assert (name, chat_id) == ("fake", talk.chat.id)

    world.clock.time = until - timedelta(minutes=30)
    await world.restarts()
    await talk.says("chào")
    assert talk.heard == "Chào bác"
    assert world.clock.now() >= until


async def test_a_pause_of_the_whole_token_is_stored_as_such(db: BaseDBAsyncClient, platform: FakePlatform) -> None:
    world = World(db, _router, _untranslated, platform)
    world.clock.time = datetime.now(UTC).replace(microsecond=0)
    platform.faults = [RateLimited(600, "token"), RateLimited(60, "token")]
    await world.talk().says("chào")
    ((_, chat_id, until),) = await ConversationStore(db).pauses()
    assert chat_id == ""
    assert until > datetime.now(UTC) + timedelta(seconds=500)


class _Choosy(FakePlatform):
    """Keeps everybody in chat `slow` waiting until it is let go."""

    def __init__(self) -> None:
        super().__init__(PLAIN)
        self.let_go = asyncio.Event()
        self.sent = asyncio.Event()

    async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
        if chat.id == "slow":
            await self.let_go.wait()
        sent = await super().send(chat, message, replacing=replacing, key=key)
        self.sent.set()
        return sent


async def test_one_chat_that_waits_does_not_hold_up_another(db: BaseDBAsyncClient) -> None:
    """Mechanism: each chat has a lane of its own."""
    platform = _Choosy()
    world = World(db, _router, _untranslated, platform)
    slow, quick = world.talk("Hoa", chat="slow"), world.talk("Lan")
    for talk in (slow, quick):
        await world.engine.receive([TextSent(world.next_id(), talk.chat, talk.sender, world.clock.now(), text="chào")])
    await platform.sent.wait()
    assert quick.shown
    assert not slow.shown
    platform.let_go.set()
    await world.engine.idle()
    assert slow.shown


async def test_what_is_urgent_tries_first_and_nothing_else_leaves_before_its_answer() -> None:
    """Mechanism: after a pause without a named time messages leave one at a time, urgent ones before replies."""
    clock = VirtualClock()
    pacer = Pacer(30.0, clock)
    pacer.probe(60.0)
    answered = asyncio.Event()
    left: list[tuple[str, float]] = []

    async def replies(name: str) -> None:
        place = await pacer.wait(_private(name), PLAIN["private"])
        left.append((name, clock.monotonic()))
        assert pacer.is_try(place) == pacer.probing
        with place:
            return

    async def urgent() -> None:
        while not await pacer.turn(_private("khẩn"), PLAIN["private"], 5.0, urgent=True):
            pass
        while (place := await pacer.leave(30.0, urgent=True)) is None:
            await clock.sleep(1.0)
        left.append(("khẩn", clock.monotonic()))
        assert pacer.is_try(place)
        with place:
            await answered.wait()
        pacer.probe(None)

    driving = asyncio.create_task(clock.drive())
    waiting = [asyncio.create_task(each) for each in (replies("a"), replies("b"), urgent())]
    await clock.sleep(90.0)
    assert [name for name, _ in left] == ["khẩn"]
    answered.set()
    await asyncio.gather(*waiting)
    driving.cancel()
    assert left[0][1] < 60.0 + HEAD_START_SECONDS
    assert sorted(name for name, _ in left[1:]) == ["a", "b"]


async def test_a_lifted_pause_lets_replies_go_that_wait_for_its_end() -> None:
    clock = VirtualClock()
    pacer = Pacer(30.0, clock)
    pacer.probe(3600.0)
    driving = asyncio.create_task(clock.drive())
    reply = asyncio.create_task(pacer.wait(_private("a"), PLAIN["private"]))
    await clock.sleep(30.0)
    pacer.probe(0.0)
    await reply
    driving.cancel()
    assert clock.monotonic() < 30.0 + HEAD_START_SECONDS + 2 * LOOK_SECONDS


async def test_who_waits_for_a_chat_alone_holds_up_no_bulk() -> None:
    """Mechanism: a reply is counted as waiting for the token only while it is, and taken off as it was counted."""
    clock = _Clock()
    pacer = Pacer(30.0, clock)
    pacer.pause(10.0, "a")
    await pacer.wait(_private("a"), PLAIN["private"])
    clock.time += 60
    assert await pacer.turn(_private("b"), PLAIN["private"], 0.0)
    began = clock.time
    assert await pacer.leave(0.0) is not None
    assert clock.time == began


async def test_a_row_that_lets_many_replies_by_is_told_that_its_turn_did_not_come() -> None:
    """Else it would be counted as leaving, and what is urgent would stand behind it."""
    clock = VirtualClock()
    pacer = Pacer(1.0, clock)

    async def reply(number: int) -> None:
        with await pacer.wait(_private(f"p{number}"), PLAIN["private"]):
            return

    driving = asyncio.create_task(clock.drive())
    crowd = [asyncio.create_task(reply(number)) for number in range(20)]
    await clock.sleep(0.5)
    assert not await pacer.turn(_private("bulk"), PLAIN["private"], 1.0)
    assert clock.monotonic() < 5
    await asyncio.gather(*crowd)
    assert await pacer.turn(_private("bulk"), PLAIN["private"], 1.0)
    driving.cancel()


async def test_replies_leave_in_the_order_in_which_they_began_to_wait() -> None:
    """Whoever came later took the place of one who slept: of a crowd some waited twenty seconds, others not at all."""
    clock = VirtualClock()
    pacer = Pacer(5.0, clock)
    left: list[int] = []

    async def reply(number: int) -> None:
        await clock.sleep(number * 0.15)
        with await pacer.wait(_private(f"p{number}"), PLAIN["private"]):
            left.append(number)

    driving = asyncio.create_task(clock.drive())
    await asyncio.gather(*(reply(number) for number in range(60)))
    assert left == list(range(60))
    driving.cancel()


async def test_a_chat_that_has_to_rest_lets_the_others_by() -> None:
    clock = VirtualClock()
    pacer = Pacer(30.0, clock)
    pacer.pause(10.0, "resting")
    left: list[str] = []

    async def reply(name: str) -> None:
        with await pacer.wait(_private(name), PLAIN["private"]):
            left.append(name)

    driving = asyncio.create_task(clock.drive())
    await asyncio.gather(reply("resting"), reply("a"), reply("b"))
    assert left == ["a", "b", "resting"]
    driving.cancel()
