"""What is left of an official account's month: the vendor's answer in any form, the operator's number, our count."""

from __future__ import annotations

import pytest

from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.platform import Sink, Unreachable, Usage
from bot.core.text import Text
from bot.platforms.zalo_oa.adapter import LOOK_EVERY, ZaloOa, create
from bot.platforms.zalo_oa.quota import PATH, left_in
from tests.kit import MemoryValues, StillClock, make_kit

from .fake_zalo import error
from .fake_zalo_oa import FakeZaloOa

AN, GROUP = Chat("zalo_oa", "u1", "private"), Chat("zalo_oa", "g1", "group")
HELLO = Message(Text.verbatim("Chào bác"))


class Stops(StillClock):
    """Time passes until the account is to be looked after once more."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        if seconds == LOOK_EVERY:
            raise Looked


class Looked(Exception):
    """Once was enough."""


async def nobody(*_: object) -> None:
    return


async def looked(oa: FakeZaloOa, values: MemoryValues, clock: StillClock, **options: str) -> ZaloOa:
    """An account whose keeper has run once."""
    platform = create(make_kit(oa.options(**options), values=values, clock=clock))
    assert isinstance(platform, ZaloOa)
    sink: Sink = nobody
    with pytest.raises(Looked):
        await platform.listen(sink)
    return platform


@pytest.mark.parametrize(
    "data",
    [
        {"remain": 460, "total": 500},
        {"remain": "460", "total": "500", "quota_type": "sub_quota"},
        [{"quota_type": "sub_quota", "remain": "460", "total": "500"}],
        [{"quota_type": "none"}, {"remain": 460, "total": 500}],
        {"cs": {"remain": 460, "total": 500}},
    ],
)
async def test_the_vendor_says_what_is_left_in_one_form_or_another(data: object) -> None:
    async with FakeZaloOa() as oa:
        oa.quota = data
        values, clock = MemoryValues(), Stops()
        platform = await looked(oa, values, clock)
        assert await platform.usage() == Usage(40, 500, kinds=frozenset({"private"}))
        beside = create(make_kit(oa.options(), values=values, clock=clock))
        assert await beside.usage() == await platform.usage(), "processes that do not listen know it, too"
        assert oa.calls.count(PATH) == 1
        await platform.close()
        await beside.close()


async def test_what_was_sent_since_the_vendor_was_asked_is_used_too() -> None:
    """The vendor is asked once an hour; an announcement would use up in minutes what it said was left."""
    async with FakeZaloOa() as oa:
        oa.quota = {"remain": 460, "total": 500}
        oa.last_word["u1"] = 10**12
        values, clock = MemoryValues(), Stops()
        platform = await looked(oa, values, clock)
        await platform.send(AN, HELLO)
        await platform.send(GROUP, HELLO)
        assert await platform.usage() == Usage(40, 500, kinds=frozenset({"private"})), "an answer soon after is free"
        oa.quota_type = "sub_quota"
        await platform.send(AN, HELLO)
        await platform.send(AN, HELLO)
        assert await platform.usage() == Usage(42, 500, kinds=frozenset({"private"}))
        oa.quota = {"remain": 458, "total": 500}
        again = await looked(oa, values, clock)
        assert await again.usage() == Usage(42, 500, kinds=frozenset({"private"})), "the vendor knows of them now"
        await platform.close()
        await again.close()


@pytest.mark.parametrize(
    "data",
    [
        None,
        "none",
        [],
        {},
        {"remain": -1, "total": 500},
        {"remain": 1, "total": 0},
        {"remain": "many", "total": 5},
        [[1]],
    ],
)
def test_what_cannot_be_read_says_nothing(data: object) -> None:
    assert left_in(data) is None


async def test_where_the_vendor_says_nothing_messages_are_counted_and_not_limited() -> None:
    async with FakeZaloOa() as oa:
        oa.last_word["u1"] = 10**12
        oa.fail(PATH, error(-212, status=200))
        platform = await looked(oa, MemoryValues(), Stops())
        await platform.send(AN, HELLO)
        await platform.send(GROUP, HELLO)
        assert await platform.usage() == Usage(2, None)
        await platform.close()


async def test_the_operators_number_counts_groups_too_and_the_month_begins_in_vietnam() -> None:
    async with FakeZaloOa() as oa:
        oa.quota = {"remain": 1, "total": 500}
        clock = Stops()
        platform = await looked(oa, MemoryValues(), clock, per_month="1000")
        assert oa.calls.count(PATH) == 0, "it is not asked for what the operator knows better"
        since = clock.now()
        await platform.send(GROUP, HELLO)
        assert await platform.usage() == Usage(1, 1000, since=since)
        await StillClock.sleep(clock, 7 * 24 * 3600)
        assert await platform.usage() == Usage(0, 1000, since=since)
        await platform.close()


async def test_last_months_answer_is_no_answer() -> None:
    async with FakeZaloOa() as oa:
        oa.quota = {"remain": 0, "total": 500}
        clock = Stops()
        platform = await looked(oa, MemoryValues(), clock)
        assert (await platform.usage() or Usage(0, None)).sent == 500
        await StillClock.sleep(clock, 7 * 24 * 3600)
        assert await platform.usage() == Usage(0, None)
        await platform.close()


async def test_what_was_refused_is_not_counted() -> None:
    async with FakeZaloOa() as oa:
        platform = await looked(oa, MemoryValues(), Stops())
        with pytest.raises(Unreachable):
            await platform.send(AN, HELLO)
        assert await platform.usage() == Usage(0, None)
        await platform.close()
