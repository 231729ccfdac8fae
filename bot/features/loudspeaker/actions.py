"""Buttons of the loudspeaker. A recording is decided on once, so its id names its version too."""

from __future__ import annotations

from bot.core.actions import Action


class OpenLoudspeaker(Action, code="vo"):
    pass


class ReadText(Action, code="vt"):
    """Have a text read by a machine."""


class UseRecording(Action, code="vu"):
    recording: int


class RedoRecording(Action, code="vr"):
    recording: int


class DropRecording(Action, code="vd"):
    recording: int


class ListRecordings(Action, code="vl"):
    pass


class HearRecording(Action, code="vh"):
    recording: int


class ShowPlays(Action, code="vp"):
    pass


class NotePlay(Action, code="vn"):
    """A village played TB-`number`. `minute` is the time in minutes since 1970, 0 for now."""

    unit: str
    number: int
    minute: int


class ShowPlan(Action, code="vq"):
    """The plan of a village; "" one's own, or all of the commune for its officials."""

    unit: str


class WritePlan(Action, code="vs"):
    """Ask for the days and hours of a village's loudspeaker."""

    unit: str


class ReadPlan(Action, code="vj"):
    """Read a plan back with this village, or with this person (0 nobody) to press play; nothing is kept yet.

    `days` and `hours` as in bot.features.loudspeaker.timetable, `spot` "" is the village's only loudspeaker.
    """

    unit: str
    spot: str
    days: str
    hours: str
    player: int


class KeepPlan(Action, code="vk"):
    """Keep the plan as it was read back. `version` is that of the plan it replaces, 0 for none."""

    unit: str
    spot: str
    days: str
    hours: str
    player: int
    version: int


class LeavePlan(Action, code="vz"):
    """Nothing is to be kept of what was read back."""


class DropPlan(Action, code="vx"):
    plan: int
    version: int


class NotMe(Action, code="vy"):
    """I do not press play here, whatever the plan says by now."""

    plan: int
