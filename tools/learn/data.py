"""What a model of the guides is trained on: examples, and the guides' own titles, keywords and `asks`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po

from bot.core.text import fold
from bot.features.guides.library import load
from bot.features.guides.model import Guide
from bot.understanding.examples import FOLDER, Example, digest, read, read_files
from bot.understanding.model import NONE

_UNTAUGHT = frozenset({"none:command", "none:self"})
_SENTENCE = 60  # letters; longer ones are steps, some of which tell what to do in danger
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Data:
    guides: Sequence[Guide]
    examples: Sequence[Example]
    digest: str


def everything(more: Sequence[Path] = ()) -> Data:
    """Return all examples; raise ValueError with file and line where one is wrong.

    `more` are exports of communes. A line of theirs that is wrong, as of a guide that only they have, is left out and
    told: it is nothing that whoever trains could mend.
    """
    guides = tuple(load(ROOT / "guides"))
    slugs = frozenset(guide.slug for guide in guides)
    examples, wrong = read(FOLDER, slugs)
    if wrong:
        raise ValueError("\n".join(map(str, wrong)))
    if taken := sorted({path.stem for path in more} & {one.writer for one in examples}):
        raise ValueError(f"{', '.join(taken)}: there is a writer of this name; call the file commune-NAME.tsv")
    of_communes, left_out = read_files(more, slugs)
    for line in left_out:
        print(f"left out: {line}", file=sys.stderr)
    return Data(guides, [*examples, *of_communes], digest(FOLDER, guides, more))


def wanted(example: Example) -> Sequence[str]:
    """Return the meanings that are right for an example, or `NONE`; nothing where it teaches nothing.

    Danger has a model of its own; words of commands never come to a model, and what is only “said to the bot” is vague.
    """
    if set(example.meanings) & _UNTAUGHT:
        return []
    found = [NONE if one.partition(":")[0] == NONE else one for one in example.meanings]
    return [one for one in found if not one.startswith("danger:")]


def dangers(guides: Iterable[Guide], examples: Iterable[Example]) -> tuple[Sequence[str], Sequence[str]]:
    """Return texts and the kind of danger that each tells of, `NONE` for everyday talk; each also without marks."""
    found: dict[tuple[str, str], None] = {}
    for guide in guides:
        for text in (guide.title, *guide.keywords, *guide.asks):
            found[text, NONE] = found[fold(text), NONE] = None
    for text in _shown():
        found[text, NONE] = found[fold(text), NONE] = None
    for example in examples:
        kind, _, detail = example.meanings[0].partition(":")
        meaning = detail if kind == "danger" else NONE
        found[example.text, meaning] = found[fold(example.text), meaning] = None
    return [text for text, _ in found], [meaning for _, meaning in found]


def _shown() -> Sequence[str]:
    """Return the short texts that the bot itself shows, in both languages: people type what stands on a button.

    They are also nearly all the English that is no cry for help.
    """
    found: list[str] = []
    for name in ("guides", "messages"):
        with (ROOT / f"bot/locales/en/LC_MESSAGES/{name}.po").open("rb") as file:
            found += [str(text) for one in read_po(file) if one.id for text in (one.id, one.string)]
    return [text for text in found if len(text) < _SENTENCE and not any(char.isdecimal() for char in text)]


def rows(guides: Iterable[Guide], examples: Iterable[Example]) -> tuple[Sequence[str], Sequence[str]]:
    """Return texts and the meaning of each; each text also without its marks."""
    found: dict[tuple[str, str], None] = {}
    for guide in guides:
        for text in (guide.title, *guide.keywords, *guide.asks):
            found[text, guide.slug] = None
            found[fold(text), guide.slug] = None
    for example in examples:
        for meaning in wanted(example)[:1]:
            found[example.text, meaning] = None
            found[fold(example.text), meaning] = None
    return [text for text, _ in found], [meaning for _, meaning in found]
