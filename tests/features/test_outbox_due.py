"""One question for all senders of a process tells which of them has something to do, and only that one is woken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.lease import LASTS
from bot.core.platform import ChatGone, TokenRefused
from bot.features.outbox.bulkhead import Bulkhead
from bot.features.outbox.row import Hold, Leased, Outcome
from bot.features.outbox.rows import Rows
from bot.features.outbox.send import OutboxSender
from bot.features.outbox.states import CANARY, QUIET, QUOTA, WINDOW
from bot.features.outbox.turn import LeasedTurn
from bot.features.outbox.upkeep import Due
from bot.framework import process
from bot.framework.process import OUTBOX_REST, OUTBOX_TICK
from bot.framework.sharing import Sharing
from bot.storage.core_tables.outbox import OutboxRow
from bot.testing import TestClock
from tests.features.outbox_rig import NAME, Rig, Scripted, group, private
from tests.kit import MemoryValues

HOUR = timedelta(hours=1)


async def _is_due(rig: Rig) -> Due:
    now = rig.clock.now()
    found = await rig.rows.due(["another", NAME], now, now)
    assert not found["another"].is_any
    return found[NAME]


def _only(*names: str) -> Due:
    return Due(*[name in names for name in Due.__struct_fields__])


async def _waits(rig: Rig) -> None:
    await rig.add(private("hoa"), "một")


async def _was_taken_up(rig: Rig) -> None:
    await rig.add(private("hoa"), "một")
    await rig.rows.lease(NAME, rig.clock.now(), rig.clock.now(), 1)


async def _has_expired(rig: Rig) -> None:
    await rig.add(private("hoa"), "một", expires_at=rig.clock.now() + HOUR)
    await OutboxRow.all().update(state="held", reason="decision")
    rig.clock.passes(seconds=HOUR.total_seconds())


def _held(reason: str) -> Callable[[Rig], object]:
    async def is_held(rig: Rig) -> None:
        await rig.add(private("hoa"), "một")
        await OutboxRow.all().update(state="held", reason=reason, not_before=rig.clock.now())

    return is_held


async def _has_gone(rig: Rig) -> None:
    rig.platform.script.append(ChatGone("blocked"))
    await rig.add(private("hoa"), "một")
    await rig.sender.run()
    await OutboxRow.all().update(gone=True)


async def _is_stopped(rig: Rig) -> None:
    rig.platform.script.append(TokenRefused())
    await rig.add(private("hoa"), "một")
    await rig.sender.run()


async def _pauses(rig: Rig) -> None:
    await rig.store.pause(NAME, "", rig.clock.now() + HOUR)


@pytest.mark.parametrize(
    ("happens", "due"),
    [
        (_waits, _only("waiting")),
        (_was_taken_up, _only("leases")),
        (_has_expired, _only("expired")),
        (_held(QUIET), _only("quiet")),
        (_held(CANARY), _only("canary")),
        (_held(WINDOW), _only("shut")),
        (_held(QUOTA), _only("shut")),
        (_has_gone, _only("gone")),
        (_is_stopped, _only("stops")),
        (_pauses, _only("pauses")),
        (_held("decision"), _only()),
    ],
    ids=["waits", "leases", "expired", "quiet", "canary", "window", "month", "gone", "stops", "pauses", "decision"],
)
async def test_each_thing_that_a_look_sees_to_is_seen(
    db: BaseDBAsyncClient, happens: Callable[[Rig], object], due: Due
) -> None:
    rig = Rig(db)
    await happens(rig)  # type: ignore[misc]
    assert await _is_due(rig) == due
    assert await rig.rows.restless([NAME], rig.clock.now()) == ([NAME] if due.is_any else [])


async def test_nothing_is_due_before_its_time(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    await rig.add(private("hoa"), "một", not_before=rig.clock.now() + HOUR)
    assert await rig.rows.restless([NAME], rig.clock.now()) == []
    assert await rig.rows.restless([NAME], rig.clock.now() + HOUR) == [NAME]


async def test_hundreds_of_accounts_are_asked_for_at_once(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    await rig.add(private("hoa"), "một")
    names = [*(f"telegram:xa-{n}" for n in range(1200)), NAME]
    assert await rig.rows.restless(names, rig.clock.now()) == [NAME]


class _Wakes:
    """What was told to other processes, and what they would hear."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.hearers: dict[str, Callable[[], None]] = {}

    def tell(self, topic: str) -> None:
        self.told.append(topic)

    def hear(self, topic: str, what: Callable[[], None]) -> None:
        self.hearers[topic] = what


def _senders(rig: Rig, wakes: _Wakes) -> tuple[Sharing, list[OutboxSender]]:
    shared = Sharing(rig.db, rig.clock, shared=True, wakes=wakes)
    platforms = [Scripted(), Scripted()]
    for platform, name in zip(platforms, (NAME, "another"), strict=True):
        platform.name = name
    factory = process.SenderFactory(rig.outbox, rig._tell, shared, None)  # type: ignore[arg-type]
    pacers = {platform.name: rig.sender._pacer for platform in platforms}
    return shared, factory.each(platforms, pacers)


async def test_a_row_wakes_the_sender_of_its_platform_alone_here_and_elsewhere(db: BaseDBAsyncClient) -> None:
    rig, wakes = Rig(db), _Wakes()
    shared, senders = _senders(rig, wakes)
    process.wake(senders, shared, NAME)
    assert [sender.woken.is_set() for sender in senders] == [True, False]
    senders[0].woken.clear()
    wakes.hearers[wakes.told[-1]]()
    assert [sender.woken.is_set() for sender in senders] == [True, False]


