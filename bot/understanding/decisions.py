"""Decide what is done with what words may mean: the one table of decisions.

A meaning is acted upon, offered among three to choose from, or asked back. The numbers are chosen on writers who were
left out of training, for at most three sure and wrong answers in a hundred (`make understand-writers`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

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


class Reading(Struct, frozen=True):
    """The possible meanings of words, best first, `NONE` among them."""

    ranked: Sequence[Meant]

    @property
    def surely(self) -> str:
        """Return the meaning to act upon, "" where none is sure."""
        best = self.ranked[0] if self.ranked else None
        return best.meaning if best is not None and best.meaning != NONE and best.likely >= ACT else ""

    def guesses(self, known: Collection[str]) -> Sequence[str]:
        """Return up to three of the `known` meanings to choose from where none is sure."""
        found = [one.meaning for one in self.ranked if one.meaning in known and one.likely >= GUESS]
        return found[:MOST_OFFERED]


def joined(likely: Mapping[str, float], leads_to: Mapping[str, str]) -> Mapping[str, float]:
    """Count meanings that lead to the same as one, under the name of the likeliest: neither alone may be sure.

    `leads_to` maps meanings to what is done for them; what is not in it stands for itself.
    """
    found: dict[str, tuple[str, float]] = {}
    for name, value in sorted(likely.items(), key=lambda one: (-one[1], one[0])):
        deed = leads_to.get(name, name)
        first, so_far = found.get(deed, (name, 0.0))
        found[deed] = first, so_far + value
    return dict(found.values())


def reading(likely: Mapping[str, float]) -> Reading:
    """Return a reading of the probability of each meaning."""
    ranked = sorted(likely.items(), key=lambda one: (-one[1], one[0]))
    return Reading([Meant(meaning, value) for meaning, value in ranked])
