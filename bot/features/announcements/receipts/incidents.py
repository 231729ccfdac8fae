"""Incidents: unclear messages, grouped by cause and time, so that one decision settles all of a group."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import ceil, floor

from msgspec import Struct

from bot.features.outbox.states import CUT_OFF

from .delivery import AudienceDelivery, PackagePart
from .receipt import Receipt

APART = timedelta(minutes=10)
"""What is so far from the next one is something else that happened."""


class Incident(Struct, frozen=True):
    """One cause at one time. `cut_off`: the bot itself stopped in mid-call; otherwise there was no answer.

    `parts` are the messages, oldest first, each with the group that it was for.
    """

    cut_off: bool
    parts: tuple[tuple[AudienceDelivery, PackagePart], ...]

    @property
    def began(self) -> datetime:
        return self.parts[0][1].at

    @property
    def ended(self) -> datetime:
        return self.parts[-1][1].at

    @property
    def seconds(self) -> tuple[int, int]:
        """Begin and end, as whole seconds that enclose all of it."""
        return floor(self.began.timestamp()), ceil(self.ended.timestamp())

    @property
    def villages(self) -> tuple[str, ...]:
        """One for each group, in the order of the receipt."""
        return tuple({one.target.id: one.village for one, _ in sorted(self.parts, key=_place)}.values())


def incidents(found: Receipt) -> tuple[Incident, ...]:
    """Return all undecided messages, gathered into incidents, the oldest first."""
    undecided = [(one, part) for one in found.standing.undecided for part in one.undecided]
    both = [[each for each in undecided if (each[1].reason == CUT_OFF) == cut_off] for cut_off in (False, True)]
    gathered = [
        Incident(cut_off, parts)
        for cut_off, of_cause in zip((False, True), both, strict=True)
        for parts in _gathered(sorted(of_cause, key=lambda each: each[1].at))
    ]
    return tuple(sorted(gathered, key=lambda one: one.began))


def _gathered(
    parts: list[tuple[AudienceDelivery, PackagePart]],
) -> Iterator[tuple[tuple[AudienceDelivery, PackagePart], ...]]:
    start = 0
    for at in range(1, len(parts) + 1):
        if at == len(parts) or parts[at][1].at - parts[at - 1][1].at > APART:
            yield tuple(parts[start:at])
            start = at


def _place(each: tuple[AudienceDelivery, PackagePart]) -> int:
    return each[0].target.id
