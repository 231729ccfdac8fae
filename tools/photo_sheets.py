"""Long photographs of a narrow page, cut into strips and put side by side for a look by eye."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

WIDTH = 360
_SCALE = 0.55
_COLUMNS, _HEIGHT = 8, 1560
"""Of a sheet: letters are then just large enough to read."""

LOADED = """() => Promise.all([...document.images].map(one => {
  one.loading = 'eager'
  return one.complete || new Promise(done => { one.onload = one.onerror = done })
}))"""
"""A script that waits until every picture of a page is there."""


def strips(picture: bytes) -> Iterator[Image.Image]:
    image = Image.open(BytesIO(picture)).convert("RGB")
    high = int(_HEIGHT / _SCALE)
    for top in range(0, image.height, high):
        strip = image.crop((0, top, WIDTH, min(image.height, top + high)))
        yield strip.resize((int(WIDTH * _SCALE), round(strip.height * _SCALE)), Image.Resampling.LANCZOS)


class Sheets:
    """Writes `NAME-01.png`, `NAME-02.png` and so on into a folder, each as soon as it is full."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._waiting: list[Image.Image] = []
        self._written = 0

    def add(self, picture: bytes) -> None:
        self._waiting += strips(picture)
        while len(self._waiting) >= _COLUMNS:
            self._write()

    def finish(self) -> None:
        """Write what is left."""
        if self._waiting:
            self._write()

    def _write(self) -> None:
        self._written += 1
        _sheet(self._waiting[:_COLUMNS]).save(self._folder / f"{self._name}-{self._written:02}.png")
        del self._waiting[:_COLUMNS]


def _sheet(some: Sequence[Image.Image]) -> Image.Image:
    wide = int(WIDTH * _SCALE) + 4
    sheet = Image.new("RGB", (_COLUMNS * wide, _HEIGHT), "gray")
    for at, strip in enumerate(some):
        sheet.paste(strip, (at * wide, 0))
    return sheet
