"""The buttons of meetings: each names the meeting by its number, and what changes it also its version."""

from __future__ import annotations

from bot.core.actions import Action


class ListMeetings(Action, code="hp"):
    pass


class NewMeeting(Action, code="hpn"):
    """`kind` is team or village; `unit` "" asks for it."""

    kind: str
    unit: str


class CallMeeting(Action, code="hpc"):
    """Yes to the meeting as it was read back."""


class OpenMeeting(Action, code="hpo"):
    meeting: int


class CancelMeeting(Action, code="hpx"):
    meeting: int
    version: int
    sure: bool


class WriteMinutes(Action, code="hpb"):
    meeting: int
    version: int


class DrawInvitation(Action, code="hpg"):
    meeting: int


class CollectQuestions(Action, code="hpq"):
    meeting: int


class ReportMeeting(Action, code="hps"):
    """The figures of the meeting: one meeting, and how many came."""

    meeting: int


class AssignPoint(Action, code="hpt"):
    """Make a decision of the meeting a task."""

    point: int


class PassOnPoint(Action, code="hpk"):
    """Pass a question on to the commune as a difficulty."""

    point: int
