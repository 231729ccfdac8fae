"""A messenger that takes nothing for now is named at the draft, its preview and the receipt, with its next try."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.platform import RateLimited
from bot.core.probing import Probe
from bot.features.calendar.vietnam import VIETNAM
from bot.handlers.kit.base import Content
from bot.i18n import short_time
from bot.storage.probes import ProbeStore
from bot.testing import FakePlatform

from .announcing_world import Yard, yard
from .test_announcing import approved, written

# What differs between the databases is tested below the conversations.
pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    return await yard(db, platform, shipped)


def told(since: datetime, until: datetime) -> str:
    first, then = (short_time(at.astimezone(VIETNAM).time(), "vi") for at in (since, until))
    return f"⚠ Fake: từ {first} tạm không nhận tin của tôi. Tôi thử lại lúc {then}"


async def pauses(here: Yard, on: str = "fake") -> str:
    """Have a messenger take nothing; return the words on it."""
    now = here.world.clock.now()
    one = Probe(on, now, now + timedelta(minutes=5), 1)
    assert await ProbeStore().swap_probe(on, None, one)
    return told(one.since, one.until)


async def test_the_draft_says_that_its_messenger_takes_nothing_now_and_when_it_is_tried_again(here: Yard) -> None:
    lan = await written(here)
    assert "tạm không nhận" not in lan.heard
    words = await pauses(here)
    await lan.picks("Xem trước")
    assert words in lan.heard
    await lan.says("/thongbao")
    await lan.picks("TB-0001 Sáng mai bà con đi quét đường.")
    assert lan.heard.count(words) == 1


async def test_the_receipt_says_it_while_a_group_waits_and_no_longer_once_all_have_it(here: Yard) -> None:
    lan, _ = await approved(here)
    here.world.platform.faults.append(RateLimited(None, "token"))
    await here.sender.run()
    await lan.says("biên nhận TB-0001")
    probe = await ProbeStore().probe("fake")
    assert probe is not None
    assert told(probe.since, probe.until) in lan.heard
    await here.sends()
    await lan.says("biên nhận TB-0001")
    assert "Đã chuyển tới 2/2 nhóm." in lan.heard
    await pauses(here)
    await lan.says("biên nhận TB-0001")
    assert "tạm không nhận" not in lan.heard


async def test_a_messenger_that_the_announcement_does_not_go_to_is_not_named(here: Yard) -> None:
    lan = await written(here)
    await pauses(here, "other")
    await lan.picks("Xem trước")
    assert "tạm không nhận" not in lan.heard


async def test_a_pause_with_a_named_end_is_told_with_it(here: Yard) -> None:
    lan, _ = await approved(here)
    here.world.platform.faults.append(RateLimited(600, "token"))
    await here.sender.run()
    until = here.world.clock.now() + timedelta(seconds=600)
    await lan.says("biên nhận TB-0001")
    at = short_time(until.astimezone(VIETNAM).time(), "vi")
    assert f"⚠ Fake: phải chờ đến {at} mới được gửi tiếp. Tin đang chờ không mất." in lan.heard
