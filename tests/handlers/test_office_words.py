"""The help of an official names what stands in no menu, and each of these words does something."""

from __future__ import annotations

import re

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.core.router import Router
from bot.handlers.front.office_words import WORDS
from bot.handlers.front.wording import only_known
from bot.handlers.kit.base import Content
from bot.testing import FakePlatform, World
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
    for word in re.findall(r"\*\*(.+?)\*\*", only_known(WORDS, lambda word: router.command_in(word) is not None))[1:]:
        assert word == "TB-0001" or router.command_in(word) is not None, word
    tu = here.world.talk("tu")
    await tu.says("trợ giúp")
    assert "Việc của cán bộ xã" not in tu.heard


async def test_words_of_a_family_that_is_switched_off_are_told_to_nobody(
    here: Yard, db: BaseDBAsyncClient, shipped: Content, platform: FakePlatform
) -> None:
    def router() -> Router:
        return build_router(shipped, platform, without=("loudspeaker", "learning", "showcase"))

    lan = World(db, router, shipped.catalogues.translate, platform).talk("lan")
    await lan.says("trợ giúp")
    for gone in ("loa", "lịch loa", "tập huấn", "sản phẩm", "câu hỏi mỗi ngày"):
        assert gone not in lan.heard
    for line in ("• menu: các việc tôi làm được", "• kiểm bài", "chuyển kênh", "TB-0001: mở"):
        assert line in lan.heard


def test_a_list_loses_what_is_not_known_and_nothing_else() -> None:
    listed = "**Việc**:\n• **a**: một, hai; **b**, **TB-0001**: mở\n• **c**\n• **d**, **e** của bà con"
    assert only_known(listed, lambda word: word in "ade") == (
        "**Việc**:\n• **a**: một, hai, **TB-0001**: mở\n• **d**, **e** của bà con"
    )
    assert only_known(listed, lambda word: word in "bc") == "**Việc**:\n• **b**, **TB-0001**: mở\n• **c**"
