"""Self-assessments: a guide that asks people yes-or-no questions and tells at the end what is missing.

The file format stores no answers, but the walk does: a step whose id begins with `tu-xem-thieu-` says what is missing,
and a reader who passed it is told again at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from .model import Guide, GuideStep

LACKS = "tu-xem-thieu-"


class Assessment(Struct, frozen=True):
    """The number of questions and of answers, and the steps that say what is missing, in the order of the walk."""

    asked: int
    answered: int
    missing: tuple[GuideStep, ...]

    @property
    def helping(self) -> tuple[str, ...]:
        """Slugs of the guides that the missing steps lead to, each once."""
        ways = (option for step in self.missing for option in step.options if option.other)
        return tuple(dict.fromkeys(option.target.partition("#")[0] for option in ways))


def assess(guide: Guide, trail: Sequence[str]) -> Assessment | None:
    """Return the result of the walk along `trail`; None for a guide without questions about what is lacking."""
    questions = {
        step.id
        for step in guide.steps.values()
        if any(option.target.startswith(LACKS) and not option.other for option in step.options)
    }
    if not questions:
        return None
    missing = tuple(guide.steps[ident] for ident in trail if ident.startswith(LACKS) and ident in guide.steps)
    return Assessment(len(questions), len(questions.intersection(trail)), missing)
