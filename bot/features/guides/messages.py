"""Translate a guide, and list the texts of a guide for translators.

A text's context is `SLUG` for the title and `SLUG/STEP` for all texts of a step. It holds no position: a paragraph that
moves within its step keeps its translation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

from msgspec import Struct

from bot.core.lean.values import replace

from .findings import FindingCollector
from .model import Guide, GuideStep


class TranslateInContext(Protocol):
    def __call__(self, message: str, context: str) -> str:
        """Return the translation, or `message` itself (Vietnamese) if there is none."""
        ...


class GuideMessage(Struct, frozen=True):
    """A text to translate; `line` is its line in the guide's file."""

    context: str
    text: str
    line: int


def context_of(slug: str, step: str | None = None) -> str:
    """Return the context of a guide's title, or of everything in a step."""
    return slug if step is None else f"{slug}/{step}"


def translated_title(guide: Guide, translate: TranslateInContext) -> str:
    return translate(guide.title, context_of(guide.slug))


def translated_step(slug: str, step: GuideStep, translate: TranslateInContext) -> GuideStep:
    """Translate all texts of `step`; ids, targets and lines stay.

    The words for a drawing are the program's, see `pages.localised`. Take the fingerprint from the
    Vietnamese step: a new translation is no new content.
    """
    context = context_of(slug, step.id)
    picture, quiz = step.picture, step.quiz
    return replace(
        step,
        title=translate(step.title, context),
        blocks=tuple(replace(block, text=translate(block.text, context)) for block in step.blocks),
        picture=picture if picture is None or step.drawing else replace(picture, alt=translate(picture.alt, context)),
        options=tuple(replace(option, label=translate(option.label, context)) for option in step.options),
        quiz=quiz
        and replace(
            quiz,
            choices=tuple(translate(choice, context) for choice in quiz.choices),
            explanation=translate(quiz.explanation, context),
        ),
    )


def messages(guide: Guide) -> Iterator[GuideMessage]:
    """Yield every text that `translated_title` and `translated_step` ask for, in the order of the file."""
    yield GuideMessage(context_of(guide.slug), guide.title, 1)
    for step in guide.steps.values():
        context = context_of(guide.slug, step.id)
        yield GuideMessage(context, step.title, step.line)
        yield from (GuideMessage(context, block.text, block.line) for block in step.blocks)
        if step.picture is not None and step.drawing is None:
            yield GuideMessage(context, step.picture.alt, step.picture.line)
        if step.quiz is not None:
            yield from (GuideMessage(context, choice, step.quiz.line) for choice in step.quiz.choices)
            yield GuideMessage(context, step.quiz.explanation, step.quiz.line)
        yield from (GuideMessage(context, option.label, option.line) for option in step.options)


def extract(
    file: IO[bytes], keywords: Mapping[str, object], comment_tags: Sequence[str], options: Mapping[str, str]
) -> Iterator[tuple[int, str, tuple[str, str], list[str]]]:
    """Extract messages for babel; a file that is no guide yields nothing, since the checker reports it."""
    from .parse import parse

    path = Path(file.name)
    parsed = parse(path.stem, file.read().decode("utf-8"), FindingCollector(file.name)).guide
    if parsed is not None:
        for message in messages(parsed):
            yield message.line, "pgettext", (message.context, message.text), []
