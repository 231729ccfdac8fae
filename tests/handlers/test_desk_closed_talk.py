"""An official asks for the desk where the commune has not switched it on: no code for a door that is not there."""

from __future__ import annotations

from tortoise.backends.base.client import BaseDBAsyncClient

from bot.assembly import families
from bot.features.desk.tables import DeskKey
from bot.handlers.desk.picture import KIND
from bot.handlers.kit.base import Content
from bot.storage.core_tables.outbox import OutboxRow
from bot.testing import FakePlatform, World
from tests.conversations import base_of, build_router
from tests.features.village import NOW, places, somebody


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


async def test_the_first_page_is_drawn_for_the_chat_where_no_desk_is_open(
    db: BaseDBAsyncClient, shipped: Content
) -> None:
    """Its lines come with the pages of all families, which such a bot has not made at its start."""
    at = await places()
    lan = await somebody("lan", "officer", at.commune)
    joined = families.join(families.discover(), base_of(shipped, db))
    assert joined.desk == ()
    chat = {"platform": "fake", "chat_id": "chat-lan", "chat_kind": "private"}
    await joined.jobs[KIND]({**chat, "person": str(lan.person_id), "locale": "vi", "key": "k"}, NOW)
    (row,) = await OutboxRow.filter(package="k")
    assert "Hôm nay ở" in row.message
