"""Latencies as histograms: how long events, calls, pages and jobs took in this process, for `/metrics`.

Each process keeps its own since its start, as Prometheus wants it: whoever adds several up does it there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from bot.core.machine import clock

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0)
"""Upper ends of the buckets, in seconds; one more takes whatever is longer."""
_MOST_LABELS = 60


class Latency:
    """One histogram for each value of its label. Values are few and of ours: names of platforms, pages and jobs."""

    def __init__(self, name: str, says: str, label: str) -> None:
        self.name = name
        self.says = says
        self.label = label
        self._counts: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}

    def took(self, value: str, seconds: float) -> None:
        """Count one that took so long; a value beyond the most that are told apart counts as `other`."""
        counts = self._counts.get(value)
        if counts is None:
            value = value if len(self._counts) < _MOST_LABELS else "other"
            counts = self._counts.setdefault(value, [0] * (len(BOUNDS) + 1))
        counts[bisect_left(BOUNDS, seconds)] += 1
        self._sums[value] = self._sums.get(value, 0.0) + seconds

    def timed(self, value: str) -> _Timed:
        """Count how long the work inside takes, whether it fails or not."""
        return _Timed(self, value)

    def lines(self) -> Iterator[str]:
        """Write it as Prometheus reads it: each bucket counts the ones below it as well."""
        if not self._counts:
            return
        yield f"# HELP {self.name} {self.says}"
        yield f"# TYPE {self.name} histogram"
        for value, counts in sorted(self._counts.items()):
            named, total = f'{self.label}="{value}"', 0
            for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
                total += count
                yield f'{self.name}_bucket{{{named},le="{bound}"}} {total}'
            yield f"{self.name}_sum{{{named}}} {self._sums[value]:.15g}"
            yield f"{self.name}_count{{{named}}} {total}"


class _Timed:
    """Work that is timed; a generator in its place costs each event twice as much."""

    __slots__ = ("_began", "_of", "_value")

    def __init__(self, of: Latency, value: str) -> None:
        self._of = of
        self._value = value
        self._began = 0.0

    def __enter__(self) -> None:
        self._began = clock.elapsed()

    def __exit__(self, *error: object) -> None:
        self._of.took(self._value, clock.elapsed() - self._began)


EVENTS = Latency("langso_event_seconds", "From taking up an event to its commit.", "platform")
CALLS = Latency("langso_call_seconds", "Calls to a messenger, for replies and for messages of the outbox.", "platform")
PAGES = Latency("langso_page_seconds", "Requests for pages, by the first part of their address.", "page")
JOBS = Latency("langso_job_seconds", "Long work, each attempt.", "kind")
ALL = (EVENTS, CALLS, PAGES, JOBS)
