"""After a call without a clear answer nothing new is begun until a call that sends nothing is answered."""

from __future__ import annotations

import pytest

from bot.core.line import LONGEST_PAUSE, LONGEST_REST, WITHOUT_PROBE, TokenLine
from bot.core.platform import PlatformError, RateLimited, TokenRefused, Unreachable
from bot.testing import PLAIN, FakePlatform, TestClock

AWAY = Unreachable("no answer", maybe_sent=False)


class Probing(FakePlatform):
    """Answers a probe as told, then gladly."""

    def __init__(self, *answers: PlatformError) -> None:
        super().__init__(PLAIN)
        self.answers = list(answers)
        self.probes = 0

    async def probe(self) -> None:
        self.probes += 1
        if self.answers:
            raise self.answers.pop(0)


def doubted() -> tuple[TokenLine, TestClock]:
    clock = TestClock()
    line = TokenLine(clock)
    line.unclear(clock.monotonic())
    return line, clock


async def test_a_free_line_is_not_asked() -> None:
    platform = Probing()
    assert await TokenLine(TestClock()).ask(platform) == 0
    assert platform.probes == 0


async def test_it_is_free_when_a_call_that_sends_nothing_is_answered() -> None:
    line, clock = doubted()
    platform = Probing(AWAY, AWAY)
    assert line.in_doubt
    await line.free(platform)
    assert (line.in_doubt, platform.probes, platform.calls) == (False, 3, 0)
    assert clock.monotonic() - TestClock().monotonic() < 5


async def test_a_long_outage_is_asked_about_every_half_minute() -> None:
    line, clock = doubted()
    platform = Probing(*[AWAY] * 100)
    for _ in range(100):
        assert 0 < await line.ask(platform) <= LONGEST_PAUSE
        clock.passes(seconds=LONGEST_PAUSE)
    assert await line.ask(platform) == 0


@pytest.mark.parametrize("answer", [TokenRefused(), RateLimited(5)])
async def test_a_refusal_is_an_answer(answer: PlatformError) -> None:
    line, _ = doubted()
    assert await line.ask(Probing(answer)) == 0


async def test_without_such_a_call_a_message_goes_ahead_after_a_pause() -> None:
    line, clock = doubted()
    platform = FakePlatform(PLAIN)
    while (wait := await line.ask(platform)) > 0:
        clock.passes(seconds=wait)
    assert clock.monotonic() - TestClock().monotonic() >= WITHOUT_PROBE
    assert line.reopened_at is not None


async def test_while_only_messages_fail_the_pauses_grow() -> None:
    line, clock = doubted()
    platform = Probing()
    pauses: list[float] = []
    for _ in range(12):
        began = clock.monotonic()
        await line.free(platform)
        pauses.append(clock.monotonic() - began)
        line.unclear(clock.monotonic())
    assert pauses[:4] == [0, 2, 4, 8]
    assert pauses[-1] == LONGEST_REST
    assert line.in_a_row == 13
    await line.free(platform)
    line.answered()
    assert (line.in_a_row, line.reopened_at) == (0, None)


async def test_without_such_a_call_it_is_free_from_the_very_second_on() -> None:
    line, clock = doubted()
    clock.passes(seconds=WITHOUT_PROBE)
    assert await line.ask(FakePlatform(PLAIN)) == 0


async def test_between_two_tries_nobody_asks() -> None:
    """Each row that waits asks whether the line is free: an outage must not bring a call for each of them."""
    line, clock = doubted()
    platform = Probing(*[AWAY] * 10)
    wait = await line.ask(platform)
    assert [await line.ask(platform) for _ in range(5)] == [wait] * 5
    assert platform.probes == 1
    clock.passes(seconds=wait)
    await line.ask(platform)
    assert platform.probes == 2
