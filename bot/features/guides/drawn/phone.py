"""A phone screen: title bar, texts, fields, rows, boxes and buttons, and a finger on the one to press."""

from __future__ import annotations

from bot.features.guides.pictures import wrapped
from bot.features.svg import Shape

from .drawing import Drawing, Line, Part
from .shapes import BLUE, GREEN, INK, LINE, PRESS, SOFT, WHITE, WIDTH, box, finger, picture, stroke, text

_LEFT, _TOP = 24, 16
_INSIDE, _ROOM = 52, WIDTH - 2 * 52
_SIZE, _STEP = 27, 36
_LEAST = 330
"""A screen with two lines is still to look like a phone."""


def draw(drawing: Drawing) -> str:
    """Return the SVG."""
    screen = _Screen()
    for line in drawing.lines:
        screen.put(line)
    return screen.svg()


class _Screen:
    def __init__(self) -> None:
        self._y = _TOP + 46.0
        self._shapes: list[Shape] = []
        self._above: list[Shape] = []
        self._writing = False

    def put(self, line: Line) -> None:
        if line.part is Part.TITLE:
            self._title(line)
        elif line.part is Part.TEXT:
            self._lines(line.text, _INSIDE, _ROOM)
            self._y += 14
        elif line.part is Part.FIELD:
            self._field(line)
        elif line.part is Part.ROW:
            self._row(line)
        elif line.part is Part.BOX:
            self._box(line)
        else:
            self._button(line)

    def svg(self) -> str:
        bottom = max(self._y + 20, _TOP + _LEAST)
        width = WIDTH - 2 * _LEFT
        phone = box(_LEFT, _TOP, width, bottom - _TOP, stroke=INK, thick=7, round_by=36)
        slit = box(WIDTH / 2 - 40, _TOP + 17, 80, 8, fill=LINE, stroke="none", round_by=4)
        # The hand lies over whatever is beneath the button.
        return picture(bottom + 12, [phone, slit, *self._shapes, *self._above])

    def _title(self, line: Line) -> None:
        words = wrapped(line.text, 29, _ROOM - 40, bold=True)
        height = 28 + 38 * len(words)
        width = WIDTH - 2 * _LEFT - 7
        self._shapes.append(box(_LEFT + 3.5, self._y, width, height, fill=GREEN, stroke="none", round_by=0))
        middle = self._y + height / 2
        self._shapes.append(stroke(f"M{_INSIDE + 8} {middle - 11:g}l-11 11l11 11", WHITE, 4))
        for at, one in enumerate(words):
            self._shapes.append(text(_INSIDE + 30, self._y + 43 + 38 * at, one, 29, WHITE, bold=True))
        self._y += height + 22

    def _lines(self, words: str, x: float, room: float, *, colour: str = INK) -> None:
        for one in wrapped(words, _SIZE, room):
            self._shapes.append(text(x, self._y + 27, one, _SIZE, colour))
            self._y += _STEP

    def _field(self, line: Line) -> None:
        for one in wrapped(line.text, 23, _ROOM):
            self._shapes.append(text(_INSIDE, self._y + 22, one, 23, SOFT))
            self._y += 30
        words = wrapped(line.value, _SIZE, _ROOM - 32) or [""]
        height = 22 + _STEP * len(words)
        self._shapes.append(box(_INSIDE, self._y, _ROOM, height, stroke=SOFT))
        for at, one in enumerate(words):
            self._shapes.append(text(_INSIDE + 16, self._y + 38 + _STEP * at, one, _SIZE))
        if not line.value and not self._writing:
            self._writing = True
            self._shapes.append(stroke(f"M{_INSIDE + 18} {self._y + 14:g}v{height - 28}", BLUE, 3))
        self._y += height + 16

    def _row(self, line: Line) -> None:
        top = self._y
        self._y += 4
        self._lines(line.text, _INSIDE, _ROOM - 36)
        middle = (top + self._y + 8) / 2
        self._shapes.append(stroke(f"M{_INSIDE + _ROOM - 16} {middle - 9:g}l9 9l-9 9", SOFT, 3))
        self._y += 12
        self._shapes.append(stroke(f"M{_INSIDE} {self._y:g}h{_ROOM}", LINE))
        self._y += 10

    def _box(self, line: Line) -> None:
        self._shapes.append(box(_INSIDE, self._y, 34, 34, stroke=GREEN, thick=3, round_by=6))
        if line.ticked:
            self._shapes.append(stroke(f"M{_INSIDE + 7} {self._y + 17:g}l8 9l13 -18", GREEN, 5))
        self._lines(line.text, _INSIDE + 48, _ROOM - 48)
        self._y += 16

    def _button(self, line: Line) -> None:
        pressed = line.part is Part.PRESS
        room = _ROOM - (110 if pressed else 24)
        words = wrapped(line.text, _SIZE, room, bold=True)
        height = 28 + _STEP * len(words)
        fill, edge, colour = (PRESS, PRESS, WHITE) if pressed else (WHITE, SOFT, SOFT)
        self._shapes.append(box(_INSIDE, self._y, _ROOM, height, fill=fill, stroke=edge, thick=3, round_by=14))
        centre = _INSIDE + (_ROOM - (80 if pressed else 0)) / 2
        for at, one in enumerate(words):
            self._shapes.append(text(centre, self._y + 42 + _STEP * at, one, _SIZE, colour, bold=True, middle=True))
        if pressed:
            self._above = [finger(_INSIDE + _ROOM - 68, self._y + height - 34)]
            self._y += 60
        self._y += height + 16
