"""The buttons of check-ins. What changes something names its object and that object's version."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.actions import Action


@dataclass(frozen=True)
class OpenReport(Action, code="bc"):
    """Begin to report for a village, "" when it is not known yet."""

    unit: str


@dataclass(frozen=True)
class StepByStep(Action, code="bcs"):
    """One figure after the other."""

    unit: str


@dataclass(frozen=True)
class PickVillage(Action, code="bcv"):
    """For which of the villages the words in the presser's flow are meant."""

    unit: str


@dataclass(frozen=True)
class Confirm(Action, code="cf"):
    answer: int
    version: int


@dataclass(frozen=True)
class Correct(Action, code="cs"):
    answer: int
    version: int


@dataclass(frozen=True)
class Drop(Action, code="cx"):
    answer: int
    version: int


@dataclass(frozen=True)
class Settle(Action, code="cq"):
    """The answer to a doubt about one line: plus, total, sure or leave."""

    answer: int
    version: int
    line: int
    choice: str


@dataclass(frozen=True)
class AcknowledgeTargets(Action, code="ct"):
    unit: str
    period: str


@dataclass(frozen=True)
class OpenDifficulty(Action, code="kk"):
    difficulty: int


@dataclass(frozen=True)
class TakeDifficulty(Action, code="kt"):
    difficulty: int
    version: int


@dataclass(frozen=True)
class AnswerDifficulty(Action, code="kr"):
    """`state` is what it becomes: solved or passed_on."""

    difficulty: int
    version: int
    state: str


@dataclass(frozen=True)
class ReopenDifficulty(Action, code="ko"):
    difficulty: int
    version: int


@dataclass(frozen=True)
class SkipIndicator(Action, code="bck"):
    """Leave out the figure that the form asks for."""
