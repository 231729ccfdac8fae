"""The buttons of help. Those that change something name the request and its version."""

from __future__ import annotations

from bot.core.actions import Action

# Of the resident


MATTER = "viec"
"""In place of a step, without a guide: the bot has just asked for the matter, so the next words are the question."""


class AskPerson(Action, code="ja"):
    """I want a person for this step; both "" for a question of my own, or the step MATTER."""

    guide: str
    step: str


class AskFromUnit(Action, code="jb"):
    """The same, and where I live: a village, or the commune when I do not know."""

    guide: str
    step: str
    unit: str


class AskWithDevice(Action, code="jc"):
    """The same, and my phone: "iphone", "android" or "unknown"; "" leaves it out."""

    guide: str
    step: str
    unit: str
    device: str


class ShowMine(Action, code="jd"):
    request: int


class SayMore(Action, code="je"):
    """One more sentence, or a photo."""

    request: int
    version: int


class GiveContact(Action, code="jf"):
    """My name and telephone number, for whoever helps."""

    request: int
    version: int


class CloseRequest(Action, code="jg"):
    request: int
    version: int


class StillStuck(Action, code="jh"):
    """The answer did not help: the next one, please."""

    request: int
    version: int


class DropPhoto(Action, code="ji"):
    message: int


# Of the helper


class OpenRequest(Action, code="jk"):
    request: int


class TakeRequest(Action, code="jl"):
    request: int
    version: int


class DeclineRequest(Action, code="jm"):
    request: int
    version: int


class AnswerRequest(Action, code="jn"):
    request: int
    version: int


class HaveCalled(Action, code="jo"):
    """I have helped on the telephone or at their house."""

    request: int
    version: int


# The duty roster


class ShowRota(Action, code="jp"):
    """Show the rota of a unit; "" asks for the unit."""

    unit: str


class ShowRotaDay(Action, code="jq"):
    """`weekday` 0 is Monday."""

    unit: str
    weekday: int


class PutOnDuty(Action, code="jr"):
    unit: str
    weekday: int
    person: int
    on: bool
