"""The places where the numbers of a message stand, and what is seen around each: the features of the model of figures.

Training and the running bot both take them from here, so a change of this file wants `make learn`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.lean.values import replace
from bot.core.text import fold
from bot.core.words.numbers import digits, number_in_words
from bot.features.checkins.reading import vocabulary as say
from bot.features.checkins.reading.lexicon import Lexicon, LexiconWord, match
from bot.features.checkins.reading.parts import parts_of
from bot.features.checkins.reading.tokens import Atom, atoms, written
from bot.features.search.typos import typos

_BETWEEN = say.OUT_OF | say.phrases("trong, tren so")
_NOT_SURE_AFTER = say.phrases("may, hon, may may, may chuc, ruoi")
_NOT_SURE_BEFORE = say.ABOUT | say.phrases("nua, tren, cung phai, hinh nhu, khong biet")
_PARTS_OF_NUMBERS = frozenset(
    [
        word
        for phrase in say.phrases("trăm, chục, mươi, nghìn, ngàn, linh, lẻ, lăm, nhăm, rưỡi, tư, phẩy")
        for word in phrase
    ]
    + ["tram", "chuc", "muoi", "nghin", "ruoi", "phay"]
)
_DIGITS = ("mot", "hai", "bon", "nam", "sau", "bay", "tam", "chin")
_TENS = frozenset({"muoi", "tram", "chuc"})
_WRITTEN_OUT = ("muoi", "tram", "chuc", "nghin", "ngan")
_SYLLABLE = patterns.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|[bcdghklmnpqrstvx])?"
    r"(?:uye|uya|uyu|uoi|uou|ieu|yeu|oai|oay|oeo|uay|[aeiouy]{1,2})(?:ng|nh|ch|[cmnpt])?"
)
"""A syllable of Vietnamese without its marks; abbreviations are none."""
_NEAR, _FEW = 4, 2
_STOPS = frozenset({"hard", "soft"})


class Spot(Struct, frozen=True):
    """A number of a message, from `start` to `end`; `first` and `after` are its atoms.

    `clear` is False for a guess, a range, and what can be read in two ways: it is never taken for a figure.
    """

    value: Decimal
    out_of: Decimal | None
    clear: bool
    first: int
    after: int
    start: int
    end: int


class Numbers(Struct, frozen=True):
    """A message as it is `written`, its atoms, and its numbers in order."""

    typed: str
    atoms: Sequence[Atom]
    spots: Sequence[Spot]


def numbers_of(text: str) -> Numbers:
    """Find the numbers of a message.

    >>> [(int(one.value), one.out_of) for one in numbers_of("gọi 20, còn dùng mười lăm trên hai mươi").spots]
    [(20, None), (15, Decimal('20'))]
    """
    typed = written(text)
    found = atoms(typed)
    marked = any(atom.word is not None and not atom.word.typed.isascii() for atom in found)
    spots: list[Spot] = []
    at = 0
    while at < len(found):
        spot = _spot(found, at, marked=marked)
        if spot is None:
            at += 1
            continue
        spots.append(spot)
        at = spot.after
    return Numbers(typed, found, _doubted(found, _wholes(found, spots)))


def _spot(found: Sequence[Atom], at: int, *, marked: bool) -> Spot | None:
    atom = found[at]
    if atom.kind == "slash":
        value, _, whole = atom.text.partition("/")
        return Spot(Decimal(value.strip()), Decimal(whole.strip()), True, at, at + 1, atom.start, atom.end)
    if atom.word is None:
        return None
    words = [one.typed for one in _words(found, at)]
    if atom.kind == "number" and (len(words) == 1 or number_in_words(words[:2], marked=marked) is None):
        number = digits(atom.text)
        return None if number is None else Spot(number.value, None, number.clear, at, at + 1, atom.start, atom.end)
    said = number_in_words(words, marked=marked)
    if said is None:
        return None
    amount, size = said
    return Spot(amount, None, True, at, at + size, atom.start, found[at + size - 1].end)


def _words(found: Sequence[Atom], at: int, most: int = 9) -> list[LexiconWord]:
    run: list[LexiconWord] = []
    for atom in found[at : at + most]:
        if atom.word is None:
            break
        run.append(atom.word)
    return run


def _wholes(found: Sequence[Atom], spots: Sequence[Spot]) -> list[Spot]:
    """Join `9 trên 12` and `9 nhà trong 12` to one number with its whole."""
    kept: list[Spot] = []
    for spot in spots:
        before = kept[-1] if kept else None
        if before is not None and before.out_of is None and spot.out_of is None:
            between = _words(found, before.after)[: spot.first - before.after]
            if len(between) == spot.first - before.after and between:
                unit = match(between, _COUNTED)
                size = match(between[unit:], _BETWEEN)
                if size and unit + size == len(between) and spot.value >= before.value:
                    kept[-1] = replace(
                        before, out_of=spot.value, clear=before.clear and spot.clear, after=spot.after, end=spot.end
                    )
                    continue
        kept.append(spot)
    return kept


_COUNTED = frozenset(phrase for meant in say.UNITS.values() for phrase in meant)


def _doubted(found: Sequence[Atom], spots: Sequence[Spot]) -> Sequence[Spot]:
    """Mark guesses (`khoảng 20`, `20 mấy`), ranges (`5-6`, `hai ba`) and numbers that run into one another."""
    doubted = set()
    for at, spot in enumerate(spots):
        before = [atom.word for atom in found[max(0, spot.first - 2) : spot.first]]
        for size in (1, 2):
            words = [word for word in before[-size:] if word is not None]
            if len(words) == size and match(words, _NOT_SURE_BEFORE) == size:
                doubted.add(at)
        beside = [word.typed for word in (*before[-1:], *_words(found, spot.after, 1)) if word is not None]
        if (
            match(_words(found, spot.after), _NOT_SURE_AFTER)
            or _runs_into(found[spot.first : spot.after], beside)
            or not _PARTS_OF_NUMBERS.isdisjoint(beside)
            or (spot.first and found[spot.first - 1].text in ("~", "≈", "≥", "≤", "±"))
        ):
            doubted.add(at)
    for at, (one, other) in enumerate(pairwise(spots)):
        between = found[one.after : other.first]
        words = [atom.word for atom in between if atom.word is not None]
        if not between or (len(between) == 1 and (between[0].text in "-–—−" or match(words, say.RANGE))):
            doubted |= {at, at + 1}
    return [replace(spot, clear=False) if at in doubted else spot for at, spot in enumerate(spots)]


def _runs_into(said: Sequence[Atom], beside: Sequence[str]) -> bool:
    """Tell whether a word beside a number in words may be part of it but for one slip: “ưmời” before “bảy”."""
    words = [fold(atom.text) for atom in said if atom.kind == "word"]
    parts = [*_WRITTEN_OUT, *(_DIGITS if not _TENS.isdisjoint(words) else ())] if words else []
    return any(typos(fold(word), part) == 1 for word in beside for part in parts)


def context_of(numbers: Numbers, at: int, lexicon: Lexicon) -> Counter[int]:
    """Return the features of the number `at`: words before and after it, names of indicators there, the message."""
    return Counter(
        {crc32(feature.encode()): count for feature, count in Counter(_features(numbers, at, lexicon)).items()}
    )


def _features(numbers: Numbers, at: int, lexicon: Lexicon) -> Iterator[str]:
    spot, found = numbers.spots[at], numbers.atoms
    around = _around(numbers, at)
    left, right = ["^" if not at else "#"], ["$" if at + 1 == len(numbers.spots) else "#"]
    before, after = (
        [*left, *_shown(found[around.start : spot.first])],
        [*_shown(found[spot.after : around.end]), *right],
    )
    for side, near in (("l", before[::-1][:_NEAR]), ("r", after[:_NEAR])):
        for place, word in enumerate(near):
            yield from [f"{side}{place} {word}"] * (3 if place < 2 else 1)
        for place, (one, other) in enumerate(pairwise(near)):
            yield from [f"{side}{place} {one} {other}"] * (2 if not place else 1)
    yield from [f"a {before[-1]} {after[0]}"] * 2
    # What stands in the same clause says most, on either side.
    clause = (("L", found[around.clause : spot.first]), ("R", found[spot.after : around.clause_end]))
    for side, part in clause:
        words = _shown(part)
        for word in words:
            yield from (f"{side} {word}", f"C {word}", f"C {word}")
        yield from (f"C {one} {other}" for one, other in pairwise(words))
        line = f" {' '.join(words)} "
        yield from (f"c {line[from_ : from_ + 4]}" for from_ in range(len(line) - 3))
        names = list(_names(part, lexicon))
        for name in names[-1:] if side == "L" else names[:1]:
            yield from [f"{side}N {name}", f"N {name}"] * 3
    for side, part in (("fL", found[around.start : around.clause]), ("fR", found[around.clause_end : around.end])):
        words = _shown(part)
        yield from (f"{side} {word}" for word in words)
        yield from (f"{side} {one} {other}" for one, other in pairwise(words))
    yield from (f"m {word}" for word in _shown(found))
    yield f"v {min(4, len(str(int(spot.value))))} {spot.value if spot.value <= _FEW else ''}"
    yield f"of {spot.out_of is not None}"
    yield f"n {min(len(numbers.spots), 4)} {min(at, 3)}"


class _Around(NamedTuple):
    """From the number before to the next one, and within that the clause, from comma to comma: places of atoms."""

    start: int
    clause: int
    clause_end: int
    end: int


def _around(numbers: Numbers, at: int) -> _Around:
    spots, found = numbers.spots, numbers.atoms
    spot = spots[at]
    start = spots[at - 1].after if at else 0
    end = spots[at + 1].first if at + 1 < len(spots) else len(found)
    clause = next((place + 1 for place in range(spot.first - 1, start - 1, -1) if found[place].kind in _STOPS), start)
    clause_end = next((place for place in range(spot.after, end) if found[place].kind in _STOPS), end)
    return _Around(start, clause, clause_end, end)


def words_before(numbers: Numbers, at: int) -> Sequence[LexiconWord]:
    """Return the words and signs before a number in its clause."""
    found = numbers.atoms[_around(numbers, at).clause : numbers.spots[at].first]
    return [atom.word or LexiconWord.of(atom.text) for atom in found]


def named_in_clause(numbers: Numbers, at: int, lexicon: Lexicon) -> Sequence[str]:
    """Return the indicators that the clause of a number names, as the rules know them."""
    return list(dict.fromkeys(name for part in _clause(numbers, at) for name in _names(part, lexicon)))


def _clause(numbers: Numbers, at: int) -> tuple[Sequence[Atom], Sequence[Atom]]:
    """Return what stands before and after a number in its clause; a colon parts no name from its number."""
    around, spot, found = _around(numbers, at), numbers.spots[at], numbers.atoms
    start = next(
        (
            place + 1
            for place in range(spot.first - 1, around.start - 1, -1)
            if found[place].kind in _STOPS and found[place].text != ":"
        ),
        around.start,
    )
    return found[start : spot.first], found[spot.after : around.clause_end]


def misspelled(numbers: Numbers, at: int, lexicon: Lexicon) -> bool:
    """Tell whether the clause of a number has a word that is no syllable and in no name that the rules know."""
    for part in _clause(numbers, at):
        words = [atom.word for atom in part if atom.word is not None and atom.kind == "word"]
        if any(not _SYLLABLE.fullmatch(fold(word.typed)) and not lexicon.knows(word) for word in words):
            return True
    return False


def villages_in(numbers: Numbers, lexicon: Lexicon) -> Sequence[str]:
    """Return the codes of the villages that a message names, as the rules read them."""
    parts = parts_of([atom for atom in numbers.atoms if atom.kind not in _STOPS], lexicon)
    return list(dict.fromkeys(code for part in parts if part.kind == "village" for code in part.codes))


def _shown(found: Sequence[Atom]) -> list[str]:
    shown: list[str] = []
    for atom in found:
        if atom.word is not None:
            shown.append("#" if atom.kind == "number" else atom.word.meant)
        elif atom.kind in _STOPS:
            shown.append(",")
        elif atom.kind in ("period", "skip", "percent", "slash"):
            shown.append(f"<{atom.kind}>")
        else:
            shown.append("<other>" if any(char.isalnum() for char in atom.text) else atom.text)
    return shown


def _names(found: Sequence[Atom], lexicon: Lexicon) -> Iterator[str]:
    at = 0
    while at < len(found):
        codes, size = lexicon.named(_words(found, at))
        if len(codes) == 1:
            yield next(iter(codes))
        at += max(1, size)
