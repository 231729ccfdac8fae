"""A code with a slip in it is answered like every code that opens nothing, and other words are taken for none."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.invites.service import NO_GOOD
from bot.handlers.kit.base import Content
from bot.storage.tables.people import WrongCode
from bot.testing import FakePlatform

from .help_world import Neighbours, neighbours


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform, shipped: Content) -> Neighbours:
    return await neighbours(db, platform, shipped)


@pytest.mark.parametrize(
    "said", ["/start ABCD2345", "/start 4K7P-9QZX", "4K7P-9QZX", "K7QF-9M2A-4RTUX", "bắt đầu 4K7P-9QZX"]
)
async def test_a_code_of_the_wrong_length_or_letters_is_told_like_every_one_that_opens_nothing(
    village: Neighbours, said: str
) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says(said)
    assert NO_GOOD in sau.heard
    assert not await WrongCode.all().exists(), "no guess has that form"


@pytest.mark.parametrize(
    "said",
    [
        "/start abc",
        "/start xa_lac-hien",
        "/start hoi_",
        "0912345678",
        "35N1-23456",
        "TB-0001",
        "chào iphone15",
        "vneid 2",
    ],
)
async def test_other_words_and_links_are_no_wrong_codes(village: Neighbours, said: str) -> None:
    sau = village.of("sau")
    await sau.says("/start xa_lac-hien")
    await sau.says(said)
    assert NO_GOOD not in sau.heard
