"""The shapes of a drawing, as a template writes them: nothing is said by colour alone, each point bears its figure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

_WIDTH, _LEFT, _TOP, _BOTTOM = 720.0, 40.0, 34.0, 190.0


class PeriodPoint(Struct, frozen=True):
    """`value` None: nothing was reported, and no line goes through."""

    label: str
    value: float | None
    says: str


class PeriodSpot(Struct, frozen=True):
    x: float
    y: float
    point: PeriodPoint


class PeriodLine(Struct, frozen=True):
    """`pieces` join neighbours that are both known, as x, y, x, y."""

    spots: Sequence[PeriodSpot]
    pieces: Sequence[tuple[float, float, float, float]]
    width: float = _WIDTH
    bottom: float = _BOTTOM


def line(points: Sequence[PeriodPoint]) -> PeriodLine:
    """Lay points out from left to right, from zero at the bottom to the highest on top."""
    highest = max((one.value for one in points if one.value is not None), default=0) or 1
    step = (_WIDTH - 2 * _LEFT) / max(len(points) - 1, 1)
    spots = [
        PeriodSpot(
            round(_LEFT + at * step, 1),
            round(_BOTTOM - (one.value or 0) / highest * (_BOTTOM - _TOP), 1),
            one,
        )
        for at, one in enumerate(points)
    ]
    pieces = [
        (one.x, one.y, two.x, two.y)
        for one, two in pairwise(spots)
        if one.point.value is not None and two.point.value is not None
    ]
    return PeriodLine(spots, pieces)


class ShareBar(Struct, frozen=True):
    """A share of a target: `length` in hundredths of the way to it, at most 120. `shade` only repeats `says`."""

    label: str
    says: str
    shade: str
    length: float
    to: str


def bar(label: str, percent: float | None, says: str, shade: str, to: str) -> ShareBar:
    return ShareBar(label, says, shade, 0 if percent is None else round(min(max(percent, 0), 120), 1), to)
