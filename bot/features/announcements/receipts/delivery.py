"""The state of an announcement in one group: its messages, and the worst of their states."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from bot.features.announcements.model import AnnouncementTarget
from bot.features.outbox.states import State

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
