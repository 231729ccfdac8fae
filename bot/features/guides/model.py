"""A guide as the rest of the program sees it.

Texts are the Vietnamese source, inline CommonMark, and at the same time the msgids of the translations.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Literal

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.lean.values import replace
from bot.i18n import SOURCE, msg

from .drawn.drawing import Drawing
from .facts import GuideFact, put

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
MOST_OF_FILE, MOST_OF_WORD = 1_000_000, 20_000_000
"""Bytes of a guide as Markdown, and as Word with its pictures."""

END = "!end"
STUCK = "!stuck"
ARCHIVAL_AREA = "bản lưu"
"""Area of guides that are kept for reference only; they say so first and lead on."""
AREAS = (msg("chính quyền số"), msg("kinh tế số"), msg("xã hội số"), msg("an toàn thông tin"), msg("bản lưu"))
"""In the order of lists."""

_PRESS = patterns.compile(r"(?<!đừng )(?<!không )(?<!vừa )(?<!lỡ )(?<!trước khi )\bbấm\b", re.IGNORECASE)

BlockKind = Literal["text", "tip", "warning"]


class Block(Struct, frozen=True):
    """A paragraph or a call-out; `text` is one inline CommonMark string, `line` its line in the file."""

    kind: BlockKind
    text: str
    line: int


class Picture(Struct, frozen=True):
    """`file` is relative to the guides folder (`img/ch-play.png`); `alt` is read aloud and never empty."""

    file: str
    alt: str
    line: int


class Option(Struct, frozen=True):
    """A choice. `target` is a step id of this guide, END, STUCK, or (`other`) another guide: `SLUG`, `SLUG#step`.

    `reason` says, for authors only, why another option of the step leads to the same place.
    """

    label: str
    target: str
    line: int
    other: bool = False
    reason: str = ""


class StepQuiz(Struct, frozen=True):
    """A check question: `answer` is the 0-based index of the right choice."""

    choices: tuple[str, ...]
    answer: int
    explanation: str
    line: int


class GuideStep(Struct, frozen=True, dict=True):
    """One page. `options` is empty when the only way is on: then `next` (a step id or END) is where "Tiếp" leads.

    `drawing` is what `picture` is rendered from, if it is described in the guide; `facts` are those that texts name.
    """

    id: str
    title: str
    blocks: tuple[Block, ...]
    picture: Picture | None
    options: tuple[Option, ...]
    quiz: StepQuiz | None
    next: str
    line: int
    drawing: Drawing | None = None
    facts: tuple[GuideFact, ...] = ()

    def texts(self) -> Iterator[tuple[str, int]]:
        """Yield every text that may name a fact, and its line."""
        yield self.title, self.line
        yield from ((block.text, block.line) for block in self.blocks)
        yield from ((option.label, option.line) for option in self.options)
        if self.quiz is not None:
            yield from ((choice, self.quiz.line) for choice in self.quiz.choices)
            yield self.quiz.explanation, self.quiz.line

    def filled(self, locale: str = SOURCE) -> GuideStep:
        """Return the step with the values of its facts; they can never become markup."""
        if not self.facts:
            return self
        values = {fact.name: fact.in_language(locale) for fact in self.facts}
        quiz = self.quiz
        return replace(
            self,
            title=put(self.title, values, escaped=True),
            blocks=tuple(replace(block, text=put(block.text, values, escaped=True)) for block in self.blocks),
            options=tuple(replace(option, label=put(option.label, values)) for option in self.options),
            quiz=quiz
            and replace(
                quiz,
                choices=tuple(put(choice, values) for choice in quiz.choices),
                explanation=put(quiz.explanation, values),
            ),
        )

    def says_what_to_press(self) -> bool:
        """Tell whether the text names a button of somebody else's screen; a warning says what not to press."""
        own = {f"“{option.label}”" for option in self.options}
        return any(
            _PRESS.search(block.text) is not None and not any(label in block.text for label in own)
            for block in self.blocks
            if block.kind != "warning"
        )

    @cached_property
    def fingerprint(self) -> str:
        """Return 12 hex digits that change whenever a person would see something else."""
        picture = self.picture and (self.picture.file, self.picture.alt)
        shown: tuple[object, ...] = (
            self.title,
            tuple((block.kind, block.text) for block in self.blocks),
            # A drawing that only looks better after an update is no new content.
            picture if self.drawing is None else self.drawing.source,
            tuple((option.label, option.target) for option in self.options),
            self.quiz and (self.quiz.choices, self.quiz.answer, self.quiz.explanation),
            self.next,
        )
        if self.facts:
            shown += (tuple((fact.name, fact.value, fact.value_en) for fact in self.facts),)
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:12]


class StepsAhead(Struct, frozen=True):
    """How many steps may follow: at least, at most, and if every choice is as likely as the others."""

    fewest: int
    most: int
    likely: float


class Guide(Struct, frozen=True, dict=True):
    """`steps` in file order; the first is the start. `verified` None means "chưa kiểm tra"; `review_every` in days.

    `asks` are questions in people's own words that this guide answers.
    """

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
    steps: Mapping[str, GuideStep]
    asks: tuple[str, ...] = ()

    @cached_property
    def start(self) -> str:
        return next(iter(self.steps))

    @property
    def archival(self) -> bool:
        return self.area == ARCHIVAL_AREA

    @cached_property
    def content(self) -> str:
        """Changes whenever a reader would see something else in any step (12 hex digits)."""
        shown = (self.title, tuple((step.id, step.fingerprint) for step in self.steps.values()))
        return hashlib.sha256(repr(shown).encode()).hexdigest()[:12]

    @cached_property
    def facts(self) -> tuple[GuideFact, ...]:
        """Return the facts that its texts name, each once."""
        return tuple({fact.name: fact for step in self.steps.values() for fact in step.facts}.values())

    @cached_property
    def shown_steps(self) -> frozenset[str]:
        """Return the steps that show a screen or a paper; without any picture, the first step that says what to press.

        A picture that nobody described in the guide is a screen only if something is pressed there: “Nhớ ba việc” is
        none.
        """
        pictures = [step for step in self.steps.values() if step.picture is not None]
        if pictures:
            return frozenset(one.id for one in pictures if one.drawing is not None or one.says_what_to_press())
        return frozenset([*(step.id for step in self.steps.values() if step.says_what_to_press())][:1])

    @cached_property
    def depths(self) -> Mapping[str, int]:
        """Return how many steps are before each one on the shortest path from the start, where a path leads."""
        depths, reached = {self.start: 0}, [self.start]
        for at in reached:
            step = self.steps[at]
            for target in [one.target for one in step.options if not one.other] if step.options else [step.next]:
                if target in self.steps and target not in depths:
                    depths[target] = depths[at] + 1
                    reached.append(target)
        return depths

    @cached_property
    def ahead(self) -> dict[str, StepsAhead]:
        """Hold what `navigation` has counted from a step on: each page says it, and a guide never changes."""
        return {}

    @cached_property
    def quiz_steps(self) -> tuple[str, ...]:
        return tuple(step.id for step in self.steps.values() if step.quiz is not None)
