"""Figures that leaders tell in a story: read back or asked about, and recorded only after their “Đúng”."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.features.checkins import indicators
from bot.features.checkins.reading.lexicon import Lexicon
from bot.storage.tables.checkins import Figure
from bot.testing import FakePlatform
from bot.understanding.examples import FOLDER, digest
from bot.understanding.figures import FigureReader, shipped
from tests.conversations import content
from tests.handlers.checkin_world import make_village


def read(text: str) -> dict[str, tuple[Decimal, Decimal | None]]:
    found = FigureReader().understand(text, Lexicon(indicators.defaults()))
    return {one.indicator: (one.value, one.out_of) for one in found.figures.entries}


def test_the_reader_was_trained_on_these_examples() -> None:
    assert shipped().header.data == digest(FOLDER, content().guides), "make learn: the data changed"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("tối qua họp xong, 41 người đi", "41 lượt người"),
        ("tháng ni bà con cài định danh hăm lăm người", "25/410 người"),
        ("hài lòng 27 trên 30 phiếu", "27/30 phiếu"),
        ("21 à nhầm, 12 hộ vào nhóm zalo", "12/326 hộ"),
    ],
)
async def test_a_figure_of_a_story_is_read_back(
    db: BaseDBAsyncClient, platform: FakePlatform, said: str, shown: str
) -> None:
    talk = (await make_village(db, platform)).hoa()
    await talk.says(f"kể {said}")
    assert shown in talk.heard
    assert "Đúng không ạ?" in talk.heard
    assert not await Figure.exists()
    await talk.says("đúng")
    assert await Figure.all().count() == 1


async def test_a_number_that_is_none_is_not_recorded(db: BaseDBAsyncClient, platform: FakePlatform) -> None:
    talk = (await make_village(db, platform)).hoa()
    await talk.says("kể nhà tôi số 12, ngõ 5")
    assert "Đúng không ạ?" not in talk.heard
    await talk.says("đúng")
    assert not await Figure.exists()


async def test_a_number_that_is_not_sure_is_asked_about_and_chosen(
    db: BaseDBAsyncClient, platform: FakePlatform
) -> None:
    talk = (await make_village(db, platform)).hoa()
    await talk.says("kể bữa nay được 9 cái nữa nghe")
    assert "Số “9” là số gì?" in talk.heard
    assert "Không phải số liệu" in talk.heard
    assert not await Figure.exists()
    await talk.says("1")
    assert "Đúng không ạ?" in talk.heard
    await talk.says("đúng")
    assert [row.value for row in await Figure.all()] == [9000]
