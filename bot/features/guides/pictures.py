"""Drawings of the guides: SVG into PNG, the same on every machine."""

from __future__ import annotations

import fontpkg_be_vietnam_pro as font


def render(svg: str) -> bytes:
    """PNG of an SVG drawing, in the drawing's own size.

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
