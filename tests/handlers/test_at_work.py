"""Somebody at work writes fast, and is no flood."""

from __future__ import annotations

from datetime import datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.engine import EngineLimits
from bot.core.events import Chat, Sender
from bot.features.people.accounts import Account
from bot.features.rights.at_work import is_at_work
from bot.testing import FakePlatform, Participant

from .people_world import Village, village


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    return await village(db, platform)


async def _is_stopped(here: Village, talk: Participant, times: int) -> bool:
    """Whether somebody who says so much in a minute is told to wait."""

    async def at_work(chat: Chat, sender: Sender, now: datetime) -> bool:
        return await is_at_work(Account(chat.platform, sender.id), now)

    here.world.limits, here.world.at_work = EngineLimits(mark_after=0), at_work
    await here.world.restarts()
    for _ in range(times):
        await talk.says("menu")
    return any("Bác chờ tôi một chút" in one.message.text.plain for one in talk.shown)


@pytest.mark.parametrize(("role", "unit"), [("officer", "commune"), ("chair", "commune"), ("leader", "village")])
async def test_an_official_or_leader_who_presses_through_a_list_is_not_stopped(
    here: Village, role: str, unit: str
) -> None:
    """The guard stopped an officer, who had ninety groups to decide about, after fifteen presses for a minute."""
    talk = await here.talk_as("Minh", role, here.at.commune if unit == "commune" else here.at.village)
    assert not await _is_stopped(here, talk, 60)


async def test_anybody_else_waits_as_before(here: Village) -> None:
    resident = await here.talk_as("Lan", "resident", here.at.village)
    for talk in (here.world.talk("Hoa"), resident):
        assert await _is_stopped(here, talk, 25)
