"""Ten thousand rows on a clock that passes only when nothing else is to be done: the pace alone decides."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import aiosqlite
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Chat, ChatKind
from bot.core.lean.values import replace
from bot.core.messages import Message
from bot.core.pacing import BULK_OF_MINUTE, BULK_OF_TOKEN, Pacer
from bot.core.platform import Capabilities, RateLimited, Sent
from bot.features.outbox.row import Hold, Leased, NewRow
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.states import Klass
from bot.features.outbox.turn import Alone
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.store import ConversationStore
from bot.testing import PLAIN
from tests.features.outbox_rig import NAME, Strict, VirtualClock, said, same
from tests.memory import memory

CAPS: Mapping[ChatKind, Capabilities] = PLAIN


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    """Time stands still while the database works."""
    virtual = VirtualClock()
    execute = aiosqlite.Connection._execute

    async def counted(
        connection: aiosqlite.Connection, function: Callable[..., object], *args: object, **kwargs: object
    ) -> object:
        with virtual.while_working():
            return await execute(connection, function, *args, **kwargs)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return virtual


def _rows(count: int, clock: VirtualClock, chats: int) -> list[NewRow]:
    return [
        NewRow(
            klass="routine",
            announcement=1,
            package=f"p{n}",
            part=1,
            key=f"p{n}/1",
            chat=Chat(NAME, f"g{n % chats}", "group"),
            locale="vi",
            message=said(f"tin {n}"),
            choices="",
            any_hour=True,
            state="pending",
            reason="",
            not_before=clock.now(),
            expires_at=None,
        )
        for n in range(count)
    ]


class _SlowDisk(Rows):
    """Takes half a second for each `nth` of the commits that say which rows are about to be sent."""

    def __init__(self, db: BaseDBAsyncClient, clock: VirtualClock, nth: int) -> None:
        super().__init__(db, same)
        self._clock = clock
        self._nth = nth
        self._commits = 0

    async def intend(self, rows: Sequence[Leased], now: datetime, leased_until: datetime) -> set[Hold]:
        self._commits += 1
        if self._commits % self._nth == 0:
            await self._clock.sleep(0.5)
        return await super().intend(rows, now, leased_until)


def _sender(db: BaseDBAsyncClient, rows: Rows, platform: Strict, pacer: Pacer, clock: VirtualClock) -> OutboxSender:
    async def report(event: object) -> None:
        raise AssertionError(event)

    return OutboxSender(
        platform=platform,
        pacer=pacer,
        rows=rows,
        store=ConversationStore(db),
        turn=Alone(),
        clock=clock,
        report=report,
    )


async def _deliver(
    clock: VirtualClock,
    platform: Strict,
    pacer: Pacer,
    count: int,
    chats: int,
    *,
    slow_disk: int = 0,
    klass: Klass = "routine",
) -> None:
    """Run a sender over `count` rows to `chats` groups until all are out."""
    async with memory() as db:
        rows = _SlowDisk(db, clock, slow_disk) if slow_disk else Rows(db, same)
        async with rows.transaction():
            await rows.insert([replace(row, klass=klass) for row in _rows(count, clock, chats)], clock.now())
        sender = _sender(db, rows, platform, pacer, clock)
        driver = asyncio.create_task(clock.drive())
        while (delay := await sender.run()) is not None:
            await clock.sleep(delay)
        driver.cancel()
        assert await OutboxRow.filter(state="sent").count() == count


@pytest.mark.timeout(300)
@pytest.mark.parametrize("per_second", [30, 500])
@pytest.mark.fault(15, "ten thousand groups")
async def test_ten_thousand_groups_get_their_message_at_the_allowed_pace(
    clock: VirtualClock, per_second: float
) -> None:
    platform = Strict(per_second, clock, CAPS)
    await _deliver(clock, platform, Pacer(per_second, clock), 10_000, 10_000)
    took = platform.took[-1] - platform.took[0]
    allowed = per_second * BULK_OF_TOKEN
    assert len(platform.took) == 10_000
    assert platform.limited == 0
    share = (len(platform.took) - 1) / took / allowed
    assert 0.97 <= share <= 1.01, f"{share:.3f} of {allowed:g} a second"


@pytest.mark.fault(15, "a slow disk")
async def test_a_disk_that_halts_makes_no_call_too_many(clock: VirtualClock) -> None:
    """Mechanism: a row finds its place in the token's second after the commit of its intent, just before its call.

    Seen on a machine whose disk halted: what had its place before left all at once, and the whole token had to wait.
    """
    platform = Strict(500, clock, CAPS)
    await _deliver(clock, platform, Pacer(500, clock), 5_000, 5_000, slow_disk=40)
    assert platform.limited == 0
    # A halt is made up for within the limit, but bulk leaves a tenth of it free.
    assert (len(platform.took) - 1) / (platform.took[-1] - platform.took[0]) >= 300


async def test_what_was_about_to_leave_stays_when_the_token_has_to_pause(clock: VirtualClock) -> None:
    """Mechanism: the second question before the call. Without it a dozen more calls are made, and refused."""
    platform = Strict(500, clock, CAPS)
    platform.script.extend([None] * 50)
    platform.script.append(RateLimited(5.0, "token"))
    await _deliver(clock, platform, Pacer(500, clock), 100, 100)
    assert platform.calls == 101
    assert platform.took[51] - platform.took[50] >= 5.0


async def test_a_row_that_waits_behind_many_replies_does_not_outlive_its_lease(clock: VirtualClock) -> None:
    """Mechanism: the patience of the second question. Without it the row was taken for one whose answer was lost."""
    platform = Strict(1, clock, CAPS)
    pacer = Pacer(1, clock)

    async def reply(n: int) -> None:
        with await pacer.wait(Chat(NAME, f"p{n}", "private"), CAPS["private"]):
            pass

    async def crowd() -> None:
        await clock.sleep(0.1)
        await asyncio.gather(*[reply(n) for n in range(200)])

    async def look() -> int:
        await clock.sleep(150)
        return await OutboxRow.filter(state="uncertain").count()

    asking, looking = asyncio.create_task(crowd()), asyncio.create_task(look())
    await _deliver(clock, platform, pacer, 1, 1, slow_disk=1)
    await asking
    assert await looking == 0
    assert platform.calls == 1


async def test_who_stops_begins_no_call_that_would_be_cut_off(clock: VirtualClock) -> None:
    """Mechanism: the sender asks again after a row's turn. Each stop left one row that nobody knew about."""

    class _Slow(Strict):
        async def send(self, chat: Chat, message: Message, *, replacing: str | None = None, key: str = "") -> Sent:
            sent = await super().send(chat, message, replacing=replacing, key=key)
            await self._clock.sleep(0.2)
            return sent

    platform = _Slow(30, clock, CAPS)
    async with memory() as db:
        rows = Rows(db, same)
        async with rows.transaction():
            await rows.insert(_rows(200, clock, 200), clock.now())
        sender = _sender(db, rows, platform, Pacer(30, clock), clock)
        driver, running = asyncio.create_task(clock.drive()), asyncio.create_task(sender.run())
        await clock.sleep(1.5)
        await sender.stop()
        await running
        driver.cancel()
        assert await OutboxRow.filter(state="sending").count() == 0
        assert await OutboxRow.filter(state="sent").count() == len(platform.accepted)


