"""The buttons of check-ins. An action that changes an object carries the object's id and version."""

from __future__ import annotations

from bot.core.actions import Action


class OpenReport(Action, code="bc"):
    """Begin to report for a village, "" if it is not known yet."""

    unit: str


class StepByStep(Action, code="bcs"):
    """Begin to report one figure after the other."""

    unit: str


class ShowReported(Action, code="bcd"):
    """Show the report of a village; `unit` is "" if the village is not known yet."""

    unit: str


class AmendReported(Action, code="bce"):
    """Begin to correct a figure that counts already."""

    unit: str


class PickVillage(Action, code="bcv"):
    """Choose the village that the words in the presser's flow are about."""

    unit: str


class PickFigure(Action, code="bcg"):
    """Choose what the number at `start` of the report in the presser's flow counts; "" is no figure."""

    start: int
    indicator: str


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
    """Begin to add a note beside the figures of an answer."""

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
    """Add photos that came without a word to this answer; `message` is the key of their `Offer`."""

    answer: int
    message: str


class ShowPhotos(Action, code="bps"):
    """Show the photos beside a village's figures of a period."""

    unit: str
    period: str


class Settle(Action, code="cq"):
    """Settle a doubt about one line: plus, total, sure or leave."""

    answer: int
    version: int
    line: int
    choice: str


class AcknowledgeTargets(Action, code="ct"):
    """Acknowledge targets; `upto` is the newest target that the leader was shown."""

    unit: str
    period: str
    upto: int


class ShowTargets(Action, code="wa"):
    """Show the targets of a commune's villages in a period; "" for present and coming periods."""

    period: str


class NewTargets(Action, code="wb"):
    """Begin to set targets."""


class ShareOut(Action, code="wc"):
    """Say how the amounts in the presser's flow are meant: each, households or adults."""

    way: str


class DecideTargets(Action, code="wd"):
    """Decide about targets; `choice` is propose, approve or drop."""

    plan: int
    version: int
    choice: str


class AnnounceTargets(Action, code="we"):
    """Notify the leaders who have not acknowledged."""

    period: str


class ShowRollUp(Action, code="wf"):
    """Show the sums of a commune; "" is the present month."""

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


class ShowRollUpGroups(Action, code="ws"):
    """Show the sums by the group of people that they are about."""

    period: str


class ShowStages(Action, code="wr"):
    """Show how many people know of an app, have it, can use it."""

    period: str


class ShowIndicatorChanges(Action, code="wt"):
    """Show how an indicator was changed; "" is all of them."""

    indicator: str


class ShowPlans(Action, code="wl"):
    """Show how often a commune's villages are asked."""


class SwitchPlan(Action, code="wm"):
    """Start or stop asking in a rhythm."""

    cadence: str
    on: bool


class PickReminders(Action, code="wn"):
    cadence: str


class SetReminders(Action, code="wo"):
    """Set the reminders: `count` evenings before the due day."""

    cadence: str
    count: int


class AskRemindAt(Action, code="wp"):
    """Begin to set the time at which reminders are sent."""

    cadence: str


class ReopenRound(Action, code="wq"):
    """Begin to reopen a closed round."""

    round: int


class RemindMissing(Action, code="wu"):
    """Remind the villages that have not reported for an open round."""

    round: int


class OpenDifficulty(Action, code="kk"):
    difficulty: int


class TakeDifficulty(Action, code="kt"):
    difficulty: int
    version: int


class AnswerDifficulty(Action, code="kr"):
    """Answer a difficulty; `state` is its new state: answered, solved or passed_on."""

    difficulty: int
    version: int
    state: str


class MergeDifficulty(Action, code="kg"):
    """Merge it into `into`, which says the same; 0 asks which one."""

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
    """Set its `grade`: urgent, normal or later. `was` is the grade that was shown."""

    difficulty: int
    was: str
    grade: str


class AskMentor(Action, code="kgv"):
    """Begin to ask an observer about it."""

    difficulty: int


class ReopenDifficulty(Action, code="ko"):
    """Reopen it, as the village says that it is not solved."""

    difficulty: int
    version: int


class SettleDifficulty(Action, code="kox"):
    """Mark it as solved, as the village says that the answer solved it."""

    difficulty: int
    version: int


class SkipIndicator(Action, code="bck"):
    """Skip the figure that the form asks for."""


class EndSteps(Action, code="bcz"):
    """End the step-by-step form and read back the figures told."""