async def test_what_may_concern_any_of_them_wakes_all(db: BaseDBAsyncClient) -> None:
    rig, wakes = Rig(db), _Wakes()
    shared, senders = _senders(rig, wakes)
    process.hear(senders, shared)
    process.wake(senders, shared)
    assert all(sender.woken.is_set() for sender in senders)
    for sender in senders:
        sender.woken.clear()
    wakes.hearers[wakes.told[-1]]()
    assert all(sender.woken.is_set() for sender in senders)


async def test_who_has_nothing_to_do_is_left_in_peace(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    _, senders = _senders(rig, _Wakes())
    await rig.add(private("hoa"), "một")
    job = process.looking(senders, rig.rows, rig.clock)
    await job.work()
    assert [sender.woken.is_set() for sender in senders] == [True, False]
    assert job.period == OUTBOX_TICK < OUTBOX_REST == process.sending(senders)[0].period


class _Asked(MemoryValues):
    looks = 0

    async def get(self, key: str) -> str | None:
        self.looks += 1
        return await super().get(key)


async def test_the_store_is_asked_for_the_turn_only_when_the_answer_may_have_changed() -> None:
    values, clock = _Asked(), TestClock()
    mine, other = LeasedTurn(values), LeasedTurn(values)
    assert await mine.mine(clock.now())
    assert not await other.mine(clock.now())
    for _ in range(100):
        assert await mine.mine(clock.now())
        assert not await other.mine(clock.now())
    assert values.looks == 2
    clock.time += LASTS / 2
    assert await mine.mine(clock.now()), "it is renewed"
    clock.time += LASTS / 2
    assert not await other.mine(clock.now()), "it was renewed meanwhile"
    assert values.looks == 4


async def test_a_turn_is_lost_unseen_for_half_of_what_it_lasts_at_most() -> None:
    values, clock = _Asked(), TestClock()
    mine, other = LeasedTurn(values), LeasedTurn(values)
    assert await mine.mine(clock.now())
    clock.time += LASTS + timedelta(seconds=1)
    assert await other.mine(clock.now())
    assert not await mine.mine(clock.now())
    clock.time -= timedelta(days=1)
    before = values.looks
    await mine.mine(clock.now())
    assert values.looks == before + 1, "a clock that was set back is no reason to rely on an answer for longer"


async def test_who_gives_the_turn_up_tells_the_others(db: BaseDBAsyncClient) -> None:
    wakes = _Wakes()
    first, second = Rig(db), Rig(db)
    _, (here, _) = _senders(first, wakes)
    elsewhere = _Wakes()
    _, (there, _) = _senders(second, elsewhere)
    await first.add(private("hoa"), "một")
    await here.run()
    await there.run()
    await here.stop()
    elsewhere.hearers[wakes.told[-1]]()
    assert there.woken.is_set()
    await second.add(private("hoa"), "hai", key="k2")
    await there.run()
    assert (await OutboxRow.get(key="k2/1")).state == "sent"


class _Counting(Rows):
    """`commits` counts what was written together, `most_reading` the looks at a time."""

    def __init__(self, rig: Rig) -> None:
        super().__init__(rig.db, lambda locale, message, context=None: message)
        self.commits: list[int] = []
        self.most_reading = self._reading = 0

    async def intend(self, rows: Sequence[Leased], now: datetime, until: datetime) -> set[Hold]:
        self.commits.append(len(rows))
        return await super().intend(rows, now, until)

    async def record(self, outcomes: Sequence[Outcome], now: datetime) -> set[Hold]:
        self.commits.append(len(outcomes))
        return await super().record(outcomes, now)

    async def lease(self, platform: str, now: datetime, until: datetime, most: int) -> list[Leased]:
        self._reading += 1
        self.most_reading = max(self.most_reading, self._reading)
        try:
            return await super().lease(platform, now, until, most)
        finally:
            self._reading -= 1


async def _accounts(rig: Rig, count: int) -> list[Scripted]:
    """Return so many accounts of one messenger, each with a row that waits."""
    platforms = [Scripted() for _ in range(count)]
    for number, platform in enumerate(platforms):
        platform.name = f"account-{number}"
        await rig.add(group(f"g{number}"), "tin", key=f"k{number}")
    for row in await OutboxRow.all():
        await OutboxRow.filter(id=row.id).update(platform=f"account-{row.chat_id.removeprefix('g')}")
    return platforms


async def test_accounts_share_their_commits(db: BaseDBAsyncClient) -> None:
    rig = Rig(db)
    rows = _Counting(rig)
    bulkhead, now = Bulkhead(rows, rig.clock), rig.clock.now()
    leased: list[Leased] = []
    for platform in await _accounts(rig, 20):
        leased += await rows.lease(platform.name, now, bulkhead.until(now), 5)
    assert all(await asyncio.gather(*[bulkhead.intend(row) for row in leased]))
    assert all(await asyncio.gather(*[bulkhead.record(Outcome(row, "sent", message_id="m")) for row in leased]))
    assert rows.commits == [20, 20]


async def test_accounts_look_at_their_rows_one_after_the_other(db: BaseDBAsyncClient) -> None:
    """A pool of connections serves whoever comes first: a resident would wait behind a statement of each account."""
    rig = Rig(db)
    rows, platforms = _Counting(rig), await _accounts(rig, 20)
    bulkhead = Bulkhead(rows, rig.clock)
    senders = [rig.new_sender(platform, rows, bulkhead) for platform in platforms]
    await asyncio.gather(*[sender.run() for sender in senders])
    assert [len(platform.accepted) for platform in platforms] == [1] * 20
    assert rows.most_reading == 1
