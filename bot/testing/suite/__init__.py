"""The contract: what every adapter keeps to, whatever its messenger is. Each check is a promise by its name."""

from __future__ import annotations

from bot.testing.checking import CHECKS, Check, Item
from bot.testing.rig import Case

from . import failing, files, hearing, hooks, keeping, people, showing

PARTS = (showing, hearing, people, files, hooks, failing, keeping)


def all_checks() -> list[Check]:
    """Return the checks in their order; importing the parts has registered them."""
    order = [part.__name__ for part in PARTS]
    return sorted(CHECKS, key=lambda one: order.index(one.run.__module__))


def items(case: Case) -> list[Item]:
    """Return the whole contract of an adapter."""
    return [Item(case, one, kind, fault) for one in all_checks() for kind, fault in one.scenes(case)]
