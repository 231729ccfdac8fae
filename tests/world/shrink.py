"""Make the story of a failure short: leave out faults, people and actions as long as the same truth fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.core.lean.values import replace

from .plan import Plan
from .world import Outcome

MOST_TRIES = 120


def names(outcome: Outcome) -> set[str]:
    """The truths that failed."""
    return {violation.partition(":")[0] for violation in outcome.violations}


def shrink(first: Outcome, run: Callable[[Plan], Outcome]) -> Outcome:
    wanted, best, tries = names(first), first, 0
    progress = True
    while progress and tries < MOST_TRIES:
        progress = False
        for plan in _smaller(best.plan):
            tries += 1
            outcome = run(plan)
            if names(outcome) & wanted:
                best, progress = outcome, True
                break
            if tries >= MOST_TRIES:
                break
    return best


def _smaller(plan: Plan) -> Iterator[Plan]:
    """Plans with less in them, the much shorter ones first."""
    if plan.actions > 1:
        yield replace(plan, actions=plan.actions // 2)
    if len(plan.faults) > 1:
        yield replace(plan, faults=plan.faults[: len(plan.faults) // 2])
        yield replace(plan, faults=plan.faults[len(plan.faults) // 2 :])
    for number in range(len(plan.people)):
        if len(plan.people) > 1:
            yield plan.without_person(number)
    for number in range(len(plan.faults)):
        yield plan.without_fault(number)
    if plan.actions > 1:
        yield replace(plan, actions=plan.actions - 1)
    if plan.disorder:
        yield replace(plan, disorder=0.0)
