"""The buttons of the upkeep of guides. What decides about a text names its version."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.actions import Action

# Of the resident


@dataclass(frozen=True)
class TellScreen(Action, code="bkm"):
    """My screen looks different, and my phone is "iphone", "android" or "unknown"."""

    guide: str
    step: str
    device: str


@dataclass(frozen=True)
class HearBack(Action, code="bkn"):
    """Tell me when this step is mended."""

    guide: str
    step: str


# Of the officer


@dataclass(frozen=True)
class ListChecks(Action, code="bka"):
    """`page` counts from 1."""

    page: int


@dataclass(frozen=True)
class OpenCheck(Action, code="bkb"):
    guide: str


@dataclass(frozen=True)
class CheckStep(Action, code="bkc"):
    guide: str
    step: str


@dataclass(frozen=True)
class StepDiffers(Action, code="bkd"):
    guide: str
    step: str


@dataclass(frozen=True)
class ConfirmGuide(Action, code="bke"):
    """`content` is the fingerprint of the text that was looked at."""

    guide: str
    content: str


@dataclass(frozen=True)
class CloseFlags(Action, code="bkf"):
    guide: str
    step: str


# New texts


@dataclass(frozen=True)
class TakeWord(Action, code="bkw"):
    """Give me the present text as a Word file."""

    guide: str


@dataclass(frozen=True)
class SendText(Action, code="bkg"):
    guide: str


@dataclass(frozen=True)
class OpenText(Action, code="bkj"):
    text: int


@dataclass(frozen=True)
class HandInText(Action, code="bkh"):
    text: int
    version: int


@dataclass(frozen=True)
class DropText(Action, code="bki"):
    text: int
    version: int


@dataclass(frozen=True)
class ApproveText(Action, code="bkk"):
    text: int
    version: int


@dataclass(frozen=True)
class RefuseText(Action, code="bkl"):
    text: int
    version: int
