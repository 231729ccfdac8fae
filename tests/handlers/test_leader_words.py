"""Messages as village leaders type them: no figure of another meaning or period, nothing dropped without a word."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.testing import FakePlatform
from tests.handlers.checkin_world import Village, make_village


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    return await make_village(db, platform)


async def test_all_that_is_not_understood_is_said_in_one_sentence(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid 12, hồ sơ 6 xyz, hình như ssk 8")
    assert "“hồ sơ 6 xyz”, “hình như ssk 8”: tôi chưa hiểu các phần này nên không tính." in talk.heard
    assert "12/410 người" in talk.heard


async def test_a_month_ahead_is_not_taken_for_that_of_last_year(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc tháng 12 vneid 20")
    assert "Tháng 12/2025 đã qua lâu nên tôi chưa ghi" in talk.heard
    assert "Đúng không ạ" not in talk.heard
    await talk.says("bc tháng 12/2025 vneid 20")
    assert "kỳ tháng 12/2025" in talk.heard
    assert "20/410 người" in talk.heard
