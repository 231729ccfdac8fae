"""The buttons of the archive: each names the paper by its id, and what changes it also its version."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.actions import Action


@dataclass(frozen=True)
class ListPapers(Action, code="vkl"):
    """Of a year; 0 is the latest in which there are any."""

    year: int


@dataclass(frozen=True)
class FindPapers(Action, code="vkt"):
    pass


@dataclass(frozen=True)
class OpenPaper(Action, code="vko"):
    paper: int


@dataclass(frozen=True)
class RecordPaper(Action, code="vkg"):
    """`form` "" asks for it."""

    form: str


@dataclass(frozen=True)
class ConfirmPaper(Action, code="vkd"):
    """Yes to the paper as it was read back."""


@dataclass(frozen=True)
class AddPaperFile(Action, code="vkf"):
    paper: int


@dataclass(frozen=True)
class DropPaperFiles(Action, code="vkb"):
    paper: int
    version: int


@dataclass(frozen=True)
class ChooseReaders(Action, code="vkn"):
    paper: int


@dataclass(frozen=True)
class ToggleReader(Action, code="vkc"):
    """`reader` is a name of READERS."""

    paper: int
    version: int
    reader: str


@dataclass(frozen=True)
class SendPaper(Action, code="vks"):
    paper: int
    version: int
    sure: bool


@dataclass(frozen=True)
class DropPaper(Action, code="vkx"):
    paper: int
    version: int
    sure: bool
