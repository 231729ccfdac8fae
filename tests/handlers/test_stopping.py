"""Whoever says “hủy” has stopped: nothing that was asked before is answered by a later word."""

from __future__ import annotations

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.storage.tables.checkins import Figure
from bot.testing import FakePlatform, Participant
from tests.handlers.checkin_world import Village, make_village


@pytest.fixture
async def village(db: BaseDBAsyncClient, platform: FakePlatform) -> Village:
    return await make_village(db, platform)


def _talk(village: Village, where: str) -> Participant:
    return village.hoa() if where == "private" else village.in_group("Hoa")


@pytest.mark.parametrize("where", ["private", "group"])
@pytest.mark.parametrize("said", ["hủy", "Huỷ", "/huy"])
async def test_a_cancelled_report_is_not_recorded_by_a_later_word(village: Village, where: str, said: str) -> None:
    """Mechanisms: the command yields to the label of the last question, and closes what was asked."""
    talk = _talk(village, where)
    await talk.says("bc vneid 12")
    await talk.says(said)
    await talk.says("đúng")
    assert not await Figure.exists()


async def test_where_huy_is_a_choice_it_answers_the_question(village: Village) -> None:
    talk = village.hoa()
    await talk.says("bc vneid 12")
    await talk.says("hủy")
    assert "Đã hủy, tôi không ghi số nào." in talk.heard


async def test_in_the_group_dung_answers_the_newest_report_only(village: Village) -> None:
    await village.had("CQ02", [3])
    talk = village.in_group("Hoa")
    await talk.says("bc hồ sơ +3")
    await talk.says("đúng")
    before = await Figure.all().count()
    await talk.says("bc hồ sơ 4")
    await talk.says("đúng")
    assert "đã xong" not in talk.heard
    await talk.says("sửa")
    await talk.says("12")
    assert "Không còn số nào" not in talk.heard
    assert await Figure.all().count() == before
