"""A village that is told through a person, and the persons who are asked to do it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from bot.storage.prepared import marks, rows_of
from bot.storage.tables.announcements import RelayAsk as AskRow
from bot.storage.tables.announcements import RelayTarget as TargetRow

AskState = Literal["asked", "pasted", "refused", "silent", "withdrawn"]

FOLLOWS: Mapping[AskState, frozenset[AskState]] = {
    "asked": frozenset({"pasted", "refused", "silent", "withdrawn"}),
    "silent": frozenset({"pasted", "refused", "withdrawn"}),
    "refused": frozenset({"pasted", "withdrawn"}),
    "pasted": frozenset({"refused"}),
    "withdrawn": frozenset({"pasted"}),
}
"""What may follow what. `silent` is who has not answered in time; they may still answer. Who pressed the wrong number
says the other one afterwards. A withdrawn ask is not needed any more, and its person may have pasted all the same."""
OPEN: tuple[AskState, ...] = ("asked", "silent", "refused")
"""States of asks that a person may still answer with “đã dán”."""

REMINDED, STAND_IN, BY_PHONE = 1, 2, 3
"""Steps of the ladder that a village has climbed: whoever was asked is reminded, another one is asked, the official
telephones."""


class RelayTarget(Struct, frozen=True):
    """A village of an announcement; as `bot.storage.tables.announcements.RelayTarget`."""

    id: int
    announcement_id: int
    unit_id: int
    steps: int
    stepped_at: datetime | None
    code: str
    opened: int

    @property
    def package(self) -> str:
        """The name that stands for the village where groups have their package. No message is sent under it."""
        return f"tb{self.announcement_id}:v{self.id}"


class RelayAsk(Struct, frozen=True):
    """A person who was asked; as `bot.storage.tables.announcements.RelayAsk`. `person_id` is None of an erased one."""

    id: int
    target_id: int
    person_id: int | None
    package: str
    state: AskState
    turn: int
    asked_at: datetime
    answered_at: datetime | None
    proof: str

    @property
    def open(self) -> bool:
        return self.state in OPEN


def pasted(asks: Collection[RelayAsk]) -> RelayAsk | None:
    """Return the ask whose person was the first to paste it; None if nobody has."""
    found = [one for one in asks if one.state == "pasted"]
    return min(found, key=lambda one: (one.answered_at or one.asked_at, one.id), default=None)


async def targets(*announcement_ids: int) -> Sequence[RelayTarget]:
    condition = f"announcement_id in ({marks(len(announcement_ids))})"
    return [target(row) for row in await rows_of(TargetRow, condition, announcement_ids)]


async def target_of(target_id: int) -> RelayTarget | None:
    row = await TargetRow.get_or_none(id=target_id)
    return None if row is None else target(row)


async def asks_of(target_ids: Collection[int]) -> Mapping[int, Sequence[RelayAsk]]:
    """Return the asks of several villages by the id of the target, in the order in which they were made."""
    found: dict[int, list[RelayAsk]] = {target_id: [] for target_id in target_ids}
    if not found:
        return found
    for row in await AskRow.filter(target_id__in=list(target_ids)).order_by("id"):
        found[row.key_of("target")].append(ask(row))
    return found


async def ask_of(ask_id: int) -> RelayAsk | None:
    row = await AskRow.get_or_none(id=ask_id)
    return None if row is None else ask(row)


async def change(one: RelayAsk, to: AskState, now: datetime) -> bool:
    """Move an ask to another state; return False if it is no longer in the state that the caller saw."""
    if to not in FOLLOWS[one.state]:
        raise ValueError(f"{one.state} -> {to}")
    return bool(await AskRow.filter(id=one.id, state=one.state).update(state=to, answered_at=now))


def target(row: TargetRow) -> RelayTarget:
    return RelayTarget(
        id=row.id,
        announcement_id=row.key_of("announcement"),
        unit_id=row.key_of("unit"),
        steps=row.steps,
        stepped_at=row.stepped_at,
        code=row.code,
        opened=row.opened,
    )


def ask(row: AskRow) -> RelayAsk:
    return RelayAsk(
        id=row.id,
        target_id=row.key_of("target"),
        person_id=row.key_or_none("person"),
        package=row.package,
        state=next(state for state in FOLLOWS if state == row.state),
        turn=row.turn,
        asked_at=row.asked_at,
        answered_at=row.answered_at,
        proof=row.proof,
    )
