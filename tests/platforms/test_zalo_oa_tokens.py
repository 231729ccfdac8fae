"""A refresh token works once: it is never lost, never used twice, and never used by two processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.platform import TokenRefused, Unreachable
from bot.core.sessions import StoreUnavailable
from bot.core.text import Text
from bot.platforms.zalo_oa.adapter import ZaloOa, create
from bot.platforms.zalo_oa.token import KEY, LEASE_KEY, Pair
from bot.settings import SettingsError
from bot.testing.inbox import Inbox, listening
from tests.kit import MemoryValues, StillClock, make_kit

from .fake_zalo import DROP_AFTER, DROP_BEFORE, HTML_502, Fault, error
from .fake_zalo_oa import CS, TOKEN, FakeZaloOa
from .rigs import PatientClock

AN = Chat("zalo_oa", "u1", "private")
HELLO = Message(Text.verbatim("Chào bác"))


class FailingValues(MemoryValues):
    """`down`: how many of the next writes of a pair fail."""

    down = 0

    async def swap(self, key: str, old: str | None, new: str) -> bool:
        if key == KEY and self.down:
            self.down -= 1
            raise StoreUnavailable("the disk is full")
        return await super().swap(key, old, new)


class SharedClock(StillClock):
    """Whoever sleeps lets the others work."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0.01)
        await super().sleep(seconds)


@pytest.fixture
async def oa() -> AsyncIterator[FakeZaloOa]:
    async with FakeZaloOa() as server:
        server.last_word["u1"] = 10**12
        yield server


@pytest.fixture
def values() -> FailingValues:
    return FailingValues()


@pytest.fixture
def clock() -> StillClock:
    return SharedClock()


def process(oa: FakeZaloOa, values: MemoryValues, clock: StillClock, **options: str) -> ZaloOa:
    platform = create(make_kit(oa.options(**options), values=values, clock=clock))
    assert isinstance(platform, ZaloOa)
    return platform


def stored(values: MemoryValues) -> Pair:
    return Pair.model_validate_json(values.values[KEY])


async def test_the_first_token_is_spent_once_and_its_pair_is_stored_before_use(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock
) -> None:
    bot = process(oa, values, clock)
    await asyncio.gather(*[bot.send(AN, HELLO) for _ in range(5)])
    assert oa.renewals == oa.calls.count(TOKEN) == 1
    assert (stored(values).access, stored(values).refresh) == (oa.access, oa.refresh)
    await bot.close()
    again = process(oa, values, clock)
    await again.send(AN, HELLO)
    assert oa.renewals == 1
    await again.close()


async def test_a_token_is_renewed_at_four_fifths_of_its_life_and_the_old_one_serves_while_that_fails(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock
) -> None:
    bot = process(oa, values, clock)
    await bot.send(AN, HELLO)
    clock.time += timedelta(seconds=90_000 * 0.79)
    await bot.send(AN, HELLO)
    assert oa.renewals == 1
    clock.time += timedelta(seconds=90_000 * 0.02)
    oa.fail(TOKEN, error(-99, "busy", status=200))
    await bot.send(AN, HELLO)
    await bot.send(AN, HELLO)
    assert oa.calls.count(TOKEN) == 2, "a vendor in trouble is not asked at every message"
    clock.time += timedelta(seconds=31)
    await bot.send(AN, HELLO)
    assert oa.renewals == 2
    await bot.close()


async def test_after_days_switched_off_the_old_token_is_not_even_tried(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock
) -> None:
    bot = process(oa, values, clock)
    await bot.send(AN, HELLO)
    await bot.close()
    clock.time += timedelta(days=3)
    later = process(oa, values, clock)
    await later.send(AN, HELLO)
    assert (oa.renewals, oa.sends, len(oa.accepted)) == (2, 2, 2)
    await later.close()


@pytest.mark.parametrize("code", [-216, -220])
async def test_a_refused_token_is_renewed_once_and_the_message_sent_once(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock, code: int
) -> None:
    bot = process(oa, values, clock)
    oa.fail(CS, error(code, "Access token is invalid", status=200))
    await bot.send(AN, HELLO)
    assert (oa.renewals, oa.heard("u1"), oa.sends) == (2, ["Chào bác"], 2)
    oa.fail(CS, error(code, "no", status=200), error(code, "no", status=200))
    with pytest.raises(TokenRefused):
        await bot.send(AN, HELLO)
    await bot.close()


async def test_two_processes_renew_one_after_the_other_and_spend_no_token_twice(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock
) -> None:
    one, two = process(oa, values, clock), process(oa, values, clock)
    await asyncio.gather(one.send(AN, HELLO), two.send(AN, HELLO))
    assert oa.renewals == oa.calls.count(TOKEN) == 1
    oa.access = "revoked"
    await one.send(AN, HELLO)
    await two.send(AN, HELLO)
    assert oa.renewals == oa.calls.count(TOKEN) == 2
    await one.close()
    await two.close()


async def test_a_process_waits_while_another_one_renews(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock
) -> None:
    values.values[LEASE_KEY] = f"another {(clock.now() + timedelta(seconds=80)).timestamp()}"
    bot = process(oa, values, clock)
    with pytest.raises(Unreachable, match="another process"):
        await bot.send(AN, HELLO)
    assert oa.calls == []
    clock.time += timedelta(seconds=90)
    await bot.send(AN, HELLO)
    await bot.close()


async def test_a_pair_that_cannot_be_stored_is_kept_and_not_used_until_it_is(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock
) -> None:
    bot = process(oa, values, clock)
    values.down = 1
    with pytest.raises(Unreachable, match="cannot be stored yet"):
        await bot.send(AN, HELLO)
    assert (oa.renewals, oa.sends) == (1, 0)
    clock.time += timedelta(seconds=31)
    await bot.send(AN, HELLO)
    assert oa.renewals == 1
    assert stored(values).refresh == oa.refresh
    await bot.close()


