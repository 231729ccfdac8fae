"""A guide as the rest of the program sees it.

Texts are the Vietnamese source, inline CommonMark, and at the same time the msgids of the translations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from bot.i18n import msg

END = "!end"
STUCK = "!stuck"
ARCHIVAL_AREA = "bản lưu"
"""Area of guides that are kept for reference only; they say so first and lead on."""
AREAS = (msg("chính quyền số"), msg("kinh tế số"), msg("xã hội số"), msg("an toàn thông tin"), msg("bản lưu"))
"""In the order of lists."""

BlockKind = Literal["text", "tip", "warning"]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or a call-out; `text` is one inline CommonMark string, `line` its line in the file."""

    kind: BlockKind
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Picture:
    """`file` is relative to the guides folder (`img/ch-play.png`); `alt` is read aloud and never empty."""

    file: str
    alt: str
    line: int


@dataclass(frozen=True, slots=True)
class Option:
    """A choice. `target` is a step id of this guide, END, STUCK, or (`other`) another guide: `SLUG`, `SLUG#step`."""

    label: str
    target: str
    line: int
    other: bool = False


@dataclass(frozen=True, slots=True)
class Quiz:
    """A check question: `answer` is the 0-based index of the right choice."""

    choices: tuple[str, ...]
    answer: int
    explanation: str
    line: int


@dataclass(frozen=True, slots=True)
class Step:
    """One page. `options` is empty when the only way is on: then `next` (a step id or END) is where "Tiếp" leads."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    picture: Picture | None
    options: tuple[Option, ...]
    quiz: Quiz | None
    next: str
    line: int

    def fingerprint(self) -> str:
        """Changes whenever a person would see something else (12 hex digits)."""
        shown = (
            self.title,
            tuple((block.kind, block.text) for block in self.blocks),
            self.picture and (self.picture.file, self.picture.alt),
            tuple((option.label, option.target) for option in self.options),
            self.quiz and (self.quiz.choices, self.quiz.answer, self.quiz.explanation),
            self.next,
        )
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Guide:
    """`steps` in file order; the first is the start. `verified` None means "chưa kiểm tra"; `review_every` in days."""

    slug: str
    title: str
    area: str
    owner: str
    verified: date | None
    review_every: int
    keywords: tuple[str, ...]
    minutes: int
    audience: str
    sources: tuple[str, ...]
    stuck: str
    redirects: Mapping[str, str]
    steps: Mapping[str, Step]

    @cached_property
    def start(self) -> str:
        return next(iter(self.steps))

    @property
    def archival(self) -> bool:
        return self.area == ARCHIVAL_AREA

    @cached_property
    def content(self) -> str:
        """Changes whenever a reader would see something else in any step (12 hex digits)."""
        shown = (self.title, tuple((step.id, step.fingerprint()) for step in self.steps.values()))
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:12]

    @cached_property
    def quiz_steps(self) -> tuple[str, ...]:
        return tuple(step.id for step in self.steps.values() if step.quiz is not None)
