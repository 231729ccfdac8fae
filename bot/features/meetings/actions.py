"""The buttons of meetings: each names the meeting by its number, and what changes it also its version."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.actions import Action


@dataclass(frozen=True)
class ListMeetings(Action, code="hp"):
    pass


@dataclass(frozen=True)
class NewMeeting(Action, code="hpn"):
    """`kind` is team or village; `unit` "" asks for it."""

    kind: str
    unit: str


@dataclass(frozen=True)
class CallMeeting(Action, code="hpc"):
    """Yes to the meeting as it was read back."""


@dataclass(frozen=True)
class OpenMeeting(Action, code="hpo"):
    meeting: int


@dataclass(frozen=True)
class CancelMeeting(Action, code="hpx"):
    meeting: int
    version: int
    sure: bool


@dataclass(frozen=True)
class WriteMinutes(Action, code="hpb"):
    meeting: int
    version: int


@dataclass(frozen=True)
class DrawInvitation(Action, code="hpg"):
    meeting: int


@dataclass(frozen=True)
class CollectQuestions(Action, code="hpq"):
    meeting: int


@dataclass(frozen=True)
class ReportMeeting(Action, code="hps"):
    """The figures of the meeting: one meeting, and how many came."""

    meeting: int


@dataclass(frozen=True)
class AssignPoint(Action, code="hpt"):
    """What was decided becomes a task."""

    point: int


@dataclass(frozen=True)
class PassOnPoint(Action, code="hpk"):
    """What was asked goes to the commune as a difficulty."""

    point: int
