"""What became of an announcement, group by group: read from its rows in the outbox, never from a flag beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connections

from bot.features import units
from bot.features.outbox.hours import VIETNAM
from bot.features.outbox.states import State
from bot.storage.outbox import Detour
from bot.storage.places import Channel
from bot.storage.sql import Row, Sql, moment

from . import store, ways
from .model import Announcement, Target

WORST: tuple[State, ...] = (
    "failed", "expired", "uncertain", "cancelled", "held", "sending", "leased", "pending", "sent",
)  # fmt: skip
"""A group is counted by the worst of its messages: half an announcement is not an announcement."""

DROPPED = "dropped"
"""Reason of a message that a person gave up while nobody knew whether it had arrived."""


@dataclass(frozen=True, slots=True)
class Part:
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
        """State and reason for people: what was given up has failed."""
        return (
            ("failed", DROPPED) if self.decision == "drop" and self.state == "uncertain" else (self.state, self.reason)
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """One audience, in the group where it was told. `parts` are those that count: what was repeated is left out.

    `at` is the time of the latest change. `confirms`: it is a village's own group, so somebody there is asked to say
    that the village has it. `before` are other groups of the same people that could not be told, in their order.
    """

    target: Target
    village: str
    group: str
    confirms: bool
    parts: tuple[Part, ...]
    state: State
    reason: str
    at: datetime | None
    before: tuple[Delivery, ...] = ()

    @property
    def undecided(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.undecided)

    @property
    def silent(self) -> bool:
        """It has the announcement, and nobody has said so."""
        return self.state == "sent" and self.confirms and self.target.ack_at is None


@dataclass(frozen=True, slots=True)
class Receipt:
    """`total` counts the rows that were frozen; `unreached` names chosen villages that had no living group then.

    `ways` are codes of how it was passed on outside of the bot.
    `deliveries` are as many as the audiences that were frozen, however many groups were tried.
    """

    announcement: Announcement
    deliveries: tuple[Delivery, ...]
    rows: Mapping[State, int]
    unreached: tuple[str, ...]
    ways: tuple[str, ...]

    @property
    def total(self) -> int:
        return sum(self.rows.values())

    def groups(self, *states: State) -> tuple[Delivery, ...]:
        return tuple(one for one in self.deliveries if one.state in states)

    @property
    def waiting(self) -> tuple[Delivery, ...]:
        return self.groups("pending", "held", "leased", "sending")

    @property
    def trouble(self) -> tuple[Delivery, ...]:
        """Groups that do not have all of it, and nothing will come by itself."""
        return self.groups("failed", "expired", "cancelled", "uncertain")

    @property
    def diverted(self) -> tuple[Delivery, ...]:
        """Those who are told in another group than was meant at first."""
        return tuple(one for one in self.deliveries if one.before)

    @property
    def acknowledged(self) -> tuple[Delivery, ...]:
        return tuple(one for one in self.deliveries if one.target.ack_at is not None)

    @property
    def played(self) -> tuple[Delivery, ...]:
        return tuple(one for one in self.deliveries if one.target.played_at is not None)

    @property
    def over(self) -> bool:
        """Nothing is on its way and nothing waits for a person."""
        return not self.waiting and not any(one.undecided for one in self.deliveries)


async def receipt(announcement_id: int, on: date) -> Receipt | None:
    """None for an announcement that does not exist. Before it is frozen there are no deliveries."""
    one = await store.get(announcement_id)
    if one is None:
        return None
    targets = await store.targets(announcement_id)
    found = await _parts(announcement_id)
    groups = {row.id: row for row in await Channel.filter(id__in=[target.channel_id for target in targets])}
    names = {place.id: place.full_name for place in await units.everything()}
    deliveries = [
        _delivery(target, names[target.unit_id], groups[target.channel_id], found.get(target.package, ()))
        for target in targets
    ]
    instead_of = await _detours(targets)
    rows: dict[State, int] = {}
    for part in (part for key, parts in found.items() if key not in instead_of for part in parts if not part.resend_of):
        rows[part.state] = rows.get(part.state, 0) + 1
    unreached = await _unreached(one, targets, on)
    return Receipt(one, _chained(deliveries, instead_of), rows, unreached, tuple(await ways.of(one.id)))


async def row_of(row_id: int) -> tuple[int, str] | None:
    """(announcement, package) of a row of the outbox; None when there is no such row of an announcement."""
    rows = await _rows("select announcement, package from outbox where id = ? and announcement > 0", row_id)
    return (int(str(rows[0]["announcement"])), str(rows[0]["package"])) if rows else None


def _delivery(target: Target, village: str, group: Channel, parts: Sequence[Part]) -> Delivery:
    counting = _counting(parts)
    seen = [part.seen_as for part in counting]
    state, reason = min(seen, key=lambda one: WORST.index(one[0]), default=("cancelled", ""))
    at = max((part.at for part in counting), default=None)
    return Delivery(target, village, group.title, group.purpose == "village", counting, state, reason, at)


async def _detours(targets: Sequence[Target]) -> Mapping[str, str]:
    """Package → the one that did not reach its group, and in whose place it went."""
    rows = await Detour.filter(package__in=[target.package for target in targets])
    return {row.package: row.instead_of for row in rows}


def _chained(deliveries: Sequence[Delivery], instead_of: Mapping[str, str]) -> tuple[Delivery, ...]:
    """One for each audience: the last group that was tried, with those before it. A word from any of them counts."""
    by_package = {one.target.package: one for one in deliveries}
    replaced = set(instead_of.values())
    found: list[Delivery] = []
    for last in (one for one in deliveries if one.target.package not in replaced):
        before: list[Delivery] = []
        package = last.target.package
        while package in instead_of:
            package = instead_of[package]
            before.insert(0, by_package[package])
        found.append(replace(last, target=_confirmed(last, before), before=tuple(before)))
    order = {one.target.id: at for at, one in enumerate(deliveries)}
    return tuple(sorted(found, key=lambda one: order[(*one.before, one)[0].target.id]))


def _confirmed(last: Delivery, before: Sequence[Delivery]) -> Target:
    acked = next((one.target for one in (last, *before) if one.target.ack_at is not None), last.target)
    played = next((one.target for one in (last, *before) if one.target.played_at is not None), last.target)
    return replace(
        last.target, ack_at=acked.ack_at, ack_by=acked.ack_by, played_at=played.played_at, played_by=played.played_by
    )


def _counting(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Of a message and its repeats the one that arrived, else the newest."""
    by_number: dict[int, Part] = {}
    for part in parts:
        before = by_number.get(part.number)
        if before is None or before.state != "sent":
            by_number[part.number] = part
    return tuple(by_number.values())


