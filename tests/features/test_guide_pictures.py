"""Drawings of the guides: what a person gets to see is drawn from the SVG beside it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from bot.features.guides.pictures import render

IMG = Path(__file__).parents[2] / "guides" / "img"
DRAWINGS = sorted((IMG / "src").glob("*.svg"))
SIZE = (800, 500)
MAX_BYTES = 20_000
"""With its page it is below 30 kB on the wire: under a second on slow 3G."""


def _size(png: bytes) -> tuple[int, int]:
    """Width and height from the header of a PNG."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def _drawing(text: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="80" height="50"><text x="5" y="30">{text}</text></svg>'


def test_there_are_drawings() -> None:
    assert DRAWINGS


@pytest.mark.parametrize("drawing", DRAWINGS, ids=lambda path: path.stem)
def test_each_drawing_has_its_picture_light_enough_for_a_slow_network(drawing: Path) -> None:
    picture = (IMG / f"{drawing.stem}.png").read_bytes()
    assert _size(picture) == SIZE
    assert len(picture) <= MAX_BYTES
    assert _size(render(drawing.read_text("utf-8"))) == SIZE


def test_no_picture_is_without_its_drawing() -> None:
    assert {path.stem for path in IMG.glob("*.png")} == {path.stem for path in DRAWINGS}


@pytest.mark.parametrize("letter", ["ệ", "ữ", "ặ", "đ", "Ỹ"])
def test_vietnamese_letters_are_drawn_on_a_machine_without_fonts(letter: str) -> None:
    """A missing font or letter would leave the picture blank, or the same box for every letter."""
    assert render(_drawing(letter)) not in (render(_drawing("")), render(_drawing("\U0010fffd")))


def test_a_broken_drawing_is_refused() -> None:
    with pytest.raises(ValueError):  # noqa: PT011  the library's own message is not ours to fix
        render("<svg>")
