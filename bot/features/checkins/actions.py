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
class ShowReported(Action, code="bcd"):
    """What a village has reported, "" when it is not known yet."""

    unit: str


@dataclass(frozen=True)
class AmendReported(Action, code="bce"):
    """Begin to put a figure right that counts already."""

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
class AddNote(Action, code="bcn"):
    """Begin to say something beside the figures of an answer."""

    answer: int


@dataclass(frozen=True)
class DropNote(Action, code="bcx"):
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
    """`upto` is the newest target that the leader was shown."""

    unit: str
    period: str
    upto: int


@dataclass(frozen=True)
class ShowTargets(Action, code="wa"):
    """The targets of a commune's villages in a period; "" for what is ahead."""

    period: str


@dataclass(frozen=True)
class NewTargets(Action, code="wb"):
    """Begin to set targets."""


@dataclass(frozen=True)
class ShareOut(Action, code="wc"):
    """How the amounts in the presser's flow are meant: each, households or adults."""

    way: str


@dataclass(frozen=True)
class DecideTargets(Action, code="wd"):
    """`choice` is propose, approve or drop."""

    plan: int
    version: int
    choice: str


@dataclass(frozen=True)
class AnnounceTargets(Action, code="we"):
    """Tell the leaders who have not acknowledged."""

    period: str


@dataclass(frozen=True)
class ShowRollUp(Action, code="wf"):
    """The sums of a commune; "" is the present month."""

    period: str


@dataclass(frozen=True)
class PickIndicator(Action, code="wg"):
    period: str


@dataclass(frozen=True)
class PickPlace(Action, code="wh"):
    period: str


@dataclass(frozen=True)
class ShowIndicator(Action, code="wi"):
    indicator: str
    period: str


@dataclass(frozen=True)
class ShowPlace(Action, code="wj"):
    unit: str
    period: str


@dataclass(frozen=True)
class SendWorkbook(Action, code="wk"):
    period: str


@dataclass(frozen=True)
class ShowStages(Action, code="wr"):
    """Who knows of an app, has it, can use it."""

    period: str


@dataclass(frozen=True)
class ShowPlans(Action, code="wl"):
    """How a commune's villages are asked."""


@dataclass(frozen=True)
class SwitchPlan(Action, code="wm"):
    """Ask from now on, or no more."""

    cadence: str
    on: bool


@dataclass(frozen=True)
class PickReminders(Action, code="wn"):
    cadence: str


@dataclass(frozen=True)
class SetReminders(Action, code="wo"):
    """`count` evenings before the due day."""

    cadence: str
    count: int


@dataclass(frozen=True)
class AskRemindAt(Action, code="wp"):
    """Begin to say at what time reminders go out."""

    cadence: str


@dataclass(frozen=True)
class ReopenRound(Action, code="wq"):
    """Begin to reopen a closed round."""

    round: int


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
class MergeDifficulty(Action, code="kg"):
    """It tells the same as `into`; 0 asks which one."""

    difficulty: int
    version: int
    into: int


@dataclass(frozen=True)
class DirectDifficulty(Action, code="kd"):
    difficulty: int
    version: int


@dataclass(frozen=True)
class AskGrade(Action, code="kgh"):
    """Ask how urgent it is."""

    difficulty: int


@dataclass(frozen=True)
class GradeDifficulty(Action, code="kgs"):
    """It becomes of a `grade`: urgent, normal or later. `was` is the grade that was shown."""

    difficulty: int
    was: str
    grade: str


@dataclass(frozen=True)
class AskMentor(Action, code="kgv"):
    """Begin to ask an observer about it."""

    difficulty: int


@dataclass(frozen=True)
class ReopenDifficulty(Action, code="ko"):
    difficulty: int
    version: int


@dataclass(frozen=True)
class SkipIndicator(Action, code="bck"):
    """Leave out the figure that the form asks for."""
