"""The sheet of the first page as a picture: one A4, light, nothing left out unsaid."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.features.desk import today_picture
from bot.features.desk.today_picture import GRADES, PictureLine, PictureWords

WORDS = PictureWords("Hôm nay ở xã Yên Mô", "Lúc 7h30", "Không có việc gì.", "Còn {count} việc nữa.", GRADES)


@pytest.mark.parametrize("count", [0, 3, 12, 200])
def test_a_sheet_is_one_a4_and_light_however_much_there_is(count: int) -> None:
    lines = [PictureLine("late", f"Việc {n}: " + "thôn chưa báo " * (n % 6), "lâu nhất " * 40) for n in range(count)]
    data = today_picture.draw(WORDS, lines)
    with Image.open(io.BytesIO(data)) as image:
        assert image.size == (1240, 1754)
    assert len(data) < 250_000


def test_what_has_no_room_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []

    def rendered(svg: str) -> bytes:
        drawn.append(svg)
        return b""

    monkeypatch.setattr(today_picture, "render", rendered)
    monkeypatch.setattr(today_picture, "light", lambda png, colours: png)
    today_picture.draw(WORDS, [PictureLine("bad", f"Việc số {n} <b>") for n in range(200)])
    shown = drawn[0].count("Việc số")
    assert f"Còn {200 - shown} việc nữa." in drawn[0]
    assert "<b>" not in drawn[0]
    assert drawn[0].count(GRADES["bad"]) == shown, "nothing is said by colour alone"
