"""Officials hear on another messenger that one takes nothing for now, once, with the button that has it tried."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.probing import Probe
from bot.features.notices.paused import PauseNews
from bot.handlers.kit.base import Content
from bot.storage.core_tables.outbox import OutboxRow
from bot.storage.probes import ProbeStore
from tests.features.outbox_rig import said

from .two_messengers_world import CHAT, POOR, Two, two_messengers

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
NIGHT = timedelta(hours=8)


@pytest.fixture
async def here(db: BaseDBAsyncClient, shipped: Content) -> Two:
    return await two_messengers(db, shipped)


async def _begins(on: str, now: datetime) -> None:
    assert await ProbeStore().swap_probe(on, None, Probe(on, now, now + timedelta(minutes=1), 1))


async def _ends(on: str) -> None:
    assert await ProbeStore().swap_probe(on, await ProbeStore().probe(on), None)


async def test_who_writes_on_both_hears_on_the_other_one_and_has_it_tried_from_there(here: Two) -> None:
    lan = await here.joins(POOR, "lan", "officer", here.at.commune)
    chair = await here.joins(CHAT, "nam", "chair", here.at.commune)
    await _begins(POOR, here.clock.now())
    news = PauseNews(here.services.outbox)
    await news.tick(here.clock.now())
    await news.tick(here.clock.now())
    (row,) = await OutboxRow.filter(key__contains="paused")
    assert row.platform == CHAT
    await here.senders[0].run()
    await chair.picks("Gửi lại ngay")
    assert "Tôi gửi lại qua Poor ngay bây giờ." in chair.heard
    probe = await ProbeStore().probe(POOR)
    assert probe is not None
    assert (probe.refusals, probe.told) == (0, True)
    assert all("tạm không nhận tin" not in text for text in here.texts(POOR, lan.chat.id))


async def test_a_messenger_that_comes_and_goes_is_told_of_once_an_hour(here: Two) -> None:
    await here.joins(CHAT, "nam", "chair", here.at.commune)
    news = PauseNews(here.services.outbox)
    for minutes, told in ((0, 1), (2, 1), (70, 2)):
        now = here.clock.now().replace(minute=5) + timedelta(minutes=minutes)
        await _begins(POOR, now)
        await news.tick(now)
        await _ends(POOR)
        assert await OutboxRow.filter(key__contains="paused").count() == told


async def test_nobody_is_woken_for_it_unless_something_urgent_waits_there(here: Two) -> None:
    lan = await here.joins(POOR, "lan", "officer", here.at.commune)
    await here.joins(CHAT, "nam", "chair", here.at.commune)
    night = here.clock.now() + NIGHT
    await _begins(POOR, night)
    news = PauseNews(here.services.outbox)
    await news.tick(night)
    assert not await OutboxRow.exists(key__contains="paused")
    await here.services.outbox.add(lan.chat, said("Bão tới"), key="bao", now=night, klass="urgent")
    await news.tick(night)
    (row,) = await OutboxRow.filter(key__contains="paused")
    assert row.state == "pending"
    await _ends(POOR)
    await OutboxRow.all().delete()
    await _begins(POOR, night)
    await news.tick(night)
    await news.tick(night + timedelta(hours=8))
    assert await OutboxRow.filter(key__contains="paused").count() == 1, "when the morning comes, if it is still so"
