"""The state of an announcement in one group: its messages, and the worst of their states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from msgspec import Struct

from bot.features.announcements.model import AnnouncementTarget
from bot.features.outbox.states import State
from bot.storage.lite.made_of import MadeOf

WORST: tuple[State, ...] = (
    "failed", "expired", "uncertain", "cancelled", "held", "sending", "leased", "pending", "sent",
)  # fmt: skip
"""A group is counted by the worst of its messages: half an announcement is not an announcement."""

_UNCLEAR = frozenset(WORST[: WORST.index("uncertain") + 1])
"""What a group may be counted as of which one message is unclear."""

DROPPED = "dropped"
"""Reason of a message that a person gave up while nobody knew whether it had arrived."""


class PackagePart(Struct, frozen=True):
    """One row of the outbox: one message of a group's package. `resend_of` is the row that it repeats, 0 for none."""

    id: int
    number: int
    state: State
    reason: str
    decision: str
    resend_of: int
    at: datetime

    @property
    def undecided(self) -> bool:
        return self.state == "uncertain" and not self.decision

    @property
    def seen_as(self) -> tuple[State, str]:
        """State and reason as people see them: a message that was given up has failed."""
        return (
            ("failed", DROPPED) if self.decision == "drop" and self.state == "uncertain" else (self.state, self.reason)
        )


class AudienceDelivery(Struct, frozen=True):
    """One audience, in the group where it was told. `parts` are those that count: what was repeated is left out.

    `at` is the time of the latest change. `confirms`: it is a village's own group, so somebody there is asked to say
    that the village has it. `before` are other groups of the same people that could not be told, in their order.
    """

    target: AnnouncementTarget
    village: str
    group: str
    confirms: bool
    parts: tuple[PackagePart, ...]
    state: State
    reason: str
    at: datetime | None
    before: tuple[AudienceDelivery, ...] = ()

    @property
    def undecided(self) -> tuple[PackagePart, ...]:
        # Looked for in ninety thousand of them, several times, of which nearly all have arrived.
        return () if self.state not in _UNCLEAR else tuple([part for part in self.parts if part.undecided])

    @property
    def silent(self) -> bool:
        """Whether the group has the announcement and nobody has confirmed it."""
        return self.state == "sent" and self.confirms and self.target.ack_at is None


class Standing(Struct, frozen=True):
    """How many deliveries stand, by what people ask of them; each group is in the order of all.

    `undecided` have a message that a person is to decide about.
    """

    by_state: Mapping[State, tuple[AudienceDelivery, ...]]
    confirming: int
    acknowledged: tuple[AudienceDelivery, ...]
    played: tuple[AudienceDelivery, ...]
    diverted: tuple[AudienceDelivery, ...]
    silent: tuple[AudienceDelivery, ...]
    undecided: tuple[AudienceDelivery, ...]


_STANDING: MadeOf[Standing] = MadeOf()
_KEPT = 1_000
"""Deliveries, at most, of which this is kept: a country has ninety thousand."""


def standing(deliveries: tuple[AudienceDelivery, ...]) -> Standing:
    """Sort deliveries; the same ones, of rows that nobody has changed, once."""
    if len(deliveries) > _KEPT:
        return _sorted(deliveries)
    return _STANDING.of((deliveries,), partial(_sorted, deliveries))


def _sorted(deliveries: tuple[AudienceDelivery, ...]) -> Standing:
    by_state: dict[State, list[AudienceDelivery]] = {}
    for one in deliveries:
        by_state.setdefault(one.state, []).append(one)
    return Standing(
        {state: tuple(some) for state, some in by_state.items()},
        sum(one.confirms for one in deliveries),
        tuple([one for one in deliveries if one.target.ack_at is not None]),
        tuple([one for one in deliveries if one.target.played_at is not None]),
        tuple([one for one in deliveries if one.before]),
        tuple([one for one in by_state.get("sent", ()) if one.silent]),
        tuple([one for one in deliveries if one.undecided]),
    )
