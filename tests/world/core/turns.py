"""The turns of a reply: the calls for it that one process made from when it took its chat up until it let that go."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tests.world.vendor import Call, Vendor

if TYPE_CHECKING:
    from tests.world.world import World

TWICE = re.compile(r"event (\d+): an answer is sent that may come twice \((\d+)\)")
AT_ONCE = 0.01
"""Seconds after an unclear call within which its line is in the log, where nothing keeps the process."""


def turns_of(world: World, vendor: Vendor) -> Mapping[tuple[str, int, int], list[Call]]:
    """Return the calls for each reply by key, life and turn: who takes a chat up counts its failures from nought."""
    replies = [call for call in vendor.calls if call.key.startswith("reply:")]
    taken_up = _taken_up(world, replies)
    turns: dict[tuple[str, int, int], list[Call]] = defaultdict(list)
    for call in replies:
        turn = bisect_right(taken_up[_event(call), call.life], call.at)
        turns[call.key, call.life, turn].append(call)
    return turns


def _taken_up(world: World, replies: Sequence[Call]) -> Mapping[tuple[int, int], list[float]]:
    """Return when each of several processes took up the replies to an event.

    The log has the same line for the first unclear call for a reply, which ends no turn.
    """
    found: dict[tuple[int, int], list[float]] = defaultdict(list)
    if world.plan.nodes == 1:
        return found
    unclear: dict[tuple[int, int], list[float]] = defaultdict(list)
    for call in replies:
        if call.ended is not None and call.fate in ("unclear", "taken"):
            unclear[_event(call), call.life].append(call.ended)
    for at, life, line in world.warned_in:
        if twice := TWICE.match(line):
            own = int(twice[1]), life
            if not any(ended <= at <= ended + AT_ONCE + world.timeline.kept_for(ended, at) for ended in unclear[own]):
                found[own].append(at)
    return found


def _event(call: Call) -> int:
    return int(call.key.split(":")[-2])
