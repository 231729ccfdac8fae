"""The machine under a run: a virtual one loses time to others on its host, and rows measured meanwhile tell of them."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import Section

CALM = 0.01
"""Share of the processors' time above which a row is measured again."""
ATTEMPTS = 3
_STAT = Path("/proc/stat")


@dataclass(frozen=True, slots=True)
class Times:
    """Ticks of all processors since the machine began; `stolen` is what the host gave to others instead."""

    stolen: int = 0
    all: int = 0


def times(stat: Path = _STAT) -> Times:
    """As proc_stat(5) orders them, steal last of eight; without such a file nothing is known to be stolen."""
    if not stat.exists():
        return Times()
    ticks = [int(field) for field in stat.read_text("ascii").split("\n", 1)[0].split()[1:9]]
    return Times(ticks[7], sum(ticks))


def stolen(before: Times, after: Times) -> float:
    return (after.stolen - before.stolen) / max(1, after.all - before.all)


def calmest(measure: Callable[[], Section], look: Callable[[], Times] = times) -> tuple[Section, float]:
    """The first of three attempts of which the host took less than 1 %, else the one of which it took least.

    What the figures are decides nothing. Returns the share that was stolen meanwhile, too.
    """
    found: list[tuple[float, Section]] = []
    for _ in range(ATTEMPTS):
        before = look()
        section = measure()
        found.append((stolen(before, look()), section))
        if found[-1][0] < CALM:
            break
    share, section = min(found, key=lambda one: one[0])
    return section, share


def described() -> str:
    return f"{os.cpu_count()} processors, {platform.system()} {platform.release()}, {platform.machine()}"
