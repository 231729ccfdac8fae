"""Navigation in a guide: the step that a button, a typed answer or an old QR code opens."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from bot.core.text import fold

from .model import Guide, GuideStep, Option, StepsAhead

ONWARD = "Tiếp"


class ResolvedStep(Struct, frozen=True):
    """The step to show; `moved` when the id that was asked for is gone and a redirect led here."""

    step: GuideStep
    moved: bool


class StepPosition(Struct, frozen=True):
    """The `at`-th of `all` steps; not `exact` where ways of different length go on. In a quiz questions are counted."""

    at: int
    all: int
    exact: bool = True
    quiz: bool = False


def resolve(guide: Guide, step_id: str) -> ResolvedStep | None:
    """Return the step of that id, following redirects; None for an id that leads nowhere or in a circle."""
    seen: set[str] = set()
    at = step_id
    while at not in guide.steps:
        if at in seen or at not in guide.redirects:
            return None
        seen.add(at)
        at = guide.redirects[at]
    return ResolvedStep(guide.steps[at], moved=at != step_id)


def follow(step: GuideStep, label: str) -> str | None:
    """Return the target of an answer: a step id, END, STUCK, or `SLUG.md`, `SLUG.md#step` for another guide.

    The answer is the beginning of an option or quiz choice, case and diacritics aside; a whole one wins over a longer
    one. "Tiếp" takes the only way on. None if nothing begins so.
    """
    shown = step.filled()
    if shown.quiz is not None:
        return step.next if _match(label, shown.quiz.choices) is not None else None
    at = _match(label, tuple(option.label for option in shown.options))
    if at is not None:
        return written(step.options[at])
    if fold(label) == fold(ONWARD) and len(step.options) <= 1:
        return written(step.options[0]) if step.options else step.next
    return None


def written(option: Option) -> str:
    """Write the target such that another guide can never be mistaken for a step of this one."""
    if not option.other:
        return option.target
    slug, mark, step = option.target.partition("#")
    return f"{slug}.md{mark}{step}"


def targets(step: GuideStep) -> tuple[str, ...]:
    """Return every target of a step, in the order shown."""
    return tuple(map(written, step.options)) or (step.next,)


def back(guide: Guide, step_id: str, trail: Sequence[str]) -> str | None:
    """Return the previous step: the last other one of `trail` that still exists, else the first that leads here.

    None for the start of a guide that was opened there.
    """
    for visited in reversed(trail):
        resolved = resolve(guide, visited)
        if resolved is not None and resolved.step.id != step_id:
            return resolved.step.id
    if step_id == guide.start:
        return None
    return next((step.id for step in guide.steps.values() if step.id != step_id and step_id in targets(step)), None)


def how_far(guide: Guide, step_id: str, trail: Sequence[str]) -> StepPosition | None:
    """Return the place of a step on the path of a reader who came by `trail`; None if there is nothing to count."""
    asks = guide.steps[step_id].quiz is not None
    if asks:
        asked = guide.quiz_steps
        return StepPosition(asked.index(step_id) + 1, len(asked), quiz=True) if step_id in asked else None
    came = [step for step in trail if step in guide.steps and step != step_id and guide.steps[step].quiz is None]
    at = guide.depths.get(came[0] if came else step_id, 0) + len(came) + 1
    if (left := guide.ahead.get(step_id)) is None:
        left = guide.ahead[step_id] = _left(guide, step_id, {}, set())
    after = max(round(left.likely), min(left.most, 1))
    return StepPosition(at, at + after, exact=left.fewest == left.most) if at + left.most > 1 else None


def _left(guide: Guide, step_id: str, known: dict[str, StepsAhead], above: set[str]) -> StepsAhead:
    """Count the steps that may follow, without quiz questions. Links back are not counted."""
    if step_id not in known:
        ways: list[StepsAhead] = []
        for target in dict.fromkeys(targets(guide.steps[step_id])):
            if target not in guide.steps or guide.steps[target].quiz is not None:
                ways.append(StepsAhead(0, 0, 0))
            elif target != step_id and target not in above:
                after = _left(guide, target, known, above | {step_id})
                ways.append(StepsAhead(after.fewest + 1, after.most + 1, after.likely + 1))
        known[step_id] = StepsAhead(
            min((way.fewest for way in ways), default=0),
            max((way.most for way in ways), default=0),
            sum(way.likely for way in ways) / max(len(ways), 1),
        )
    return known[step_id]


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
    """Fold a label and cache it: labels are few and asked for again and again; typed text is not cached."""
    return fold(label)
