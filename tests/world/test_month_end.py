"""A month that is used up, as messengers of the world and the adapters of the bot tell it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from bot.core.events import Chat
from bot.core.messages import Message
from bot.core.platform import RICH, RateLimited, Sent
from bot.core.text import Text

from .month import HOUR, Month
from .timeline import Timeline
from .vendor import Vendor, Weather

CHAT = Chat("rich", "c-1", "private")
LIFE = SimpleNamespace(number=1, alive=True, passed=lambda what: None)
ENDS = 100.0


async def _vendor(room: int, *, counted: bool) -> tuple[Vendor, list[str]]:
    struck: list[str] = []
    vendor = Vendor("rich", RICH, Timeline("1"), "1", polled=False, idempotent=False, probed=False)
    vendor.month = Month(room, ENDS, counted, lambda: struck.append("struck"))
    return vendor, struck


async def _sent(vendor: Vendor, key: str) -> Sent | Exception:
    answer: asyncio.Future[Sent] = vendor.called(LIFE, CHAT, Message(Text.verbatim(key)), None, key)
    while not answer.done():
        _, _, due = vendor.timeline._due.pop(0)
        vendor.timeline.now += 0.1
        due()
    return answer.exception() or answer.result()  # type: ignore[return-value]


@pytest.mark.parametrize(("counted", "scope", "waits"), [(True, "token", 99.6), (False, "chat", HOUR)])
async def test_what_is_beyond_the_month_is_refused_and_goes_in_the_next(
    counted: bool, scope: str, waits: float
) -> None:
    vendor, struck = await _vendor(2, counted=counted)
    assert [type(await _sent(vendor, f"reply:c-1:{at}:1")) for at in (1, 2)] == [Sent, Sent]
    assert struck == []
    for at in (3, 4):
        refused = await _sent(vendor, f"reply:c-1:{at}:1")
        assert isinstance(refused, RateLimited)
        assert refused.scope == scope
        if at == 3:
            assert refused.retry_after == pytest.approx(waits, abs=0.3)
    assert struck == ["struck"]
    vendor.timeline.now = ENDS
    assert isinstance(await _sent(vendor, "reply:c-1:5:1"), Sent)


async def test_who_counts_gives_back_what_was_surely_not_taken_and_keeps_what_may_have_been() -> None:
    vendor, _ = await _vendor(2, counted=True)
    assert vendor.month is not None
    for fate, used in (("before", 0), ("refused", 0), ("chat429", 0), ("unclear", 1), ("taken", 2)):
        vendor.weather = Weather(fates={fate: 1.0})
        assert isinstance(await _sent(vendor, "reply:c-1:1:1"), Exception)
        assert (fate, vendor.month.used) == (fate, used)
