"""The first page of the desk as a picture: one A4, read on a phone and printed as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from bot.features import svg
from bot.features.guides.pictures import length, light, render, wrapped
from bot.features.svg import Shape
from bot.i18n import msg

Grade = Literal["bad", "late", "waits", "plan", "fine"]
GRADES: Mapping[Grade, str] = {
    "bad": msg("cần ngay"),
    "late": msg("trễ"),
    "waits": msg("đang chờ"),
    "plan": msg("lưu ý"),
    "fine": msg("ổn"),
}
"""Each grade in a word: nothing is said by colour alone."""

_WIDTH, _HEIGHT = 1240, 1754
_LEFT, _TOP, _FOOT = 80, 230, 1690
_ROOM = _WIDTH - 2 * _LEFT - 210
_INK, _SOFT, _HAIR = "#17231e", "#3d4a44", "#cdd6d1"
_COLOURS: Mapping[Grade, str] = {
    "bad": "#8a1c12", "late": "#7a4b00", "waits": "#0b5a45", "plan": "#0b5a45", "fine": "#0b5a45",
}  # fmt: skip
_SIZES = (34, 30, 26, 22, 19)
"""The largest with which all lines stand on the sheet is taken."""
_OF_MORE = 2
"""Lines of the small words below a line, at most."""


class PictureLine(Struct, frozen=True):
    grade: Grade
    text: str
    more: str = ""


class PictureWords(Struct, frozen=True):
    """The words around the lines. `left_out` has `{count}`; `grades` are the words of the grades."""

    title: str
    below: str
    nothing: str
    left_out: str
    grades: Mapping[Grade, str]


def draw(words: PictureWords, lines: Sequence[PictureLine]) -> bytes:
    """Return a PNG of 1240 × 1754 in few colours."""
    head = [
        svg.shape("rect", width=_WIDTH, height=_HEIGHT, fill="#ffffff"),
        svg.text(_LEFT, 120, _fitting(words.title, 54), 54, _INK, bold=True),
        svg.text(_LEFT, 178, words.below, 30, _SOFT),
    ]
    if not lines:
        return _png([*head, svg.text(_LEFT, _TOP + 60, words.nothing, 34, _INK)])
    for size in _SIZES:
        shapes, shown = _sheet(words, lines, size)
        if shown == len(lines):
            break
    else:
        left = words.left_out.replace("{count}", str(len(lines) - shown))
        shapes.append(svg.text(_LEFT, _FOOT + 30, left, 26, _INK, bold=True))
    return _png([*head, *shapes])


def _sheet(words: PictureWords, lines: Sequence[PictureLine], size: int) -> tuple[list[Shape], int]:
    """Return the shapes of the lines that stand on the sheet in this size, and how many those are."""
    shapes: list[Shape] = []
    y, small = float(_TOP), round(size * 0.8)
    for at, one in enumerate(lines):
        told = wrapped(one.text, size, _ROOM, bold=True)
        more = wrapped(one.more, small, _ROOM)
        if len(more) > _OF_MORE:
            more = [*more[: _OF_MORE - 1], f"{more[_OF_MORE - 1]} …"]
        height = len(told) * size * 1.35 + len(more) * small * 1.35 + size * 0.9
        if y + height > _FOOT:
            return shapes, at
        colour = _COLOURS[one.grade]
        shapes.append(svg.shape("rect", x=_LEFT, y=y, width=10, height=height - size * 0.3, rx=3, fill=colour))
        below = y + size * 1.25
        shapes.append(svg.text(_WIDTH - _LEFT, below, words.grades[one.grade], small, colour, anchor="end", bold=True))
        for each in told:
            shapes.append(svg.text(_LEFT + 30, below, each, size, _INK, bold=True))
            below += size * 1.35
        for each in more:
            shapes.append(svg.text(_LEFT + 30, below, each, small, _SOFT))
            below += small * 1.35
        y += height
        shapes.append(svg.shape("rect", x=_LEFT, y=y - size * 0.15, width=_WIDTH - 2 * _LEFT, height=1, fill=_HAIR))
    return shapes, len(lines)


def _png(shapes: Sequence[Shape]) -> bytes:
    return light(render(svg.drawing(_WIDTH, _HEIGHT, shapes)), 32)


def _fitting(words: str, size: int) -> str:
    room = _WIDTH - 2 * _LEFT
    while words and length(words, size, bold=True) > room:
        words = words[:-2].rstrip() + "…"
    return words
