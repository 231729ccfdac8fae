"""Examples of what people say, each with what it means: the data that the models are trained on.

One file a writer, `examples/NAME.tsv`; a line is text, meaning, voice and, for a leader's figures, what must be read.
A meaning is the slug of a guide, or `kind:detail` of a closed set of kinds; several are parted by commas, the first is
the best. A line that begins with # is a comment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from bot.core.lean import patterns
from bot.features.guides.model import Guide

KINDS = frozenset({"none", "danger", "wish", "refuse", "leader", "official"})
"""`wish` is what anybody wants of the bot, `refuse` what nobody may have; `leader` and `official` only they say."""
_SLUG = patterns.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
FOLDER = Path(__file__).parent / "examples"


class Example(Struct, frozen=True):
    """`figures` is what a leader's message reports, as `CODE=+n`, `CODE=n` or `CODE=a/b`, parted by semicolons."""

    text: str
    meanings: tuple[str, ...]
    voice: str
    writer: str
    figures: str = ""


class Wrong(Struct, frozen=True):
    """A line that cannot be used, and why."""

    file: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.why}"


def read(folder: Path, guides: frozenset[str]) -> tuple[Sequence[Example], Sequence[Wrong]]:
    """Return the examples of a folder and the lines that are wrong; `guides` are the slugs that may be meant."""
    return read_files(sorted(folder.glob("*.tsv")), guides)


def read_files(paths: Iterable[Path], guides: frozenset[str]) -> tuple[Sequence[Example], Sequence[Wrong]]:
    """Return the examples of some files, each of its own writer, and the lines that are wrong; raise OSError."""
    found: list[Example] = []
    wrong: list[Wrong] = []
    for path in paths:
        seen: set[tuple[str, str]] = set()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if not line or line.startswith("#"):
                continue
            text, meaning, voice, *rest = [*line.split("\t"), "", "", ""][:4]
            why = _why_not(text, meaning, guides) or ("stands twice" if (text, meaning) in seen else "")
            seen.add((text, meaning))
            if why:
                wrong.append(Wrong(path.name, number, why))
            else:
                found.append(Example(text, tuple(meaning.split(",")), voice, path.stem, *rest))
    return found, wrong


def digest(folder: Path, guides: Iterable[Guide], more: Sequence[Path] = ()) -> str:
    """Return the SHA-256 of all examples and of how guides are asked for, by which a trained file names its data.

    `more` are files beside the folder: what was trained with them is not what is shipped.
    """
    whole = hashlib.sha256()
    for guide in sorted(guides, key=lambda one: one.slug):
        whole.update("\n".join((guide.slug, guide.title, *guide.keywords, *guide.asks, "")).encode())
    for path in [*sorted(folder.glob("*.tsv")), *more]:
        whole.update(path.name.encode() + b"\n" + path.read_bytes())
    return whole.hexdigest()


def _why_not(text: str, meaning: str, guides: frozenset[str]) -> str:
    if not text.strip():
        return "has no text"
    for one in _meanings(meaning):
        kind, colon, detail = one.partition(":")
        if colon or one == "none":
            if kind not in KINDS or (colon and not detail):
                return f"{one!r} is no kind of meaning"
        elif not _SLUG.fullmatch(one) or one not in guides:
            return f"{one!r} is no guide"
    return ""


def _meanings(meaning: str) -> Iterator[str]:
    yield from meaning.split(",")
