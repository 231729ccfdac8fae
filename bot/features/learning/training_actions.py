"""The buttons of training sessions. Trainers name the session by its number, those who learn by its code."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.actions import Action


@dataclass(frozen=True)
class ListTraining(Action, code="lp"):
    pass


@dataclass(frozen=True)
class NewTraining(Action, code="lpm"):
    """Begin to plan in a unit; "" asks for it."""

    unit: str


@dataclass(frozen=True)
class PickAudience(Action, code="lpa"):
    unit: str
    audience: str


@dataclass(frozen=True)
class PickSubject(Action, code="lpt"):
    """What is taught in the session that is being planned."""

    topic: str


@dataclass(frozen=True)
class PlanTraining(Action, code="lpp"):
    """Yes to the plan as it was read back."""


@dataclass(frozen=True)
class OpenTraining(Action, code="lpo"):
    session: int


@dataclass(frozen=True)
class ShareTraining(Action, code="lpq"):
    """Code, links and material, to pass on."""

    session: int


@dataclass(frozen=True)
class MoveTraining(Action, code="lpx"):
    """To the next state, as the button of this version said."""

    session: int
    version: int


@dataclass(frozen=True)
class CancelTraining(Action, code="lph"):
    session: int
    version: int
    sure: bool


@dataclass(frozen=True)
class CountPresent(Action, code="lpn"):
    session: int


@dataclass(frozen=True)
class TrainingFile(Action, code="lpf"):
    session: int


@dataclass(frozen=True)
class TrainingFigures(Action, code="lps"):
    """Begin a report of figures out of the session."""

    session: int


@dataclass(frozen=True)
class OpenSeat(Action, code="lpg"):
    training: str


@dataclass(frozen=True)
class NextQuestion(Action, code="lpc"):
    training: str


@dataclass(frozen=True)
class AnswerTraining(Action, code="lpd"):
    """A choice by its id; `question` is its place in the frozen list."""

    training: str
    phase: str
    question: int
    choice: str


@dataclass(frozen=True)
class NameSeat(Action, code="lpi"):
    """To be named in the list, or not any more."""

    training: str
    named: bool
