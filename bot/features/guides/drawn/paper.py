"""A paper: title, printed lines, places to fill in, to sign, and a round stamp."""

from __future__ import annotations

from bot.features import svg
from bot.features.guides.pictures import length, wrapped
from bot.features.svg import Shape

from .drawing import Drawing, Line, Part
from .shapes import BLUE, INK, LINE, PRESS, RED, SOFT, WIDTH, YELLOW, box, picture, stroke, text

_LEFT, _TOP = 24, 16
_INSIDE, _ROOM = 56, WIDTH - 2 * 56
_SIZE, _STEP = 26, 36
_BLANK = 150
"""A place to write needs this much room beside its name, else it goes below."""
_FOOT = 150


def draw(drawing: Drawing) -> str:
    """Return the SVG."""
    sheet = _Sheet()
    foot = drawing.of(Part.SIGN, Part.STAMP)
    for line in drawing.lines:
        if line not in foot:
            sheet.put(line)
    sheet.foot(drawing.of(Part.SIGN), drawing.of(Part.STAMP))
    return sheet.svg()


class _Sheet:
    def __init__(self) -> None:
        self._y = _TOP + 28.0
        self._shapes: list[Shape] = []

    def put(self, line: Line) -> None:
        if line.part is Part.TITLE:
            for one in wrapped(line.text, 29, _ROOM, bold=True):
                self._shapes.append(text(WIDTH / 2, self._y + 30, one, 29, bold=True, middle=True))
                self._y += 40
            self._y += 14
        elif line.part is Part.FILL:
            self._fill(line)
        else:
            for one in wrapped(line.text, _SIZE, _ROOM):
                self._shapes.append(text(_INSIDE, self._y + 27, one, _SIZE, SOFT))
                self._y += _STEP
            self._y += 12

    def svg(self) -> str:
        bottom = self._y + 22
        shadow = box(_LEFT + 6, _TOP + 6, WIDTH - 2 * _LEFT, bottom - _TOP, fill=LINE, stroke="none", round_by=4)
        sheet = box(_LEFT, _TOP, WIDTH - 2 * _LEFT, bottom - _TOP, stroke=SOFT, round_by=4)
        return picture(bottom + 14, [shadow, sheet, *self._shapes])

    def _fill(self, line: Line) -> None:
        words = wrapped(f"{line.text.rstrip(':')}:", _SIZE, _ROOM)
        for one in words:
            self._shapes.append(text(_INSIDE, self._y + 29, one, _SIZE))
            self._y += _STEP
        used = length(words[-1], _SIZE) + 14
        beside = used + _BLANK <= _ROOM
        x = _INSIDE + (used if beside else 0)
        top = self._y - _STEP - 2 if beside else self._y
        width = _INSIDE + _ROOM - x
        self._shapes.append(box(x, top, width, 40, fill=YELLOW, stroke="none", round_by=4))
        self._shapes.append(stroke(f"M{x + 4:g} {top + 36:g}h{width - 8:g}", INK, 2, dotted=True))
        self._shapes.append(_pen(x + width - 40, top + 33))
        self._y = top + 40 + 16

    def foot(self, signs: list[Line], stamps: list[Line]) -> None:
        """Draw stamps on the left and signatures on the right, as on papers."""
        for at in range(max(len(signs), len(stamps))):
            if at < len(stamps):
                self._stamp(stamps[at], WIDTH / 3.2 if at < len(signs) else WIDTH / 2)
            if at < len(signs):
                self._sign(signs[at])
            self._y += _FOOT

    def _sign(self, line: Line) -> None:
        centre, room = WIDTH * 0.72, 220
        words = wrapped(line.text, 24, room, bold=True)[:3]
        for at, one in enumerate(words):
            self._shapes.append(text(centre, self._y + 26 + 30 * at, one, 24, bold=True, middle=True))
        y = self._y + 34 + 30 * len(words)
        path = f"M{centre - 62:g} {y + 24:g}c16 -44 34 -40 22 -6c-6 20 20 -26 28 -12c6 12 12 -2 22 -6c14 -6 8 22 52 -8"
        self._shapes.append(stroke(path, BLUE, 3.5))

    def _stamp(self, line: Line, centre: float) -> None:
        y, words = self._y + 70, wrapped(line.text, 19, 92, bold=True)[:4]
        for radius, thick in ((64, 4), (54, 1.5)):
            ring = svg.shape("circle", cx=centre, cy=y, r=radius, fill="none", stroke=RED, stroke_width=thick)
            self._shapes.append(ring)
        for at, one in enumerate(words):
            below = y + 7 + 23 * (at - (len(words) - 1) / 2)
            self._shapes.append(text(centre, below, one, 19, RED, bold=True, middle=True))


def _pen(x: float, y: float) -> Shape:
    """Draw a pen whose tip touches this point."""
    pen = svg.shape(
        "path", d="M0 0l-6 -12v-26h12v26z", fill=PRESS, stroke=INK, stroke_width=1.5, stroke_linejoin="round"
    )
    return svg.shape("g", pen, transform=f"translate({x:g} {y:g}) rotate(40)")
