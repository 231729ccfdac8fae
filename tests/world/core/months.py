"""What must be true where a month is used up: what is refused for it goes on when it was said to, and not later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.world.core.turns import turns_of
from tests.world.vendor import Call, Vendor

if TYPE_CHECKING:
    from tests.world.world import World

GOES_ON = 2.0
"""Seconds in which all that has waited for a month leaves."""
MINUTE = 60.0
REFUSED = ("month", "hour")


def violations(world: World) -> Iterator[str]:
    for vendor in world.vendors.values():
        if vendor.month is not None:
            yield from _goes_on(world, vendor)


def _goes_on(world: World, vendor: Vendor) -> Iterator[str]:
    """A reply that was refused for its month is tried again as soon as it may leave."""
    if world.plan.nodes > 1 or world.happened.get("own bug"):
        return
    for (key, _, _), calls in turns_of(world, vendor).items():
        for at, call in enumerate(calls):
            if call.fate not in REFUSED or call.ended is None or call.waits is None or call.cut:
                continue
            until = call.ended + call.waits
            following = calls[at + 1].at if at + 1 < len(calls) else world.timeline.now
            late = following - until - _excused(world, vendor, call, until, following)
            if late > GOES_ON and until + GOES_ON < _over(world, call.life):
                yield f"the month: {key} was to wait until {until:.1f}, and was tried again at {following:.1f}"


def _over(world: World, life: int) -> float:
    """Return when the conversations of a process were over: its pages may outlive them."""
    stopped = [end.stopped for end in world.ends if end.life == life and end.stopped is not None]
    return min([*stopped, world.deaths.get(life, world.timeline.now)])


def _excused(world: World, vendor: Vendor, call: Call, until: float, following: float) -> float:
    """Return for how long something else was in its way, or all of the time where that is not known."""
    others = [one for one in vendor.calls if one is not call and call.at <= (one.ended or one.at) <= following]
    if any(one.fate not in ("fine", "refused", "gone", *REFUSED) or one.cut for one in others):
        return following - until
    if call.chat.kind == "group" and (call.waits or 0.0) < MINUTE:  # its minute may be full
        return following - until
    return world.timeline.kept_for(until, following)
