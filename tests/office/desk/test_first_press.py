"""A desk that was never used before, and one of a commune that has a family of conversations switched off."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.features.rights.table import CHAIR

from .seats import office

REMARK = "Ghi ý kiến chỉ đạo"


async def test_the_first_press_is_answered_and_nobody_is_greeted_as_a_stranger(tmp_path: Path) -> None:
    async with office(tmp_path) as house, house.sat() as seat:
        await seat.get("/nguoi")
        await seat.send("/noi", {"lenh": "menu", "ve": "/ban/tro-ly"})
        assert "Bác cần việc gì?" in seat.words
        assert "Kính chào" not in seat.words


@pytest.mark.parametrize("without", [(), ("practices",)], ids=["with", "without"])
async def test_a_button_that_nothing_would_answer_is_not_shown(tmp_path: Path, without: tuple[str, ...]) -> None:
    async with office(tmp_path, without=without) as house, house.sat(CHAIR) as seat:
        words = await seat.get("/bao-cao")
        assert seat.status == 200
        assert (REMARK in words) is not bool(without)
        if not without:
            await seat.press(REMARK)
            assert "ý kiến" in seat.words.lower()
            assert seat.page.count('class="answer"') == 1
