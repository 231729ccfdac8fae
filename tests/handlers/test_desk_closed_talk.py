"""An official asks for the desk where the commune has not switched it on: no code for a door that is not there."""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.desk.tables import DeskKey
from bot.handlers.kit.base import Content
from bot.testing import FakePlatform, World
from tests.conversations import build_router
from tests.features.village import places, somebody


async def test_a_desk_that_is_not_open_is_told_and_no_code_is_sent(
    db: BaseDBAsyncClient, shipped: Content, platform: FakePlatform
) -> None:
    at = await places()
    await somebody("lan", "officer", at.commune)
    world = World(db, lambda: build_router(shipped, platform), shipped.catalogues.translate, platform)
    lan = world.talk("Lan", chat="chat-lan")
    await lan.says("/banlam")
    assert "Xã chưa bật bàn làm việc" in lan.heard
    assert "Mã mở" not in lan.heard
    assert await DeskKey.all().count() == 0
    await lan.says("menu")
    assert "Bàn làm việc" not in lan.heard
