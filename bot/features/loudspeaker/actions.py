"""Buttons of the loudspeaker. A recording is decided on once, so its id names its version too."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.actions import Action


@dataclass(frozen=True)
class OpenLoudspeaker(Action, code="vo"):
    pass


@dataclass(frozen=True)
class ReadText(Action, code="vt"):
    """Have a text read by a machine."""


@dataclass(frozen=True)
class UseRecording(Action, code="vu"):
    recording: int


@dataclass(frozen=True)
class RedoRecording(Action, code="vr"):
    recording: int


@dataclass(frozen=True)
class DropRecording(Action, code="vd"):
    recording: int


@dataclass(frozen=True)
class ListRecordings(Action, code="vl"):
    pass


@dataclass(frozen=True)
class HearRecording(Action, code="vh"):
    recording: int


@dataclass(frozen=True)
class ShowPlays(Action, code="vp"):
    pass


@dataclass(frozen=True)
class NotePlay(Action, code="vn"):
    """A village played TB-`number`. `minute` is the time in minutes since 1970, 0 for now."""

    unit: str
    number: int
    minute: int
