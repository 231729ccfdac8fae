"""The buttons of the upkeep of guides. Those that decide about a text name its version."""

from __future__ import annotations

from bot.core.actions import Action

# Of the resident


class TellScreen(Action, code="bkm"):
    """My screen looks different, and my phone is "iphone", "android" or "unknown"."""

    guide: str
    step: str
    device: str


class HearBack(Action, code="bkn"):
    """Tell me when this step is mended."""

    guide: str
    step: str


# Of the officer


class ListChecks(Action, code="bka"):
    """`page` counts from 1."""

    page: int


class OpenGuideCheck(Action, code="bkb"):
    guide: str


class CheckStep(Action, code="bkc"):
    guide: str
    step: str


class StepDiffers(Action, code="bkd"):
    guide: str
    step: str


class ConfirmGuide(Action, code="bke"):
    """`content` is the fingerprint of the text that was looked at."""

    guide: str
    content: str


class CloseFlags(Action, code="bkf"):
    guide: str
    step: str


# New texts


class TakeWord(Action, code="bkw"):
    """Give me the present text as a Word file."""

    guide: str


class SendText(Action, code="bkg"):
    guide: str


class OpenText(Action, code="bkj"):
    text: int


class HandInText(Action, code="bkh"):
    text: int
    version: int


class DropText(Action, code="bki"):
    text: int
    version: int


class ApproveText(Action, code="bkk"):
    text: int
    version: int


class RefuseText(Action, code="bkl"):
    text: int
    version: int
