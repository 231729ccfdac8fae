"""The help of an official names what stands in no menu, and each of these words does something."""

from __future__ import annotations

import re

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.handlers.office_words import WORDS
from bot.services import Content
from bot.testing import FakePlatform
from tests.conversations import build_router

from .announcing_world import Yard, yard


@pytest.fixture
async def here(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Yard:
    return await yard(db, platform, shipped)


async def test_an_official_is_told_words_that_work_and_nobody_else_is(
    here: Yard, shipped: Content, platform: FakePlatform
) -> None:
    for name in ("lan", "nam"):
        talk = here.world.talk(name)
        await talk.says("trợ giúp")
        assert "Việc của cán bộ xã" in talk.heard
        assert "Về menu" in talk.choices
    router = build_router(shipped, platform)
    words = re.findall(r"\*\*(.+?)\*\*", WORDS)[1:]
    for word in words:
        assert word == "TB-0001" or router.spoken(word) is not None, word
    tu = here.world.talk("tu")
    await tu.says("trợ giúp")
    assert "Việc của cán bộ xã" not in tu.heard