async def test_one_group_gets_no_more_than_its_share_of_a_minute(clock: VirtualClock) -> None:
    platform = Strict(30, clock, CAPS)
    await _deliver(clock, platform, Pacer(30, clock), 100, 1)
    most = CAPS["group"].per_minute * BULK_OF_MINUTE
    for start in platform.took:
        assert len([at for at in platform.took if start <= at < start + 59.99]) <= most
    assert platform.limited == 0
    assert platform.took[-1] - platform.took[0] <= 60 * 100 / most


@pytest.mark.fault(15, "replies meanwhile")
async def test_replies_are_not_queued_behind_ten_thousand_messages(clock: VirtualClock) -> None:
    """Five people a second ask something while the whole commune is being told: nobody waits, nothing is refused."""
    platform = Strict(30, clock, CAPS)
    pacer = Pacer(30, clock)
    waits: list[float] = []

    async def ask() -> None:
        for n in range(100):
            chat = Chat(NAME, f"person{n}", "private")
            asked = clock.monotonic()
            with await pacer.wait(chat, CAPS["private"]):
                waits.append(clock.monotonic() - asked)
                await platform.send(chat, said("đây ạ"))
            await clock.sleep(0.2)

    asking = asyncio.create_task(ask())
    await _deliver(clock, platform, pacer, 1000, 1000)
    await asking
    assert platform.limited == 0
    assert max(waits) <= 1 / 30


