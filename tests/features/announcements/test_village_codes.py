"""Codes behind `/t/`, which anybody may make up."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.announcements import public

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "code", ["", "\x00", "a\x00b", "..", "%00", "A" * 16, "a" * 5000, "²", "' or 1=1 --", "\ud800"]
)
async def test_a_code_that_was_made_up_is_no_announcement_and_no_error(db: BaseDBAsyncClient, code: str) -> None:
    assert await public.by_code(code, NOW) is None
