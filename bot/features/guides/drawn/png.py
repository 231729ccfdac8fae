"""Drawings as files for chats and pages: rendered when first asked for, kept by the caller."""

from __future__ import annotations

from bot.features.guides.pictures import light, render

from . import paper, phone
from .drawing import Drawing

MOST_BYTES = 25 * 1024
"""On a weak signal a heavier picture comes after the reader has gone."""
_COLOURS = (32, 16, 8)


def svg(drawing: Drawing) -> str:
    return phone.draw(drawing) if drawing.kind == "screen" else paper.draw(drawing)


def png(drawing: Drawing) -> bytes:
    """Render a drawing; it takes some 50 ms."""
    whole, data = render(svg(drawing)), b""
    for colours in _COLOURS:
        data = light(whole, colours)
        if len(data) <= MOST_BYTES:
            break
    return data
