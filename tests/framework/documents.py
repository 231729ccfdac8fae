"""The code and the talks of a page of the documents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent.parent / "docs" / "framework"
_FENCE = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$|^## (?P<section>[^\n]+)$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\S+\.py)\n")
KILLED = "! kill -9, and start again"


@dataclass(frozen=True)
class Block:
    """A piece of code; `section` is the heading above it, `file` the name that its first line gives it, "" for none."""

    kind: str
    text: str
    section: str

    @property
    def file(self) -> str:
        named = _FILE.match(self.text)
        return named[1] if named else ""


def blocks(page: str) -> Sequence[Block]:
    return list(_blocks((FOLDER / page).read_text("utf-8")))


def _blocks(text: str) -> Iterator[Block]:
    section = ""
    for found in _FENCE.finditer(text):
        if found["section"]:
            section = found["section"]
        else:
            yield Block(found["kind"], found["text"], section)


@dataclass(frozen=True)
class Turn:
    """`said` is what a person types, `answers` are the lines that come; `killed`: the bot dies before it."""

    said: str
    answers: Sequence[str]
    killed: bool = False


def talk(text: str) -> Sequence[Turn]:
    """Read a talk: lines with “> ” are a person's, the others the bot's."""
    turns: list[Turn] = []
    killed = False
    for line in text.splitlines():
        if line == KILLED:
            killed = True
        elif line.startswith("> "):
            turns.append(Turn(line[2:], [], killed))
            killed = False
        else:
            turns[-1] = Turn(turns[-1].said, [*turns[-1].answers, line], turns[-1].killed)
    return turns
