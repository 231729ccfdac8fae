"""The two notes before and after an announcement, made here from sines."""

from __future__ import annotations

import math
from array import array
from functools import lru_cache

_UP = (659.26, 783.99, 1046.50)  # mi, sol, do: "listen"
_DOWN = (1046.50, 783.99, 659.26)
_STEP, _RING = 0.32, 1.1  # seconds between two notes, and how long each one rings
_LEVEL = 0.16
_PARTIALS = ((1.0, 1.0), (2.0, 0.28), (3.0, 0.1))
_ATTACK = 0.006


def opening(rate: int) -> array[float]:
    """Return samples between -1 and 1, one channel."""
    return _notes(_UP, rate)


def closing(rate: int) -> array[float]:
    return _notes(_DOWN, rate)


def silence(seconds: float, rate: int) -> array[float]:
    return array("f", bytes(4 * round(seconds * rate)))


@lru_cache(maxsize=4)
def _notes(pitches: tuple[float, ...], rate: int) -> array[float]:
    """Render the notes, once for all callers: don't change the result."""
    total = round(rate * (_STEP * (len(pitches) - 1) + _RING))
    samples = array("f", bytes(4 * total))
    for number, pitch in enumerate(pitches):
        start = round(rate * _STEP * number)
        for at in range(round(rate * _RING)):
            t = at / rate
            # Rises in a few milliseconds and is at nought at its end, so that nothing clicks.
            shape = min(1.0, t / _ATTACK) * math.exp(-4.0 * t) * min(1.0, (_RING - t) / 0.05)
            wave = sum(level * math.sin(2 * math.pi * pitch * partial * t) for partial, level in _PARTIALS)
            samples[start + at] += _LEVEL * shape * wave
    return samples
