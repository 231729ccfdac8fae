"""Write sheets of all drawings that the guides describe, for a look at them: `python -m tools.contact_sheets`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

from bot.features.guides.drawn.png import png
from bot.features.guides.library import load
from bot.features.guides.model import Guide

ROOT = Path(__file__).parents[1]
_COLUMNS, _WIDTH, _GAP = 6, 270, 10
_SHEET = 24
"""Drawings on a sheet: more would be too small to look at."""
_COLOURS = 64


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--guides", type=Path, default=ROOT / "guides")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "img")
    arguments = parser.parse_args()
    drawings = [image for guide in load(arguments.guides, skip_broken=True) for image in _of(guide)]
    for old in arguments.out.glob("hinh-ve-*.png"):
        old.unlink()
    for number, start in enumerate(range(0, len(drawings), _SHEET), 1):
        path = arguments.out / f"hinh-ve-{number:02}.png"
        _sheet(drawings[start : start + _SHEET]).save(path, "PNG", optimize=True)
        print(path)
    print(f"{len(drawings)} drawings", file=sys.stderr)
    return 0


def _of(guide: Guide) -> Iterator[Image.Image]:
    for step in guide.steps.values():
        if step.drawing is not None:
            image = Image.open(BytesIO(png(step.drawing))).convert("RGB")
            yield image.resize((_WIDTH, round(image.height * _WIDTH / image.width)), Image.Resampling.LANCZOS)


def _sheet(images: Sequence[Image.Image]) -> Image.Image:
    rows = [images[start : start + _COLUMNS] for start in range(0, len(images), _COLUMNS)]
    heights = [max(image.height for image in row) + _GAP for row in rows]
    sheet = Image.new("RGB", (_COLUMNS * (_WIDTH + _GAP), sum(heights)), "white")
    top = 0
    for row, height in zip(rows, heights, strict=True):
        for at, image in enumerate(row):
            sheet.paste(image, (at * (_WIDTH + _GAP), top))
        top += height
    return sheet.quantize(_COLOURS, dither=Image.Dither.NONE)


if __name__ == "__main__":
    sys.exit(main())
