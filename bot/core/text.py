"""Text as a tuple of styled spans.

Markup exists only in templates: a template is parsed first and its values are filled in afterwards, so a value can
never turn into markup. Lengths are counted in UTF-16 units, the strictest reading among the messengers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from bot.core.lean import patterns

Style = Literal["plain", "bold", "italic", "code"]

_MARKUP = patterns.compile(
    r"\*\*(?P<bold>.+?)\*\*"
    r"|(?<!\w)_(?P<italic>[^_\n]+?)_(?!\w)"
    r"|`(?P<code>[^`\n]+?)`"
    r"|\[(?P<label>[^\]\n]+?)\]\((?P<link>https?://[^\s)]+)\)",
    re.DOTALL,
)
_VALUE = patterns.compile(r"\{(\w+)\}")
_FIELD = patterns.compile(r"\{(?P<name>[a-z_][a-z0-9_]*)\}")
# C0/C1 controls but tab and newline, and the marks that reorder text on the screen (Unicode UAX #9).
_HARMFUL = patterns.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_LONG = 200
_MOST_MARKS = 30
_FIRST_MARK = "\u0300"
"""Marks on one letter, as in the "Stream-Safe Text Format" (UAX #15)."""
_PAIRS_OF_MARKS = "\u0f73\u0f75\u0f81"
"""Characters that NFC takes apart into marks and nothing else."""
_SURROGATE = patterns.compile(r"[\ud800-\udfff]")


def msg(message: str) -> str:
    """Mark a text for extraction where it is defined; it is translated where it is shown."""
    return message


class Told(Exception):
    """An error whose text is one clear line without any secret. `str` tells it as it stands in the code.

    A value may be a sentence of its own. A text without values is never a template: braces in it are braces.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        super().__init__(template)
        self.template = template
        self.values: Mapping[str, object] = values

    def line(self, words: Callable[[str], str]) -> str:
        """Return the line in the language of `words`, which translates a text."""
        template, values = words(self.template), self.values

        def value(place: re.Match[str]) -> str:
            found = values.get(place[1], place[0])
            return found.line(words) if isinstance(found, Told) else str(found)

        return _VALUE.sub(value, template) if values else template

    def __str__(self) -> str:
        return self.line(str)


def line_of(error: Exception, words: Callable[[str], str]) -> str:
    """Return the line of any error: one that is told in a language is told in that of `words`."""
    return error.line(words) if isinstance(error, Told) else str(error)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters in one style; `link` is an http(s) address or None."""

    text: str
    style: Style = "plain"
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """An immutable run of spans; `+` joins, `str()` is not defined on purpose: say `.plain`."""

    spans: tuple[Span, ...] = ()

    @classmethod
    def of(cls, template: str, /, **values: Text | str | int) -> Text:
        """Parse `**bold**`, `_italic_`, `` `code` `` and `[label](https://…)`, then fill `{name}` fields.

        Raises KeyError when a field has no value. A value that is a Text keeps its own styles.
        """
        spans: list[Span] = []
        for piece in _parsed(template):
            if isinstance(piece, Span):
                spans.append(piece)
            elif isinstance(value := values[piece.name], Text):
                spans.extend(value.spans)
            else:
                spans.append(Span(str(value), piece.style, piece.link))
        return cls(_merge(spans))

    @classmethod
    def verbatim(cls, text: str) -> Text:
        """Return the characters as they are, no markup and no fields."""
        return cls((Span(text),)) if text else cls()

    @classmethod
    def join(cls, separator: str, texts: Iterable[Text]) -> Text:
        spans: list[Span] = []
        for text in texts:
            if spans and separator:
                spans.append(Span(separator))
            spans.extend(text.spans)
        return cls(_merge(spans))

    @property
    def plain(self) -> str:
        return "".join(span.text for span in self.spans)

    def __add__(self, other: Text) -> Text:
        return Text(_merge((*self.spans, *other.spans)))

    def __bool__(self) -> bool:
        for span in self.spans:  # noqa: SIM110 - a generator costs five times as much, and a menu asks eight times
            if span.text:
                return True
        return False

    def slice(self, start: int, stop: int) -> Text:
        """Return the characters `start` to `stop` (code points of `.plain`), styles kept."""
        spans: list[Span] = []
        at = 0
        for span in self.spans:
            piece = span.text[max(0, start - at) : max(0, stop - at)]
            if piece:
                spans.append(Span(piece, span.style, span.link))
            at += len(span.text)
        return Text(tuple(spans))

    def strip(self) -> Text:
        plain = self.plain
        if plain == plain.strip():
            return self
        lead = len(plain) - len(plain.lstrip())
        return self.slice(lead, len(plain.rstrip()))


def _parse(template: str) -> Iterator[Span]:
    at = 0
    for match in _MARKUP.finditer(template):
        if match.start() > at:
            yield Span(template[at : match.start()])
        if match["bold"] is not None:
            yield Span(match["bold"], "bold")
        elif match["italic"] is not None:
            yield Span(match["italic"], "italic")
        elif match["code"] is not None:
            yield Span(match["code"], "code")
        else:
            yield Span(match["label"], "plain", match["link"])
        at = match.end()
    if at < len(template):
        yield Span(template[at:])


@dataclass(frozen=True, slots=True)
class _Field:
    """The place of a value in a template; a value that is no Text takes this style."""

    name: str
    style: Style
    link: str | None


@lru_cache(maxsize=1024)
def _parsed(template: str) -> tuple[Span | _Field, ...]:
    """Parse a template, cached: a bot says the same few sentences all day."""
    return tuple(piece for span in _parse(template) for piece in _fields(span))


def _fields(span: Span) -> Iterator[Span | _Field]:
    at = 0
    for match in _FIELD.finditer(span.text):
        if match.start() > at:
            yield Span(span.text[at : match.start()], span.style, span.link)
        yield _Field(match["name"], span.style, span.link)
        at = match.end()
    if at < len(span.text):
        yield Span(span.text[at:], span.style, span.link)


def _merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Merge neighbours of one style into one span and drop empty ones: equal texts then compare equal."""
    merged: list[Span] = []
    run: list[Span] = []
    for span in spans:
        if not span.text:
            continue
        if run and (run[0].style != span.style or run[0].link != span.link):
            merged.append(_joined(run))
            run = []
        run.append(span)
    if run:
        merged.append(_joined(run))
    return tuple(merged)


def _joined(run: Sequence[Span]) -> Span:
    if len(run) == 1:
        return run[0]
    return Span("".join([span.text for span in run]), run[0].style, run[0].link)


def utf16_len(text: str) -> int:
    """Return the length in UTF-16 code units: a character outside the basic plane counts as two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """Make typed text harmless: NFC, no control characters, no marks that reorder text, no endless piles of accents."""
    if len(text) <= _LONG and text.isprintable() and unicodedata.is_normalized("NFC", text):
        return text  # nearly always, and a look is cheaper
    bounded = _with_few_marks(_HARMFUL.sub("", _SURROGATE.sub("", text).replace("\r\n", "\n")))
    normal = unicodedata.normalize("NFC", bounded)
    return normal if normal == bounded else _with_few_marks(normal)


def _with_few_marks(text: str) -> str:
    """Cut what no language has: putting marks on one letter in order takes the square of their number, or minutes."""
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) or char in _PAIRS_OF_MARKS else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def upper_first(text: str) -> str:
    """Capitalise the beginning of a sentence: `thôn Lạc Hiền` → `Thôn Lạc Hiền`."""
    return text[:1].upper() + text[1:]


