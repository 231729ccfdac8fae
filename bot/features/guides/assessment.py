"""A guide that asks people about themselves, yes or no, and tells at the end what is missing.

The format has no memory, the walk has: a step whose id begins with `tu-xem-thieu-` says what is missing, and who
passed it hears of it again at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .model import Guide, Step

LACKS = "tu-xem-thieu-"


@dataclass(frozen=True, slots=True)
class Assessment:
    """Questions there are and questions answered, and the steps that say what is missing, in the order of the walk."""

    asked: int
    answered: int
    missing: tuple[Step, ...]

    @property
    def helping(self) -> tuple[str, ...]:
        """Slugs of the guides that the missing steps lead to, each once."""
        ways = (option for step in self.missing for option in step.options if option.other)
        return tuple(dict.fromkeys(option.target.partition("#")[0] for option in ways))


def assess(guide: Guide, trail: Sequence[str]) -> Assessment | None:
    """What the walk along `trail` found; None for a guide that asks nothing of the kind."""
    questions = {
        step.id
        for step in guide.steps.values()
        if any(option.target.startswith(LACKS) and not option.other for option in step.options)
    }
    if not questions:
        return None
    missing = tuple(guide.steps[ident] for ident in trail if ident.startswith(LACKS) and ident in guide.steps)
    return Assessment(len(questions), len(questions.intersection(trail)), missing)
