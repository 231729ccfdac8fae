"""What everybody may read of a commune's announcements, asked for by anybody."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.announcements import public
from tests.features.village import NOW, places


@pytest.mark.parametrize("number", [-1, 0, 2**31, 2**63 - 1])
async def test_a_number_that_no_announcement_can_have_finds_none(db: BaseDBAsyncClient, number: int) -> None:
    assert await public.notice((await places()).commune, number, NOW) is None
