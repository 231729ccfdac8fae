"""Drawings in SVG: how long words are in them, and PNG of them, the same on every machine."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

import fontpkg_be_vietnam_pro as font

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont


def render(svg: str) -> bytes:
    """Render an SVG drawing as PNG, in the drawing's own size.

    Text is set in "Be Vietnam Pro", whatever fonts the machine has. Raises ValueError for a broken SVG.
    """
    import resvg_py

    return resvg_py.svg_to_bytes(
        svg_string=svg,
        skip_system_fonts=True,
        font_dirs=[str(font.ROOT)],
        font_family=font.FAMILY,
        sans_serif_family=font.FAMILY,
    )


def light(png: bytes, colours: int = 64) -> bytes:
    """Return a picture in so few colours: flat ones with smoothed edges need no more, and it is a third of the size."""
    from PIL import Image

    out = BytesIO()
    with Image.open(BytesIO(png)) as image:
        image.convert("RGB").quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def wrapped(words: str, size: int, room: float, *, bold: bool = False) -> list[str]:
    """Break words into lines that fit; a single word that is too long stays whole."""
    lines: list[str] = []
    for word in words.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and length(longer, size, bold=bold) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def length(words: str, size: int, *, bold: bool = False) -> float:
    return _face(size, bold).getlength(words)


@lru_cache(maxsize=16)
def _face(size: int, bold: bool) -> FreeTypeFont:
    from PIL import ImageFont

    weight = "Bold" if bold else "Regular"
    return ImageFont.truetype(str(font.ROOT / "files" / f"BeVietnamPro-{weight}.ttf"), size)