async def test_a_renewal_outlives_the_message_that_asked_for_it(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock
) -> None:
    """A shutdown in the middle of it must not lose the new pair."""
    bot = process(oa, values, clock)
    oa.fail(TOKEN, Fault("delay", accepts=True, seconds=0.1))
    sending = asyncio.create_task(bot.send(AN, HELLO))
    async with asyncio.timeout(5):
        while not oa.renewals:  # noqa: ASYNC110 - the fake has no event for it
            await asyncio.sleep(0.01)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await bot.close()
    assert stored(values).refresh == oa.refresh


async def test_a_token_that_somebody_else_spent_ends_the_adapter_with_a_line_that_names_the_setting(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock
) -> None:
    oa.refresh = "somebody else has it"
    bot = process(oa, values, clock)
    with pytest.raises(TokenRefused):
        await bot.send(AN, HELLO)
    with pytest.raises(TokenRefused):
        await bot.send(AN, HELLO)
    assert oa.calls == [TOKEN], "a dead token is not tried at every message"
    clock.time += timedelta(seconds=31)
    with pytest.raises(SettingsError, match=r"^BOT_ZALO_OA_REFRESH_TOKEN: "):
        await bot.listen(Inbox().note)
    await bot.close()


async def test_a_spent_token_is_tried_once_and_said_once_however_often_somebody_waits_for_it(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock, caplog: pytest.LogCaptureFixture
) -> None:
    oa.refresh = "somebody else has it"
    bot = process(oa, values, clock)
    for _ in range(20):
        with pytest.raises(TokenRefused):
            await bot.send(AN, HELLO)
        clock.time += timedelta(seconds=31)
    with pytest.raises(SettingsError, match=r"^BOT_ZALO_OA_REFRESH_TOKEN: "):
        await bot.listen(Inbox().note)
    assert oa.calls == [TOKEN]
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    await bot.close()


async def test_what_another_process_got_for_a_spent_token_is_used(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock
) -> None:
    """A clear refusal is of one token; the pair that somebody else has stored is another one."""
    other = process(oa, values, clock)
    bot = process(oa, MemoryValues(), clock)
    await other.send(AN, HELLO)
    with pytest.raises(TokenRefused):
        await bot.send(AN, HELLO)
    bot._tokens._values = values
    clock.time += timedelta(seconds=31)
    await bot.send(AN, HELLO)
    assert oa.calls.count(TOKEN) == 2
    await asyncio.gather(bot.close(), other.close())


async def test_the_listening_ends_as_soon_as_the_access_does(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock
) -> None:
    """Who waits for the next look, an hour later, would go on saying that all is well."""
    bot = process(oa, values, PatientClock())
    async with listening(bot, Inbox()) as task, asyncio.timeout(10):
        while not oa.renewals:  # noqa: ASYNC110 - the fake has no event for it
            await asyncio.sleep(0.01)
        oa.access, oa.refresh = "", "somebody else has it"
        with pytest.raises(TokenRefused):
            await bot.send(AN, HELLO)
        with pytest.raises(SettingsError, match=r"^BOT_ZALO_OA_REFRESH_TOKEN: "):
            await task
        called = len(oa.calls)
        for _ in range(5):
            with pytest.raises(TokenRefused):
                await bot.send(AN, HELLO)
        assert len(oa.calls) == called, "nobody is asked with what was refused"


async def test_a_new_token_from_the_operator_takes_the_place_of_a_dead_chain(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock
) -> None:
    bot = process(oa, values, clock)
    await bot.send(AN, HELLO)
    await bot.close()
    oa.access, oa.refresh = "", "a new consent"
    repaired = process(oa, values, clock, refresh_token="a new consent")
    await repaired.send(AN, HELLO)
    assert stored(values).refresh == oa.refresh
    await repaired.close()


@pytest.mark.parametrize("fault", [DROP_BEFORE, HTML_502, error(-99, "odd", status=200)])
async def test_a_renewal_without_a_clear_answer_is_no_verdict_and_the_message_surely_not_sent(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock, fault: Fault
) -> None:
    bot = process(oa, values, clock)
    oa.fail(TOKEN, fault)
    with pytest.raises(Unreachable) as caught:
        await bot.send(AN, HELLO)
    assert (type(caught.value), caught.value.maybe_sent, oa.sends) == (Unreachable, False, 0)
    await bot.close()


async def test_a_lost_answer_spends_the_token_and_the_operator_is_told(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing can save the chain then; what remains is to say so plainly."""
    bot = process(oa, values, clock)
    oa.fail(TOKEN, DROP_AFTER)
    with pytest.raises(Unreachable):
        await bot.send(AN, HELLO)
    clock.time += timedelta(seconds=31)
    with pytest.raises(TokenRefused):
        await bot.send(AN, HELLO)
    assert "BOT_ZALO_OA_REFRESH_TOKEN" in caplog.text
    assert "of-a-test" not in caplog.text
    await bot.close()


async def test_the_access_is_kept_alive_also_while_nobody_writes(
    oa: FakeZaloOa, values: FailingValues, clock: StillClock
) -> None:
    oa.fail(TOKEN, error(-99, "busy", status=200))
    bot = process(oa, values, clock)
    async with listening(bot, Inbox()), asyncio.timeout(10):
        while oa.renewals < 2:  # noqa: ASYNC110 - the fake has no event for it
            await asyncio.sleep(0.01)
    assert clock.now() - StillClock().now() >= timedelta(seconds=90_000 * 0.8)
    assert stored(values).refresh == oa.refresh
