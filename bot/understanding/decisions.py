"""Decide what is done with what words may mean: the one table of decisions.

A meaning is acted upon, offered among three to choose from, or asked back. The numbers are chosen on writers who were
left out of training, for at most three sure and wrong answers in a hundred (`make understand-writers`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from .model import NONE

ACT, OFFER = 0.52, 0.12
"""Probabilities from which a meaning is taken as meant, and from which it is offered."""
GUESS = 0.02
"""From which it is named where nothing is sure and a person is offered beside it."""
MOST_OFFERED = 3
REPORTED = 0.15
"""From which a leader's message with a number in it is asked about as a report: a wrong question costs one press."""


class Meant(Struct, frozen=True):
    """A meaning and how likely it is."""

    meaning: str
    likely: float


class Reading(Struct, frozen=True, dict=True):
    """The possible meanings of words with their probabilities, `NONE` among them."""

    likely: Mapping[str, float]

    @cached_property
    def ranked(self) -> Sequence[Meant]:
        """Return all meanings, best first."""
        ranked = sorted(self.likely.items(), key=lambda one: (-one[1], one[0]))
        return [Meant(meaning, value) for meaning, value in ranked]

    @cached_property
    def best(self) -> Meant | None:
        """Return the first of `ranked`, which most who ask want alone; None where nothing is known."""
        if not self.likely:
            return None
        highest = max(self.likely.values())
        return Meant(min(meaning for meaning, value in self.likely.items() if value == highest), highest)

    @property
    def surely(self) -> str:
        """Return the meaning to act upon, "" where none is sure."""
        best = self.best
        return best.meaning if best is not None and best.meaning != NONE and best.likely >= ACT else ""

    def guesses(self, known: Collection[str]) -> Sequence[str]:
        """Return up to three of the `known` meanings to choose from where none is sure."""
        found = [one.meaning for one in self.ranked if one.meaning in known and one.likely >= GUESS]
        return found[:MOST_OFFERED]


def joined(likely: Mapping[str, float], leads_to: Mapping[str, str]) -> Mapping[str, float]:
    """Count meanings that lead to the same as one, under the name of the likeliest: neither alone may be sure.

    `leads_to` maps meanings to what is done for them, which is no meaning; what is not in it stands for itself.
    """
    found: dict[str, tuple[str, float]] = {}
    leading = [(name, likely[name]) for name in leads_to if name in likely]
    for name, value in sorted(leading, key=lambda one: (-one[1], one[0])):
        first, so_far = found.get(leads_to[name], (name, 0.0))
        found[leads_to[name]] = first, so_far + value
    alone = {name: value for name, value in likely.items() if name not in leads_to}
    return {**alone, **dict(found.values())}
