"""The buttons of help. What changes something names the request and its version."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.actions import Action

# Of the resident


@dataclass(frozen=True)
class AskPerson(Action, code="ja"):
    """I want a person for this step; both "" for a question of my own."""

    guide: str
    step: str


@dataclass(frozen=True)
class AskFromUnit(Action, code="jb"):
    """The same, and where I live: a village, or the commune when I do not know."""

    guide: str
    step: str
    unit: str


@dataclass(frozen=True)
class AskWithDevice(Action, code="jc"):
    """The same, and my phone: "iphone", "android" or "unknown"; "" leaves it out."""

    guide: str
    step: str
    unit: str
    device: str


@dataclass(frozen=True)
class ShowMine(Action, code="jd"):
    request: int


@dataclass(frozen=True)
class SayMore(Action, code="je"):
    """One more sentence, or a photo."""

    request: int
    version: int


@dataclass(frozen=True)
class GiveContact(Action, code="jf"):
    """My name and telephone number, for whoever helps."""

    request: int
    version: int


@dataclass(frozen=True)
class CloseRequest(Action, code="jg"):
    request: int
    version: int


@dataclass(frozen=True)
class StillStuck(Action, code="jh"):
    """The answer did not help: the next one, please."""

    request: int
    version: int


@dataclass(frozen=True)
class DropPhoto(Action, code="ji"):
    message: int


# Of the helper


@dataclass(frozen=True)
class OpenRequest(Action, code="jk"):
    request: int


@dataclass(frozen=True)
class TakeRequest(Action, code="jl"):
    request: int
    version: int


@dataclass(frozen=True)
class DeclineRequest(Action, code="jm"):
    request: int
    version: int


@dataclass(frozen=True)
class AnswerRequest(Action, code="jn"):
    request: int
    version: int


@dataclass(frozen=True)
class HaveCalled(Action, code="jo"):
    """I have helped on the telephone or at their house."""

    request: int
    version: int


# The duty roster


@dataclass(frozen=True)
class ShowRota(Action, code="jp"):
    """Who is on duty in a unit; "" asks for the unit."""

    unit: str


@dataclass(frozen=True)
class ShowRotaDay(Action, code="jq"):
    """`weekday` 0 is Monday."""

    unit: str
    weekday: int


@dataclass(frozen=True)
class PutOnDuty(Action, code="jr"):
    unit: str
    weekday: int
    person: int
    on: bool
