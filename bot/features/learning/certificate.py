"""The picture that says that somebody learned something: plain, without seal or signature, for it is no diploma."""

from __future__ import annotations

from datetime import date
from typing import Literal

import fontpkg_be_vietnam_pro as font
from msgspec import Struct

from bot.core.lean import patterns
from bot.features import svg
from bot.features.guides.pictures import length, render, wrapped
from bot.i18n import SOURCE, long_date

Kind = Literal["guide", "session"]

LONGEST_NAME = 80
_NAME = patterns.compile(r"[^\W\d_]+(?:[ '’.\-]+[^\W\d_]+)*\.?")

_WIDTH, _HEIGHT = 1600, 1131  # A4 across
_ROOM = 1320  # for a line of words
_INK, _SOFT, _GREEN, _LINE = "#1b1b1b", "#4a4a4a", "#0b6e3a", "#b9d8c5"
_LEARNED: dict[Kind, str] = {"guide": "đã học xong bài hướng dẫn", "session": "đã dự và học xong buổi tập huấn"}


class Certificate(Struct, frozen=True):
    """`giver` is who says so; `day` is the day of learning. All words are Vietnamese, as they stand on the picture."""

    name: str
    kind: Kind
    learned: str
    day: date
    giver: str


def name_of(words: str) -> str | None:
    """Return the name typed, with single spaces; None if it is not one: figures, signs, too long."""
    name = " ".join(words.split())
    return name if 2 <= len(name) <= LONGEST_NAME and _NAME.fullmatch(name) else None


def draw(one: Certificate) -> bytes:
    """Draw a PNG of 1600 × 1131."""
    day = long_date(one.day, SOURCE)
    parts = [
        svg.shape("rect", width=_WIDTH, height=_HEIGHT, fill="#ffffff"),
        _frame(40, 8, _GREEN),
        _frame(62, 2, _LINE),
        *_words("GIẤY CHỨNG NHẬN ĐÃ HỌC", 230, (72,), 1, _GREEN, bold=True),
        *_words("Ghi nhận bác", 335, (38,), 1, _SOFT),
        *_words(one.name, 455, (92, 80, 70, 62, 54), 2, _INK, bold=True),
        *_words(_LEARNED[one.kind], 570, (38,), 1, _SOFT),
        *_words(f"“{one.learned}”", 670, (54, 48, 42, 36), 2, _INK, bold=True),
        *_words(day[0].upper() + day[1:], 800, (38,), 1, _INK),
        svg.shape("path", d=f"M{_WIDTH / 2 - 220} 850 H{_WIDTH / 2 + 220}", stroke=_LINE, stroke_width=3),
        *_words(f"Nơi ghi nhận: {one.giver}", 915, (34, 30, 26), 2, _INK),
        *_words(
            "Máy trả lời tự động ghi theo kết quả học; không có giá trị thay văn bằng, chứng chỉ.",
            1025, (26,), 1, _SOFT,
        ),
    ]  # fmt: skip
    return render(svg.drawing(_WIDTH, _HEIGHT, parts, font_family=font.FAMILY))


def _frame(at: int, thick: int, colour: str) -> svg.Shape:
    width, height = _WIDTH - 2 * at, _HEIGHT - 2 * at
    return svg.shape(
        "rect", x=at, y=at, width=width, height=height, rx=18, fill="none", stroke=colour, stroke_width=thick
    )


def _words(
    text: str, middle: int, sizes: tuple[int, ...], most: int, colour: str, *, bold: bool = False
) -> list[svg.Shape]:
    """Centre lines around the height `middle`, in the first of the `sizes` that needs one line, else in the last."""
    size, lines = _fitted(text, sizes, most, bold=bold)
    step = round(size * 1.25)
    first = middle - step * (len(lines) - 1) / 2
    return [
        svg.text(_WIDTH // 2, first + at * step, line, size, colour, anchor="middle", bold=bold)
        for at, line in enumerate(lines)
    ]


def _fitted(text: str, sizes: tuple[int, ...], most: int, *, bold: bool) -> tuple[int, list[str]]:
    for size in sizes:
        if length(text, size, bold=bold) <= _ROOM:
            return size, [text]
    size = sizes[-1]
    lines = wrapped(text, size, _ROOM, bold=bold)
    while len(lines) > most or any(length(line, size, bold=bold) > _ROOM for line in lines):
        size -= 2
        lines = wrapped(text, size, _ROOM, bold=bold)
    return size, lines
