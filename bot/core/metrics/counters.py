"""Counters of this process since its start, for `/metrics`; who adds up those of several does it there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator


class Count:
    """One number for each value of its label."""

    def __init__(self, name: str, says: str, label: str) -> None:
        self.name = name
        self.says = says
        self.label = label
        self._counts: Counter[str] = Counter()

    def add(self, value: str, number: int = 1) -> None:
        self._counts[value] += number

    def lines(self) -> Iterator[str]:
        """Write it as Prometheus reads it."""
        if not self._counts:
            return
        yield f"# HELP {self.name} {self.says}"
        yield f"# TYPE {self.name} counter"
        for value, number in sorted(self._counts.items()):
            yield f'{self.name}{{{self.label}="{value}"}} {number}'


PERHAPS_TWICE = Count(
    "langso_answers_perhaps_twice_total",
    "Answers that were sent again, for nothing tells whether they had arrived.",
    "platform",
)
ALL = (PERHAPS_TWICE,)
