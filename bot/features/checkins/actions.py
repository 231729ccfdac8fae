"""The buttons of check-ins. What changes something names its object and that object's version."""

from __future__ import annotations

from bot.core.actions import Action


class OpenReport(Action, code="bc"):
    """Begin to report for a village, "" when it is not known yet."""

    unit: str


class StepByStep(Action, code="bcs"):
    """One figure after the other."""

    unit: str


class ShowReported(Action, code="bcd"):
    """What a village has reported, "" when it is not known yet."""

    unit: str


class AmendReported(Action, code="bce"):
    """Begin to put a figure right that counts already."""

    unit: str


class PickVillage(Action, code="bcv"):
    """For which of the villages the words in the presser's flow are meant."""

    unit: str


class Confirm(Action, code="cf"):
    answer: int
    version: int


class Correct(Action, code="cs"):
    answer: int
    version: int


class Drop(Action, code="cx"):
    answer: int
    version: int


class AddNote(Action, code="bcn"):
    """Begin to say something beside the figures of an answer."""

    answer: int


class DropNote(Action, code="bcx"):
    answer: int
    version: int


class AddPhoto(Action, code="bpn"):
    """Begin to send a photo beside the figures of an answer."""

    answer: int


class DropPhotos(Action, code="bpx"):
    answer: int


class KeepPhotos(Action, code="bpk"):
    """Photos that came without a word belong to this answer; `message` is the key of their `Offer`."""

    answer: int
    message: str


class ShowPhotos(Action, code="bps"):
    """Those beside a village's figures of a period."""

    unit: str
    period: str


class Settle(Action, code="cq"):
    """The answer to a doubt about one line: plus, total, sure or leave."""

    answer: int
    version: int
    line: int
    choice: str


class AcknowledgeTargets(Action, code="ct"):
    """`upto` is the newest target that the leader was shown."""

    unit: str
    period: str
    upto: int


class ShowTargets(Action, code="wa"):
    """The targets of a commune's villages in a period; "" for what is ahead."""

    period: str


class NewTargets(Action, code="wb"):
    """Begin to set targets."""


class ShareOut(Action, code="wc"):
    """How the amounts in the presser's flow are meant: each, households or adults."""

    way: str


class DecideTargets(Action, code="wd"):
    """`choice` is propose, approve or drop."""

    plan: int
    version: int
    choice: str


class AnnounceTargets(Action, code="we"):
    """Tell the leaders who have not acknowledged."""

    period: str


class ShowRollUp(Action, code="wf"):
    """The sums of a commune; "" is the present month."""

    period: str


class PickIndicator(Action, code="wg"):
    period: str


class PickPlace(Action, code="wh"):
    period: str


class ShowIndicator(Action, code="wi"):
    indicator: str
    period: str


class ShowPlace(Action, code="wj"):
    unit: str
    period: str


class SendWorkbook(Action, code="wk"):
    period: str


class ShowGroups(Action, code="ws"):
    """The sums by whom they are about."""

    period: str


class ShowStages(Action, code="wr"):
    """Who knows of an app, has it, can use it."""

    period: str


class ShowIndicatorChanges(Action, code="wt"):
    """How an indicator was changed; "" is all of them."""

    indicator: str


class ShowPlans(Action, code="wl"):
    """How a commune's villages are asked."""


class SwitchPlan(Action, code="wm"):
    """Ask from now on, or no more."""

    cadence: str
    on: bool


class PickReminders(Action, code="wn"):
    cadence: str


class SetReminders(Action, code="wo"):
    """`count` evenings before the due day."""

    cadence: str
    count: int


class AskRemindAt(Action, code="wp"):
    """Begin to say at what time reminders go out."""

    cadence: str


class ReopenRound(Action, code="wq"):
    """Begin to reopen a closed round."""

    round: int


class OpenDifficulty(Action, code="kk"):
    difficulty: int


class TakeDifficulty(Action, code="kt"):
    difficulty: int
    version: int


class AnswerDifficulty(Action, code="kr"):
    """`state` is what it becomes: solved or passed_on."""

    difficulty: int
    version: int
    state: str


class MergeDifficulty(Action, code="kg"):
    """It tells the same as `into`; 0 asks which one."""

    difficulty: int
    version: int
    into: int


class DirectDifficulty(Action, code="kd"):
    difficulty: int
    version: int


class AskGrade(Action, code="kgh"):
    """Ask how urgent it is."""

    difficulty: int


class GradeDifficulty(Action, code="kgs"):
    """It becomes of a `grade`: urgent, normal or later. `was` is the grade that was shown."""

    difficulty: int
    was: str
    grade: str


class AskMentor(Action, code="kgv"):
    """Begin to ask an observer about it."""

    difficulty: int


class ReopenDifficulty(Action, code="ko"):
    difficulty: int
    version: int


class SkipIndicator(Action, code="bck"):
    """Leave out the figure that the form asks for."""
