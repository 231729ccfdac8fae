"""A messenger that ends: the operator gets one clear line, officials can see it, the others go on."""

from __future__ import annotations

import asyncio
import logging

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.platform import Sink
from bot.core.router import Router
from bot.framework.process import listen
from bot.settings import SettingsError
from bot.testing import PLAIN, FakePlatform, World


class Revoked(FakePlatform):
    async def listen(self, sink: Sink) -> None:
        raise SettingsError("BOT_FAKE_TOKEN: nobody knows this token")


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_it_is_said_once_and_remembered_with_its_reason(
    db: BaseDBAsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(db, Router, lambda locale, message, context=None: message, FakePlatform(PLAIN))
    off: dict[str, str] = {}
    with caplog.at_level(logging.INFO):
        async with asyncio.timeout(5):
            await listen(Revoked(PLAIN), world.engine, off)
            await listen(FakePlatform(PLAIN, "other"), world.engine, off)
    assert off == {"fake": "BOT_FAKE_TOKEN: nobody knows this token"}
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "fake is switched off: BOT_FAKE_TOKEN: nobody knows this token"
    ]
