"""A messenger that leaves the bot and joins again while it works: nothing is answered meanwhile, nothing is lost."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.context import Context
from bot.core.events import TextSent
from bot.core.platform import RICH
from bot.core.router import Router
from bot.core.text import Text
from bot.testing import FakePlatform, World


def _echo() -> Router:
    router = Router()

    @router.otherwise
    async def answer(ctx: Context) -> None:
        assert isinstance(ctx.event, TextSent)
        ctx.reply(Text.verbatim(f"đã nghe {ctx.event.text}"))

    return router


def _same(locale: str, message: str, context: str | None = None) -> str:
    return message


async def test_what_waits_for_a_messenger_that_left_is_answered_once_when_it_is_back(
    db: BaseDBAsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    platforms = {"fake": FakePlatform(RICH)}
    world = World(db, _echo, _same, platforms["fake"])
    world.engine._platforms = platforms
    world.engine._delivery._platforms = platforms
    hoa = world.talk("Hoa")
    fake = platforms.pop("fake")
    for number in (1, 2):
        await world.happens(TextSent(f"e{number}", hoa.chat, hoa.sender, world.clock.now(), f"câu {number}"))
    assert hoa.shown == []
    assert "broke" not in caplog.text
    platforms["fake"] = fake
    for _ in range(2):
        await world.engine.take_up("fake")
        await world.engine.idle()
        assert [one.message.text.plain for one in hoa.shown] == ["đã nghe câu 1", "đã nghe câu 2"]
