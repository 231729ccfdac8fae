"""Seats in training sessions and their answers; results only as sums, and none of fewer than five people."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from bot.features.learning.tables import TrainingAnswer, TrainingSeat

from .answers import FEW
from .sessions import TrainingEvent

Phase = Literal["before", "after"]
PHASES: tuple[Phase, ...] = ("before", "after")


class Seat(Struct, frozen=True):
    """`name` is how its person wants to stand in the list, "" for not at all."""

    id: int
    name: str


class Side(Struct, frozen=True):
    """Of the people who answered every question: how many they are, and how many were right, by question."""

    people: int
    right: tuple[int, ...]

    @property
    def shown(self) -> bool:
        return self.people >= FEW

    @property
    def percent(self) -> float:
        """The average of right answers; of `shown` sides only."""
        return 100 * sum(self.right) / (self.people * len(self.right))


class SeatResults(Struct, frozen=True):
    """`both_before` and `both_after` are of the people who answered everything both times."""

    joined: int
    before: Side
    after: Side
    both_before: Side
    both_after: Side


async def take(session_id: int, person_id: int, now: datetime) -> bool:
    """Sit down, inside the caller's transaction; False when the person sits there already."""
    if await TrainingSeat.filter(session_id=session_id, person_id=person_id).exists():
        return False
    row = TrainingSeat(session_id=session_id, person_id=person_id, joined_at=now)
    await TrainingSeat.bulk_create([row], ignore_conflicts=True)
    return True


async def find(session_id: int, person_id: int | None) -> Seat | None:
    row = None if person_id is None else await TrainingSeat.get_or_none(session_id=session_id, person_id=person_id)
    return None if row is None else Seat(row.id, row.name)


async def people_in(session_id: int) -> list[int]:
    """Return person ids of those who can still be told something."""
    rows = await TrainingSeat.filter(session_id=session_id, person_id__isnull=False).order_by("id")
    return [row.key_of("person") for row in rows]


async def call(seat: Seat, name: str) -> None:
    """Set the name by which its person stands in the list; "" takes them out of it."""
    await TrainingSeat.filter(id=seat.id).update(name=name)


async def names(session_id: int) -> list[str]:
    rows = await TrainingSeat.filter(session_id=session_id).exclude(name="").order_by("id")
    return [row.name for row in rows]


async def answer(seat: Seat, phase: Phase, question: int, *, right: bool, now: datetime) -> bool:
    """Store an answer, inside the caller's transaction; False when an earlier one counts."""
    if await TrainingAnswer.filter(seat_id=seat.id, phase=phase, question=question).exists():
        return False
    row = TrainingAnswer(seat_id=seat.id, phase=phase, question=question, right=right, answered_at=now)
    await TrainingAnswer.bulk_create([row], ignore_conflicts=True)
    return True


async def given(seat: Seat, phase: Phase) -> Mapping[int, bool]:
    """Return, by question, whether it was answered rightly."""
    rows = await TrainingAnswer.filter(seat_id=seat.id, phase=phase)
    return {row.question: row.right for row in rows}


async def finished(session: TrainingEvent, seat: Seat) -> datetime | None:
    """Return when somebody had answered every question after the lesson; None while some are left."""
    rows = await TrainingAnswer.filter(seat_id=seat.id, phase="after")
    whole = bool(session.questions) and len(rows) == len(session.questions)
    return max(row.answered_at for row in rows) if whole else None


def order(session: TrainingEvent, seat: Seat, phase: Phase) -> list[int]:
    """Return the order of the questions: as written before the lesson, another one after it."""
    places = list(range(len(session.questions)))
    if phase == "after" and len(places) > 1:
        written = list(places)
        draw = random.Random(f"{session.code}:{seat.id}")  # noqa: S311 - no secret, and the same at each look
        while places == written:
            draw.shuffle(places)
    return places


async def results(session: TrainingEvent) -> SeatResults:
    joined = [row.id for row in await TrainingSeat.filter(session_id=session.id)]
    sheets: dict[Phase, dict[int, dict[int, bool]]] = {phase: {} for phase in PHASES}
    for row in await TrainingAnswer.filter(seat_id__in=joined):
        phase: Phase = "before" if row.phase == "before" else "after"
        sheets[phase].setdefault(row.key_of("seat"), {})[row.question] = row.right
    count = len(session.questions)
    whole = {
        phase: {seat: sheet for seat, sheet in found.items() if len(sheet) == count}
        for phase, found in sheets.items()
    }  # fmt: skip
    both = whole["before"].keys() & whole["after"].keys()
    sides = [_side(list(whole[phase].values()), count) for phase in PHASES]
    pairs = [_side([whole[phase][seat] for seat in both], count) for phase in PHASES]
    return SeatResults(len(joined), *sides, *pairs)


def _side(sheets: Sequence[Mapping[int, bool]], questions: int) -> Side:
    return Side(len(sheets), tuple(sum(sheet[at] for sheet in sheets) for at in range(questions)))
