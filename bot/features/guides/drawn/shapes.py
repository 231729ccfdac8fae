"""Shapes that phones and papers are drawn of, in one plain style."""

from __future__ import annotations

from collections.abc import Sequence

from bot.features import svg
from bot.features.svg import Shape

WIDTH = 540
INK, SOFT, LINE, PALE, WHITE = "#17231e", "#46534d", "#98a59e", "#e8eeea", "#ffffff"
GREEN, PRESS, YELLOW, RED, BLUE = "#0b5a45", "#c2410c", "#fdf3d0", "#b3261e", "#1d4ed8"
_SKIN = "#ffd9a8"


def text(
    x: float, y: float, words: str, size: int, colour: str = INK, *, bold: bool = False, middle: bool = False
) -> Shape:
    return svg.text(x, y, words, size, colour, anchor="middle" if middle else None, bold=bold)


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    fill: str = WHITE,
    stroke: str = LINE,
    thick: float = 2,
    round_by: float = 10,
) -> Shape:
    return svg.shape(
        "rect", x=x, y=y, width=width, height=height, rx=round_by, fill=fill, stroke=stroke, stroke_width=thick
    )


def stroke(path: str, colour: str, thick: float = 2, *, dotted: bool = False) -> Shape:
    return svg.shape(
        "path", d=path, fill="none", stroke=colour, stroke_width=thick, stroke_linecap="round", stroke_linejoin="round",
        stroke_dasharray="2 6" if dotted else None,
    )  # fmt: skip


def finger(x: float, y: float) -> Shape:
    """Draw a hand whose finger tip touches this point, from below and the right."""
    hand = (
        "M-12 12 Q-12 0 0 0 Q12 0 12 12 L12 52 Q30 46 46 56 Q58 62 56 80 L52 104 L-10 104 "
        "L-34 76 Q-40 64 -28 62 L-12 72 Z"
    )
    folds = "M12 52 L12 70 M28 52 L28 70 M43 56 L43 72"
    return svg.shape(
        "g",
        svg.shape("path", d=hand, fill=_SKIN, stroke=INK, stroke_width=3, stroke_linejoin="round"),
        svg.shape("path", d=folds, fill="none", stroke=INK, stroke_width=2.5, stroke_linecap="round"),
        transform=f"translate({x:g} {y:g}) rotate(-24)",
    )


def picture(height: float, inside: Sequence[Shape]) -> str:
    """Put the shapes on a page that says what it is."""
    whole = height + 34
    ground = svg.shape("rect", width=WIDTH, height=whole, fill=PALE)
    caption = text(WIDTH / 2, height + 20, "Hình minh họa", 19, SOFT, middle=True)
    return svg.drawing(WIDTH, whole, [ground, *inside, caption])
