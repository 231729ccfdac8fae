"""Replace words of a text by naming them, `đổi 7 giờ thành 8 giờ`, and remove a title repeated in the text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import bare, fold, upper_first

_FORM = patterns.compile(r"\s*doi\s+(?P<rest>\S.*\S)\s*", re.IGNORECASE)
_BECOMES = patterns.compile(r"\s+thanh\s+", re.IGNORECASE)
_QUOTES = "\"'“”‘’«»"
_ENDS = " .:;,!-–"


class Swap(Struct, frozen=True):
    """`old` and `new` as they were typed."""

    old: str
    new: str

    def done_to(self, text: str) -> tuple[str, int]:
        """Return the text after the replacement, and the number of places changed.

        Only whole words are replaced: an exact match first, else one that ignores marks and capitals.
        """
        exact = list(re.finditer(_whole(self.old), text))
        found = exact or list(re.finditer(_whole(bare(self.old)), bare(text), re.IGNORECASE))
        parts, at = [], 0
        for match in found:
            begins = text[match.start()].isupper() and not self.old[0].isupper()
            parts += [text[at : match.start()], upper_first(self.new) if begins else self.new]
            at = match.end()
        return "".join([*parts, text[at:]]), len(found)


class Reworded(Struct, frozen=True):
    title: str
    text: str
    swap: Swap
    places: int


def swaps(answer: str) -> list[Swap]:
    """Return the possible readings of `đổi … thành …`, several if “thành” stands twice; [] for anything else."""
    answer = _composed(answer)
    form = None if "\n" in answer.strip() else _FORM.fullmatch(bare(answer))
    return [] if form is None else list(_readings(answer[form.start("rest") : form.end("rest")]))


def reworded(title: str, text: str, meant: list[Swap]) -> Reworded | None:
    """Return title and text after the first of these swaps that matches something in them; None if none does."""
    title, text = _composed(title), _composed(text)
    for swap in meant:
        (new_title, above), (new_text, below) = swap.done_to(title), swap.done_to(text)
        if above + below:
            return Reworded(new_title, new_text, swap, above + below)
    return None


def without_title(title: str, text: str) -> str:
    """Return the text without its first line if that repeats the title; a text of that line alone stays."""
    first, _, rest = text.strip().partition("\n")
    same = fold(first).strip(_ENDS) == fold(title).strip(_ENDS)
    return rest.strip() if same and rest.strip() else text.strip()


def _readings(rest: str) -> Iterator[Swap]:
    for match in _BECOMES.finditer(bare(rest)):
        old, new = rest[: match.start()].strip(f" {_QUOTES}"), rest[match.end() :].strip(f" {_QUOTES}")
        if not old.endswith("."):
            new = new.rstrip(f". {_QUOTES}")
        if old and new:
            yield Swap(old, new)


def _whole(words: str) -> str:
    pattern = r"\s+".join(re.escape(word) for word in words.split())
    before = r"(?<!\w)" if words[0].isalnum() else ""
    after = r"(?!\w)" if words[-1].isalnum() else ""
    return f"{before}{pattern}{after}"


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
