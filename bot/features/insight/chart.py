"""How far people came in a guide, as a picture for the officer: one bar for each step."""

from __future__ import annotations

from collections.abc import Sequence

import fontpkg_be_vietnam_pro as font
from msgspec import Struct

from bot.features import svg
from bot.features.guides.pictures import length, render

from .hiding import Shown

_WIDTH, _LABEL, _BAR = 1400, 560, 620
_HEAD, _ROW, _FOOT = 150, 52, 80
_INK, _SOFT, _GREEN, _PALE = "#1b1b1b", "#4a4a4a", "#0b6e3a", "#e4efe8"
_SIZE = 26


class Bar(Struct, frozen=True):
    label: str
    count: Shown


class ChartWords(Struct, frozen=True):
    """The texts beside the bars, in the reader's language; `kept_back` is written for a hidden figure."""

    title: str
    subtitle: str
    kept_back: str
    foot: str


def draw(words: ChartWords, bars: Sequence[Bar]) -> bytes:
    """Draw a PNG, 1400 pixels wide and as high as the bars need. The first bar is the whole."""
    whole = max((bar.count or 0 for bar in bars), default=0) or 1
    height = _HEAD + _ROW * len(bars) + _FOOT
    parts = [
        svg.shape("rect", width=_WIDTH, height=height, fill="#ffffff"),
        svg.text(40, 62, _fitting(words.title, 36, _WIDTH - 80), 36, _INK, bold=True),
        svg.text(40, 108, words.subtitle, _SIZE, _SOFT),
        *(part for at, bar in enumerate(bars) for part in _row(_HEAD + _ROW * at, bar, whole, words.kept_back)),
        svg.text(40, height - 30, words.foot, 22, _SOFT),
    ]
    return render(svg.drawing(_WIDTH, height, parts, font_family=font.FAMILY))


def _row(top: int, bar: Bar, whole: int, kept_back: str) -> list[svg.Shape]:
    left, middle = 40 + _LABEL, top + 34
    height, share = _ROW - 16, round(_BAR * (bar.count or 0) / whole)
    number = kept_back if bar.count is None else f"{bar.count} ({round(100 * bar.count / whole)}%)"
    return [
        svg.text(40, middle, _fitting(bar.label, _SIZE, _LABEL - 20), _SIZE, _INK),
        svg.shape("rect", x=left, y=top + 8, width=_BAR, height=height, rx=6, fill=_PALE),
        svg.shape("rect", x=left, y=top + 8, width=share, height=height, rx=6, fill=_GREEN),
        svg.text(left + _BAR + 16, middle, number, _SIZE, _SOFT if bar.count is None else _INK),
    ]


def _fitting(words: str, size: int, room: int) -> str:
    """Return the words, cut with an ellipsis where they are too long."""
    if length(words, size) <= room:
        return words
    while words and length(f"{words}…", size) > room:
        words = words[:-1]
    return f"{words.rstrip()}…"
