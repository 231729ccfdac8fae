"""Shapes that phones and papers are drawn of, in one plain style."""

from __future__ import annotations

from html import escape

from bot.core.text import compiled

WIDTH = 540
INK, SOFT, LINE, PALE, WHITE = "#17231e", "#46534d", "#98a59e", "#e8eeea", "#ffffff"
GREEN, PRESS, YELLOW, RED, BLUE = "#0b5a45", "#c2410c", "#fdf3d0", "#b3261e", "#1d4ed8"
_SKIN = "#ffd9a8"
_NOT_XML = r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
"""What comes unseen with copied words; one such character would make the whole picture unreadable."""


def text(
    x: float, y: float, words: str, size: int, colour: str = INK, *, bold: bool = False, middle: bool = False
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    anchor = ' text-anchor="middle"' if middle else ""
    shown = escape(compiled(_NOT_XML).sub("", words))
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}"{weight}{anchor}>{shown}</text>'


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
) -> str:
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{round_by:g}" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="{thick:g}"/>'
    )


def stroke(path: str, colour: str, thick: float = 2, *, dotted: bool = False) -> str:
    dots = ' stroke-dasharray="2 6"' if dotted else ""
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{thick:g}" '
        f'stroke-linecap="round" stroke-linejoin="round"{dots}/>'
    )


def finger(x: float, y: float) -> str:
    """Draw a hand whose finger tip touches this point, from below and the right."""
    edge = f'fill="{_SKIN}" stroke="{INK}" stroke-width="3" stroke-linejoin="round"'
    return (
        f'<g transform="translate({x:g} {y:g}) rotate(-24)">'
        f'<path d="M-12 12 Q-12 0 0 0 Q12 0 12 12 L12 52 Q30 46 46 56 Q58 62 56 80 L52 104 L-10 104 '
        f'L-34 76 Q-40 64 -28 62 L-12 72 Z" {edge}/>'
        f'<path d="M12 52 L12 70 M28 52 L28 70 M43 56 L43 72" fill="none" stroke="{INK}" stroke-width="2.5" '
        'stroke-linecap="round"/></g>'
    )


def picture(height: float, inside: str) -> str:
    """Put the shapes on a page that says what it is."""
    whole = height + 34
    caption = text(WIDTH / 2, height + 20, "Hình minh họa", 19, SOFT, middle=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {whole:g}" width="{WIDTH}" height="{whole:g}">'
        f'<rect width="{WIDTH}" height="{whole:g}" fill="{PALE}"/>{inside}{caption}</svg>'
    )
