"""Ways through a guide: what a button, a typed answer or an old QR code opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.core.text import fold

from .model import Guide, Option, Step

ONWARD = "Tiếp"


@dataclass(frozen=True, slots=True)
class Resolved:
    """The step to show; `moved` when the id that was asked for is gone and a redirect led here."""

    step: Step
    moved: bool


def resolve(guide: Guide, step_id: str) -> Resolved | None:
    """The step of that id, redirects followed; None for an id that leads nowhere or in a circle."""
    seen: set[str] = set()
    at = step_id
    while at not in guide.steps:
        if at in seen or at not in guide.redirects:
            return None
        seen.add(at)
        at = guide.redirects[at]
    return Resolved(guide.steps[at], moved=at != step_id)


def follow(step: Step, label: str) -> str | None:
    """Where an answer leads: a step id, END, STUCK, or `SLUG.md`, `SLUG.md#step` for another guide.

    The answer is the beginning of an option or quiz choice, case and diacritics aside; a whole one wins over a longer
    one. "Tiếp" takes the only way on. None when nothing begins so.
    """
    if step.quiz is not None:
        return step.next if _match(label, step.quiz.choices) is not None else None
    at = _match(label, tuple(option.label for option in step.options))
    if at is not None:
        return written(step.options[at])
    if fold(label) == fold(ONWARD) and len(step.options) <= 1:
        return written(step.options[0]) if step.options else step.next
    return None


def written(option: Option) -> str:
    """The target such that another guide can never be taken for a step of this one."""
    if not option.other:
        return option.target
    slug, mark, step = option.target.partition("#")
    return f"{slug}.md{mark}{step}"


def targets(step: Step) -> tuple[str, ...]:
    """Every way out of a step, in the order shown."""
    return tuple(map(written, step.options)) or (step.next,)


def back(guide: Guide, step_id: str, trail: Sequence[str]) -> str | None:
    """The step before: the last other one of `trail` that still exists, else the first in the file that leads here.

    None for the start of a guide that was opened there.
    """
    for visited in reversed(trail):
        resolved = resolve(guide, visited)
        if resolved is not None and resolved.step.id != step_id:
            return resolved.step.id
    if step_id == guide.start:
        return None
    return next((step.id for step in guide.steps.values() if step.id != step_id and step_id in targets(step)), None)


def _match(label: str, labels: Sequence[str]) -> int | None:
    wanted = fold(label)
    if not wanted:
        return None
    folded = [_folded(one) for one in labels]
    if wanted in folded:
        return folded.index(wanted)
    return next((at for at, one in enumerate(folded) if one.startswith(wanted)), None)


@lru_cache(maxsize=8192)
def _folded(label: str) -> str:
    """Labels of guides are few and asked for again and again; what people type is not kept."""
    return fold(label)
