"""Of two processes with the same token one asks for updates, and the other when that one has gone."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta

import pytest

from bot.core.lease import Lease, Work, by_turns
from bot.core.platform import Platform
from bot.platforms import load
from bot.testing import TestClock
from bot.testing.inbox import Inbox, listening
from tests.kit import MemoryValues, make_kit

from .fake_telegram import FakeTelegram
from .fake_zalo import FakeZalo


class _PatientClock(TestClock):
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.05))


def _process(name: str, options: dict[str, str], leases: MemoryValues) -> Platform:
    clock = _PatientClock()
    kit = make_kit(options)
    turns = by_turns(Lease(leases, "polling", timedelta(seconds=1)), clock)
    return load(name).create(dataclasses.replace(kit, polling=turns))


@pytest.mark.parametrize("name", ["telegram", "zalo"])
async def test_a_process_whose_turn_it_is_not_asks_for_nothing(name: str) -> None:
    """Telegram would end the other's poll, Zalo would give it an update that the other waits for."""
    waits = asyncio.Event()

    async def never(work: Work) -> None:
        waits.set()
        await asyncio.Event().wait()

    async with FakeTelegram() as telegram, FakeZalo() as zalo:
        options = telegram.options() if name == "telegram" else {"token": zalo.token, "api_base": zalo.base}
        platform = load(name).create(dataclasses.replace(make_kit(options), polling=never))
        async with listening(platform, Inbox()):
            await asyncio.wait_for(waits.wait(), 10)
        assert not telegram.called("getUpdates")
        assert "getUpdates" not in zalo.calls


@pytest.mark.parametrize("name", ["telegram", "zalo"])
async def test_the_next_one_polls_when_the_first_has_gone(name: str) -> None:
    leases, first, second = MemoryValues(), Inbox(), Inbox()
    async with FakeTelegram() as telegram, FakeZalo() as zalo:
        options = telegram.options() if name == "telegram" else {"token": zalo.token, "api_base": zalo.base}
        async with listening(_process(name, options, leases), first):
            if name == "telegram":
                await telegram.says(telegram.person("Hoa"), "một")
            else:
                await zalo.says("một")
            await first.holds(1)
        async with listening(_process(name, options, leases), second):
            if name == "telegram":
                await telegram.says(telegram.person("Hoa"), "hai")
            else:
                await zalo.says("hai")
            await second.holds(1)
