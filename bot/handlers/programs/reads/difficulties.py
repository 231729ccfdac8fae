"""Difficulties of the villages, with the commune's answers; never who has told one or who works on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from pydantic import Field

from bot.features import rights, units
from bot.features.calendar.vietnam import today
from bot.features.difficulties import difficulties
from bot.features.difficulties.difficulties import OPEN, STATES, Difficulty, State
from bot.features.difficulties.grades import Grade
from bot.features.rights import Act
from bot.features.units import Place
from bot.office.api.reading import Answer, ApiRead, Asked, Listed, NotThere, Parameter, Shown

_OPEN = "open"
_ID = Parameter("id", "The number of the difficulty.", "7", "[1-9][0-9]{0,8}", place="path")
_STATE = Parameter("state", "Only those in this state; `open` for all that are not over.", _OPEN,
                   choices=(_OPEN, *STATES))  # fmt: skip
_NONE = NotThere("The commune has no difficulty with this number.")


class ShownDifficulty(Shown):
    """A difficulty. Its text is the words of a village, so it may say anything."""

    id: int
    village: str = Field(description="The code of the village, or of the commune where it is the whole one.")
    category: str = Field(examples=["no_signal"])
    text: str
    state: State
    grade: Grade = Field(description="How urgent it is.")
    due_on: date = Field(description="Until when the commune answers.")
    overdue: bool
    response: str = Field(description="The commune's answer; empty as long as there is none.")
    directive: str = Field(description="What the commune's leaders have said about it; empty as long as nothing.")
    same_as: int | None = Field(description="Another one that tells the same, whose answer holds for both.")
    created_at: datetime


async def _listed(asked: Asked) -> Answer:
    places = await _places(asked)
    states: tuple[State, ...] = tuple(STATES)
    if (wanted := asked.value("state")) == _OPEN:
        states = OPEN
    elif wanted:
        states = tuple(one for one in STATES if one == wanted)
    before = int(asked.cursor) if asked.cursor else None
    found = await difficulties.newest(list(places), states, before=before, limit=asked.limit + 1)
    some = found[: asked.limit]
    shown = [_shown(asked, one, places) for one in some if asked.decision.for_category(one.category)]
    return Listed(shown, str(some[-1].id) if len(found) > asked.limit else "")


async def _one(asked: Asked) -> Answer:
    one = await difficulties.get(int(asked.value("id")))
    if one is None:
        return _NONE
    places = await _places(asked)
    if one.unit_id not in places:
        return _NONE
    right = await rights.decide(asked.who, Act.HANDLE_DIFFICULTIES, one.unit_id, on=asked.now)
    return _shown(asked, one, places) if right.allowed and right.for_category(one.category) else _NONE


async def _places(asked: Asked) -> Mapping[int, Place]:
    """Return the commune and all that ever lay in it."""
    below = await units.everything(asked.commune.id)
    return {one.id: one for one in (asked.commune, *below)}


def _shown(asked: Asked, one: Difficulty, places: Mapping[int, Place]) -> ShownDifficulty:
    return ShownDifficulty(
        id=one.id,
        village=places[one.unit_id].code,
        category=one.category,
        text=one.text,
        state=one.state,
        grade=one.grade,
        due_on=one.due_on,
        overdue=one.overdue(today(asked.now)),
        response=one.response,
        directive=one.directive,
        same_as=one.same_as or None,
        created_at=one.created_at,
    )


def reads() -> list[ApiRead]:
    act = Act.HANDLE_DIFFICULTIES
    return [
        ApiRead("/difficulties", "difficulties", "The difficulties, the newest first.", "difficulties", act,
                ShownDifficulty, _listed, parameters=(_STATE,)),
        ApiRead("/difficulties/{id}", "difficulty", "One difficulty.", "difficulties", act, ShownDifficulty, _one,
                listed=False, parameters=(_ID,)),
    ]  # fmt: skip