async def _unreached(one: Announcement, targets: Sequence[Target], on: date) -> tuple[str, ...]:
    if not targets or one.audience.only:
        return ()
    reached = {target.unit_id for target in targets}
    day = on if one.approved_at is None else one.approved_at.astimezone(VIETNAM).date()
    villages = await units.villages(one.commune_id, day)
    return tuple(place.full_name for place in villages if one.audience.has_village(place) and place.id not in reached)


async def _parts(announcement_id: int) -> Mapping[str, Sequence[Part]]:
    rows = await _rows(
        "select id, package, part, state, reason, decision, resend_of, updated_at from outbox"
        " where announcement = ? order by package, part, id",
        announcement_id,
    )
    found: dict[str, list[Part]] = {}
    for row in rows:
        found.setdefault(str(row["package"]), []).append(_part(row))
    return found


def _part(row: Row) -> Part:
    state = next(known for known in WORST if known == row["state"])
    return Part(
        id=int(str(row["id"])),
        number=int(str(row["part"])),
        state=state,
        reason=str(row["reason"]),
        decision=str(row["decision"]),
        resend_of=int(str(row["resend_of"])),
        at=moment(row["updated_at"]),
    )


async def _rows(text: str, value: int) -> list[Row]:
    client: BaseDBAsyncClient = get_connections().get("default")
    return await Sql(client).rows(text, [value], client)