def fold(text: str) -> str:
    """Fold for comparing only: lower case, no diacritics, đ as d, single spaces. `hoà` and `hòa` are equal."""
    return _folded(text) if len(text) <= _LONG else _folded_long(text)


def _fold(text: str) -> str:
    lowered = text.lower()
    if not lowered.isascii():
        lowered = lowered.replace("đ", "d")
        apart = unicodedata.normalize("NFD", lowered)
        # No character before the first mark is one: to ask for each of them takes longer than all the rest.
        lowered = "".join([char for char in apart if char < _FIRST_MARK or not unicodedata.combining(char)])
    return " ".join(lowered.split())


# Two dozen handlers look at one message, beside the same labels and names: a search folded 120 texts, a tenth of its
# time. Of long texts few are kept; one of 4,000 characters took a tenth of a second.
_folded = lru_cache(maxsize=512)(_fold)
_folded_long = lru_cache(maxsize=8)(_fold)


def bare(text: str) -> str:
    """Strip diacritics, keep capitals, one character for each of `text`: a match has the same place in `text`."""
    return "".join(map(_bare_character, text))


@lru_cache(maxsize=1024)
def _bare_character(char: str) -> str:
    if char in "đĐ":
        return "d" if char == "đ" else "D"
    return unicodedata.normalize("NFD", char)[0]


@cache
def compiled(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """Return a large pattern of the code, compiled when it is first used: each took some milliseconds of every start.

    `re` has a memory of its own, from which all the others push it out.
    """
    return re.compile(pattern, flags)
