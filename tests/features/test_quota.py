"""How a month goes on: what was sent so far, as much again for the days that are left, and what already waits."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.events import Chat
from bot.core.platform import Usage
from bot.features.outbox import quota
from bot.features.outbox.quota import Need
from bot.features.outbox.row import Leased
from bot.features.outbox.states import Klass
from bot.storage.core_tables.outbox import OutboxRow

from .outbox_rig import NAME, Rig, Scripted, group, private, said

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def day(number: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, number, hour, tzinfo=VIETNAM).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "sent", "waiting", "expected"),
    [
        (day(16), 1000, 0, 2000),
        (day(16), 1000, 48, 2048),
        (day(30, 12), 2950, 0, 3000),
        # On the first morning nobody knows yet: a few messages are no sign of a busy month.
        (day(1, 1), 20, 0, 220),
        (day(4), 300, 0, 3000),
        (day(11), 0, 24, 24),
    ],
)
def test_the_month_is_expected_to_go_on_as_it_went(now: datetime, sent: int, waiting: int, expected: int) -> None:
    assert quota.expected(sent, waiting, now) == expected


@pytest.mark.parametrize(
    ("since", "expected"),
    [(None, 200), (day(1), 200), (datetime(2026, 10, 7, tzinfo=UTC), 200), (day(11), 400), (day(15, 23), 600)],
)
def test_a_month_that_began_in_its_midst_is_counted_from_its_first_day_of_use(
    since: datetime | None, expected: int
) -> None:
    """A hundred messages in five days are six hundred in thirty; of the first hours nobody can say."""
    assert quota.expected(100, 0, day(16), since) == expected


def test_routine_words_leave_the_reserve_alone_and_urgent_ones_do_not() -> None:
    need = Need("fake", 100, left=120, for_bulk=40, counted=100)
    assert need.missing() == 60
    assert need.missing(urgent=True) == 0
    assert Need("fake", 100).missing() == 0, "nothing is counted there"


class Counting(Rig):
    used: Usage | None = None

    async def announces(
        self, number: int, chat: Chat, key: str, klass: Klass, not_before: datetime | None = None
    ) -> None:
        texts = [said("một"), said("hai")]
        await self.outbox.add(
            chat, texts, key=key, now=self.clock.now(), klass=klass, announcement=number, not_before=not_before
        )

    async def usage(self) -> Usage | None:
        return self.used

    async def run_on(self) -> None:
        """As long as something is due today."""
        while (delay := await self.sender.run()) is not None and delay < 3600:
            self.clock.passes(seconds=delay)


@pytest.fixture
def rig(db: BaseDBAsyncClient) -> Counting:
    made = Counting(db)
    made.platform.usage = made.usage  # type: ignore[method-assign]
    made.outbox = made.new_outbox()
    return made


async def test_what_is_counted_for_people_alone_does_not_hold_groups_up(rig: Counting) -> None:
    rig.used = Usage(500, 500, kinds=frozenset({"private"}))
    now = rig.clock.now()
    (need,) = await rig.outbox.forecast([group("g1")], said("một"), now=now)
    assert (need.calls, need.left) == (1, None)
    assert (await rig.outbox.months.need(NAME, {"group": 24}, 0, now)).missing() == 0
    assert (await rig.outbox.months.need(NAME, {"private": 1}, 0, now)).missing() == 1
    for name, chat in (("g", group("g1")), ("p", private("hoa"))):
        await rig.announces(1 + (name == "p"), chat, name, "routine")
    await rig.run_on()
    assert await rig.states("g") == ["sent"] * 2
    assert await rig.states("p") == ["held(quota)"] * 2


@pytest.mark.parametrize("person", [False, True])
async def test_what_is_written_after_the_look_at_the_month_waits_as_well(
    rig: Counting, monkeypatch: pytest.MonkeyPatch, person: bool
) -> None:
    """Mechanism: what was taken up is held against the month once more; what a person let go is not."""
    rig.used = Usage(498, 500)
    written: list[str] = []
    lease = rig.rows.lease

    async def writes_first(*args: object) -> list[Leased]:
        """The sender has looked, and has not taken up anything yet."""
        if not written:
            written.append("k1")
            await rig.announces(1, private("hoa"), "k1", "routine")
            await rig.outbox.add(private("hai"), said("gấp"), key="k2", now=rig.clock.now(), klass="urgent")
            if person:
                await OutboxRow.filter(package="k1").update(decision="send")
        return await lease(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(rig.rows, "lease", writes_first)
    await rig.run_on()
    assert await rig.states("k1") == (["sent"] * 2 if person else ["held(quota)"] * 2)
    assert await rig.states("k2") == ["sent"]


async def test_what_is_counted_and_not_limited_holds_nobody_up(rig: Counting) -> None:
    rig.used = Usage(10_000, None)
    (need,) = await rig.outbox.forecast([group("g1")], said("một"), now=rig.clock.now())
    assert (need.calls, need.left, need.missing()) == (1, None, 0)
    assert (need.limit, need.reserve) == (0, 0)
    await rig.announces(1, group("g1"), "k1", "routine")
    await rig.run_on()
    assert await rig.states() == ["sent"] * 2


async def test_what_is_planned_for_this_month_belongs_to_its_forecast(rig: Counting) -> None:
    rig.used = Usage(0, 3000)
    now = rig.clock.now()
    for number, when in enumerate([now, quota.next_month(now)]):
        chat = Chat(NAME, f"g{number}", "group")
        await rig.announces(1 + number, chat, f"k{number}", "urgent", when)
    (need,) = await rig.outbox.forecast([group("g9")], said("một"), now=now)
    assert need.expected == 2


def test_a_month_begins_at_midnight_in_vietnam() -> None:
    assert quota.month_of(day(16, 13).replace(minute=14, second=15, microsecond=16)) == day(1)


async def test_where_the_messenger_is_off_each_chat_is_one_that_is_not_reached(rig: Counting) -> None:
    rig.used = Usage(0, 3000)
    chats = [group("g1"), Chat("off", "g2", "group"), Chat("off", "g3", "group"), Chat("off", "p", "private")]
    needs = await rig.outbox.forecast(chats, said("một"), now=rig.clock.now())
    assert [(need.platform, need.calls, need.unreachable) for need in needs] == [(NAME, 1, 0), ("off", 0, 3)]


async def test_what_is_used_up_elsewhere_meanwhile_is_known_before_the_next_rows_leave(db: BaseDBAsyncClient) -> None:
    """Where messages are counted each look is at what is left now, not at what was left a second ago."""
    rig = Counting(db, Scripted(per_second=8))
    answers = [Usage(0, 100)] * 2  # of the look, and when the first rows were taken up

    async def usage() -> Usage:
        return answers.pop() if answers else Usage(100, 100)

    rig.platform.usage = usage  # type: ignore[method-assign]
    for number in range(8):
        await rig.add(group(f"g{number}"), "tin", key=f"k{number}", klass="routine")  # type: ignore[arg-type]
    await rig.run_on()
    assert Counter([row.state for row in await OutboxRow.all()]) == {"sent": 4, "held": 4}