async def test_a_crowd_of_replies_finds_a_place_while_bulk_takes_the_rest(clock: VirtualClock) -> None:
    """Mechanism: bulk counts replies, too, and slows down. Without it all stood still until the oldest was old."""
    pacer = Pacer(100, clock)
    waits: list[float] = []
    told = 0

    async def tell() -> None:
        nonlocal told
        while True:
            assert await pacer.turn(Chat(NAME, f"g{told}", "group"), CAPS["group"], 60.0)
            place = await pacer.leave(60.0)
            assert place is not None
            with place:
                told += 1

    driver, telling = asyncio.create_task(clock.drive()), asyncio.create_task(tell())
    for n in range(200):
        asked = clock.monotonic()
        with await pacer.wait(Chat(NAME, f"p{n}", "private"), CAPS["private"]):
            waits.append(clock.monotonic() - asked)
        await clock.sleep(1 / 40 - waits[-1])
    telling.cancel()
    driver.cancel()
    assert max(waits) <= 1 / 100
    assert told >= 5 * 50 * 0.9


async def test_bulk_gives_way_when_replies_need_all_of_the_token(clock: VirtualClock) -> None:
    pacer = Pacer(10, clock)
    left: list[str] = []

    async def reply(n: int) -> None:
        with await pacer.wait(Chat(NAME, f"p{n}", "private"), CAPS["private"]):
            left.append("reply")

    async def bulk(n: int) -> None:
        assert await pacer.turn(Chat(NAME, f"g{n}", "group"), CAPS["group"], 60.0)
        place = await pacer.leave(60.0)
        assert place is not None
        with place:
            left.append("bulk")

    driver = asyncio.create_task(clock.drive())
    bulks = [asyncio.create_task(bulk(n)) for n in range(20)]
    await clock.sleep(0.55)
    already = left.count("bulk")
    await asyncio.gather(*[reply(n) for n in range(30)])
    assert left.count("bulk") - already <= 1
    await asyncio.gather(*bulks)
    driver.cancel()


async def test_an_urgent_message_leaves_while_everybody_asks_something(clock: VirtualClock) -> None:
    """Mechanism: what is urgent has its share before replies; a row that lets them by gives its place back in time.

    In a storm more people ask than the token can answer. The warning stood behind them, and behind routine messages.
    """
    platform = Strict(10, clock, CAPS)
    pacer = Pacer(10, clock)
    waits: list[float] = []

    async def asks(n: int) -> None:
        while True:
            asked = clock.monotonic()
            with await pacer.wait(Chat(NAME, f"p{n}-{len(waits)}", "private"), CAPS["private"]):
                waits.append(clock.monotonic() - asked)

    async with memory() as db:
        rows = Rows(db, same)
        routine, urgent = (
            _rows(20, clock, 20),
            [replace(row, klass="urgent", announcement=2) for row in _rows(40, clock, 40)[20:]],
        )
        async with rows.transaction():
            await rows.insert(routine, clock.now())
        sender = _sender(db, rows, platform, pacer, clock)
        driver = asyncio.create_task(clock.drive())
        crowd = [asyncio.create_task(asks(n)) for n in range(30)]
        running = asyncio.create_task(sender.run())
        await clock.sleep(3)
        async with rows.transaction():
            await rows.insert(urgent, clock.now())
        sender.woken.set()
        answered = len(waits)
        await clock.sleep(10)
        assert await OutboxRow.filter(klass="urgent", state="sent").count() == 20
        assert await OutboxRow.filter(klass="routine", state="sent").count() <= 2
        assert len(waits) - answered > 10 * 10 - 20 - 10, "and people are answered with all that is left"
        for one in crowd:
            one.cancel()
        await running
        driver.cancel()
        assert await OutboxRow.filter(state="sent").count() == 40
        assert platform.limited == 0
