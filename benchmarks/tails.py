"""Slow answers: a p99 of times on the clock, of which a restless machine makes the worst."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median


def percentile(figures: Sequence[float], percent: float) -> float:
    """The smallest figure that `percent` of them do not exceed (nearest rank)."""
    return sorted(figures)[math.ceil(len(figures) * percent / 100) - 1]


def usual_p99(seconds: Sequence[float], together: int) -> float:
    """The p99 of so many answers that follow each other, as it is in half of such stretches; in ms.

    Over all answers at once, one hiccup of the machine in a minute would be the whole figure.
    """
    stretches = [seconds[start : start + together] for start in range(0, len(seconds), together)]
    return 1000 * median(percentile(stretch, 99) for stretch in stretches)
