"""Too many messages from one chat wait their turn; the others do not notice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.flood import CALM_AFTER, Flood
from bot.core.sessions import Key
from bot.testing import TestClock

HOA, LAN = Key("fake", "hoa"), Key("fake", "lan")


def _handles(flood: Flood, clock: TestClock, key: Key = HOA) -> tuple[float, bool]:
    delay, first = flood.delay(key)
    clock.passes(seconds=delay)
    flood.count(key)
    return delay, first


def test_the_first_of_a_minute_are_handled_at_once_and_the_next_one_is_told_to_wait() -> None:
    clock = TestClock()
    flood = Flood(3, clock)
    assert [_handles(flood, clock) for _ in range(3)] == [(0.0, False)] * 3
    assert flood.delay(HOA) == (60.0, True)
    assert flood.delay(LAN) == (0.0, False)


def test_a_wait_is_announced_once_until_it_has_been_calm_for_long() -> None:
    clock = TestClock()
    flood = Flood(1, clock)
    assert [_handles(flood, clock)[1] for _ in range(4)] == [False, True, False, False]
    clock.passes(seconds=CALM_AFTER + 1)
    assert [_handles(flood, clock)[1] for _ in range(2)] == [False, True]


@given(gaps=st.lists(st.integers(0, 90), max_size=60), per_minute=st.integers(1, 5))
def test_no_minute_ever_sees_more_than_allowed_and_nobody_waits_longer_than_needed(
    gaps: list[int], per_minute: int
) -> None:
    clock = TestClock()
    flood = Flood(per_minute, clock)
    handled: list[float] = []
    for gap in gaps:
        clock.passes(seconds=gap)
        delay, _ = _handles(flood, clock)
        now = clock.monotonic()
        assert sum(now - 60 < time for time in handled) < per_minute
        assert delay == 0 or sum(now - 60 <= time for time in handled) >= per_minute
        handled.append(now)
