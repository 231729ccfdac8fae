"""The buttons of training sessions. Trainers name the session by its number, those who learn by its code."""

from __future__ import annotations

from bot.core.actions import Action


class ListTraining(Action, code="lp"):
    pass


class NewTraining(Action, code="lpm"):
    """Begin to plan in a unit; "" asks for it."""

    unit: str


class PickAudience(Action, code="lpa"):
    unit: str
    audience: str


class PickSubject(Action, code="lpt"):
    """Pick the topic of the session that is being planned."""

    topic: str


class PlanTraining(Action, code="lpp"):
    """Yes to the plan as it was read back."""


class OpenTraining(Action, code="lpo"):
    session: int


class ShareTraining(Action, code="lpq"):
    """Code, links and material, to pass on."""

    session: int


class MoveTraining(Action, code="lpx"):
    """To the next state, as the button of this version said."""

    session: int
    version: int


class CancelTraining(Action, code="lph"):
    session: int
    version: int
    sure: bool


class CountPresent(Action, code="lpn"):
    session: int


class TrainingFile(Action, code="lpf"):
    session: int


class TrainingFigures(Action, code="lps"):
    """Begin a report of figures out of the session."""

    session: int


class OpenSeat(Action, code="lpg"):
    training: str


class NextTrainingQuestion(Action, code="lpc"):
    training: str


class AnswerTraining(Action, code="lpd"):
    """A choice by its id; `question` is its place in the frozen list."""

    training: str
    phase: str
    question: int
    choice: str


class NameSeat(Action, code="lpi"):
    """To be named in the list, or not any more."""

    training: str
    named: bool
