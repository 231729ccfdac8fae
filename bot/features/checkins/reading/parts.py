"""Turn words into parts with a meaning: a name, a number, a sign, a village, a unit of measure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from bot.core.lean.values import replace
from bot.core.text import fold
from bot.core.words.numbers import digits, number_in_words
from bot.features.checkins.model import Sign

from . import vocabulary as say
from .lexicon import Lexicon, LexiconWord, match
from .tokens import Atom

PartKind = Literal["glued", "name", "number", "unit", "village", "sign", "about", "range", "mistake", "zero", "bad"]


class MessagePart(Struct, frozen=True):
    """A piece with a meaning, from `start` to `end` of the message; `codes` are the indicators it may name."""

    kind: PartKind
    text: str
    codes: frozenset[str] = frozenset()
    value: Decimal = Decimal(0)
    out_of: Decimal | None = None
    clear: bool = True
    percent: bool = False
    sign: Sign | Literal["-"] = "?"
    unit: say.Phrase = ()
    about: bool = False
    start: int = 0
    end: int = 0


def parts_of(segment: Sequence[Atom], lexicon: Lexicon) -> list[MessagePart]:
    """Return the parts of a run of words, without fillers."""
    marked = any(atom.word is not None and not atom.word.typed.isascii() for atom in segment)
    parts: list[MessagePart] = []
    at = 0
    while at < len(segment):
        atom = segment[at]
        if atom.word is None:
            part, taken = _symbol(atom), 1
        else:
            run = []
            for later in segment[at:]:
                if later.word is None:
                    break
                run.append(later)
            part, taken = _phrase(run, lexicon, parts, marked=marked)
        if part is not None:
            parts.append(replace(part, start=atom.start, end=segment[at + taken - 1].end))
        at += taken
    return parts


def _symbol(atom: Atom) -> MessagePart | None:
    if atom.kind == "slash":
        value, _, whole = atom.text.partition("/")
        return MessagePart("number", atom.raw, value=Decimal(value.strip()), out_of=Decimal(whole.strip()))
    if atom.kind == "percent":
        return MessagePart("number", atom.raw, percent=True)
    if atom.kind == "sign":
        return MessagePart("sign", atom.raw, sign="+" if atom.text == "+" else "=")
    if atom.kind == "minus":
        return MessagePart("sign", atom.raw, sign="-")
    if atom.text in ("~", "≈", "≥", "≤", "±"):
        return MessagePart("about", atom.raw)
    if atom.kind == "other":
        return MessagePart("bad", atom.raw)
    return None


def _phrase(
    run: Sequence[Atom], lexicon: Lexicon, before: Sequence[MessagePart], *, marked: bool
) -> tuple[MessagePart | None, int]:
    """Return the longest known part that the words begin with, and its length; None for fillers."""
    words = [atom.word for atom in run if atom.word is not None]

    def raw(size: int) -> str:
        return " ".join(atom.raw for atom in run[:size])

    if (size := match(words, say.REPORT)) and not match(words, say.MISTAKE):
        return None, size
    if size := match(words, say.MISTAKE):
        return MessagePart("mistake", raw(size)), size
    villages, size = lexicon.village(words, after_kind=False)
    if villages:
        return MessagePart("village", raw(size), codes=_sure(villages, raw(size))), size
    codes, size = lexicon.named(words)
    filler = match(words, say.FILLER)
    kind = match(words, say.KINDS)
    unit, unit_size = lexicon.unit(words)
    if (
        unit_size >= max(size, filler, 1)
        and before
        and before[-1].kind == "number"
        and not _names_village(words, kind, lexicon)
    ):
        return MessagePart(
            "unit", raw(unit_size), codes=codes if unit_size == size else frozenset(), unit=unit
        ), unit_size
    if codes and size >= filler:
        return MessagePart("name", raw(size), codes=codes), size
    if glued := lexicon.glued(words):
        return MessagePart("glued", raw(glued)), glued
    if kind:
        villages, size = lexicon.village(words[kind:], after_kind=True)
        if villages:
            return MessagePart("village", raw(kind + size), codes=_sure(villages, raw(kind + size))), kind + size
        unknown = _proper_name(run[kind:])
        if unknown and not filler > kind:
            name = " ".join(atom.raw for atom in unknown)
            return MessagePart("village", raw(kind + len(unknown)), codes=_sure((), name)), kind + len(unknown)
        if before and before[-1].kind == "number" and kind >= filler:
            # "họp 5 thôn": five villages are no five meetings.
            return MessagePart("bad", raw(kind)), kind
    # "sửa vneid thành 13"; anywhere else Thành may be somebody's name.
    if words[0].bare == "thanh" and [part.kind for part in before] == ["mistake", "name"]:
        return MessagePart("sign", raw(1), sign="="), 1
    return _small_word(run, words, filler, marked=marked)


def _names_village(words: Sequence[LexiconWord], kind: int, lexicon: Lexicon) -> bool:
    """Tell whether a known village follows a `thôn`, `bản` …"""
    return bool(kind and lexicon.village(words[kind:], after_kind=True)[0])


def _sure(codes: Collection[str], name: str) -> frozenset[str]:
    """Return the one village that is meant; mark none or several by a code that no village can have."""
    return frozenset(codes) if len(codes) == 1 else frozenset({"?" + fold(name)})


def _proper_name(run: Sequence[Atom]) -> list[Atom]:
    name: list[Atom] = []
    for atom in run[:4]:
        if not atom.raw[:1].isupper():
            break
        name.append(atom)
    return name


def _small_word(
    run: Sequence[Atom], words: Sequence[LexiconWord], filler: int, *, marked: bool
) -> tuple[MessagePart | None, int]:
    text = [atom.raw for atom in run]
    other = words[0].typed not in say.MARKED.get(words[0].bare, {words[0].typed})
    if filler == 1 and other:
        filler = 0
    if words[0].typed in say.ONLY_MARKED:
        return None, 1
    signs: tuple[tuple[frozenset[say.Phrase], Sign | Literal["-"]], ...] = (
        (say.TOTAL, "="),
        (say.ADDED, "+"),
        (say.LESS, "-"),
    )
    for table, sign in signs:
        size = match(words, table)
        if size and size >= filler and not (size == 1 and other):
            return MessagePart("sign", " ".join(text[:size]), sign=sign), size
    if filler > 1:
        return None, filler
    if run[0].kind == "number" and (
        len(run) == 1 or number_in_words([word.typed for word in words[:2]], marked=marked) is None
    ):
        written = digits(run[0].text)
        if written is None:
            return MessagePart("bad", text[0]), 1
        return MessagePart("number", text[0], value=written.value, clear=written.clear), 1
    number = number_in_words([word.typed for word in words], marked=marked)
    about = match(words, say.ABOUT)
    if number is not None and not (about and marked and words[0].typed == "tầm"):
        value, size = number
        return MessagePart("number", " ".join(text[:size]), value=value), size
    if about:
        return MessagePart("about", " ".join(text[:about])), about
    if size := match(words, say.RANGE):
        return MessagePart("range", " ".join(text[:size])), size
    if size := match(words, say.NOTHING):
        return MessagePart("zero", " ".join(text[:size])), size
    if size := match(words, say.OUT_OF):
        return MessagePart("range", " ".join(text[:size])), size
    if filler:
        return None, filler
    return MessagePart("bad", text[0]), 1
