"""The buttons of the archive: each names the paper by its id, and what changes it also its version."""

from __future__ import annotations

from bot.core.actions import Action


class ListPapers(Action, code="vkl"):
    """Of a year; 0 is the latest in which there are any."""

    year: int


class FindPapers(Action, code="vkt"):
    pass


class OpenPaper(Action, code="vko"):
    paper: int


class RecordPaper(Action, code="vkg"):
    """`form` "" asks for it."""

    form: str


class ConfirmPaper(Action, code="vkd"):
    """Yes to the paper as it was read back."""


class AddPaperFile(Action, code="vkf"):
    paper: int


class DropPaperFiles(Action, code="vkb"):
    paper: int
    version: int


class ChooseReaders(Action, code="vkn"):
    paper: int


class ToggleReader(Action, code="vkc"):
    """`reader` is a name of READERS."""

    paper: int
    version: int
    reader: str


class SendPaper(Action, code="vks"):
    paper: int
    version: int
    sure: bool


class DropPaper(Action, code="vkx"):
    paper: int
    version: int
    sure: bool
