"""What a report may name: indicators by their aliases, villages by their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from bot.core.text import fold
from bot.features.spelling import folded, untangle

from .model import Indicator
from .vocabulary import FILLER, UNITS, Phrase

_LONGEST = 6
_TYPO_LENGTH = 6  # shorter names have too many neighbours at edit distance 1
_FRACTIONS = frozenset({"%", "km", "giờ"})


@dataclass(frozen=True, slots=True)
class Village:
    """A village of the commune; `names` are all it ever had, `kind` is what it is (thôn, xóm …)."""

    code: str
    names: tuple[str, ...]
    kind: str = "thôn"


@dataclass(frozen=True, slots=True)
class Word:
    """A word as typed and without marks; `meant` is what its Telex or VNI keys would have made, else the same."""

    typed: str
    bare: str
    meant: str

    @classmethod
    def of(cls, typed: str) -> Word:
        bare = fold(typed)
        made = untangle(typed) if typed.isascii() and not typed.isdigit() else None
        return cls(typed, bare, fold(made) if made else bare)


class Lexicon:
    """Looks runs of words up; built once for a commune, then only read."""

    def __init__(self, indicators: Iterable[Indicator], villages: Iterable[Village] = ()) -> None:
        self._indicators = {one.code: one for one in indicators}
        self._names: dict[Phrase, set[str]] = defaultdict(set)
        for one in self._indicators.values():
            for name in (one.code, one.label, *one.aliases):
                self._names[folded(name)].add(one.code)
        self._by_count: dict[int, list[str]] = defaultdict(list)
        for phrase in self._names:
            self._by_count[len(phrase)].append(" ".join(phrase))
        self._full: dict[Phrase, set[str]] = defaultdict(set)
        self._short: dict[Phrase, set[str]] = defaultdict(set)
        for village in villages:
            for name in village.names:
                self._full[folded(f"{village.kind} {name}")].add(village.code)
                self._short[folded(name)].add(village.code)
        self._units = frozenset(phrase for meant in UNITS.values() for phrase in meant) | {
            folded(one.unit) for one in self._indicators.values() if folded(one.unit)
        }

    def indicator(self, code: str) -> Indicator:
        return self._indicators[code]

    def named(self, words: Sequence[Word]) -> tuple[frozenset[str], int]:
        """Codes of the longest indicator name that `words` begin with, and its length; (∅, 0) if there is none."""
        if (size := match(words, self._names)) > 0:
            return frozenset(self._names[_phrase(words, size, self._names)]), size
        for size in range(min(_LONGEST, len(words)), 0, -1):
            typed = " ".join(word.meant for word in words[:size])
            if len(typed) < _TYPO_LENGTH or any(word.typed.isdigit() for word in words[:size]):
                continue
            if tuple(typed.split()) in self._units or tuple(typed.split()) in FILLER:
                continue
            near = [
                name
                for name in self._by_count[size]
                if name[0] == typed[0] and OSA.distance(name, typed, score_cutoff=1) <= 1
            ]
            codes = frozenset(code for name in near for code in self._names[tuple(name.split())])
            if len(codes) == 1:
                return codes, size
        return frozenset(), 0

    def village(self, words: Sequence[Word], *, after_kind: bool) -> tuple[frozenset[str], int]:
        """Codes and length of the village named first, several when several have this name; (∅, 0) if there is none.

        A name of one word, such as "2", needs its "thôn" in front.
        """
        if not after_kind and (size := match(words, self._full)):
            return frozenset(self._full[_phrase(words, size, self._full)]), size
        size = match(words, self._short)
        if size > (0 if after_kind else 1):
            return frozenset(self._short[_phrase(words, size, self._short)]), size
        return frozenset(), 0

    def unit(self, words: Sequence[Word]) -> tuple[Phrase, int]:
        """The unit of measure that `words` begin with."""
        size = match(words, self._units)
        return (_phrase(words, size, self._units), size) if size else ((), 0)

    def measures(self, code: str, unit: Phrase) -> bool:
        """Whether people count this indicator in that unit."""
        own = self._indicators[code].unit
        return unit == folded(own) or unit in UNITS.get(own, frozenset())

    def takes_fractions(self, code: str) -> bool:
        return self._indicators[code].unit in _FRACTIONS

    def nearest(self, name: str, limit: int = 3) -> list[Indicator]:
        """Indicators with names like this one, for "did you mean"."""
        names = [" ".join(phrase) for phrase in self._names]
        codes = [
            code
            for found, _, _ in extract(fold(name), names, limit=12)
            for code in sorted(self._names[tuple(found.split())])
        ]
        return [self._indicators[code] for code in list(dict.fromkeys(codes))[:limit]]


def match(words: Sequence[Word], among: Container[Phrase]) -> int:
    """Length of the longest phrase that `words` begin with, as typed or as meant; 0 if there is none."""
    for size in range(min(_LONGEST, len(words)), 0, -1):
        if any(form in among for form in _forms(words, size)):
            return size
    return 0


def _forms(words: Sequence[Word], size: int) -> set[Phrase]:
    return {tuple(word.bare for word in words[:size]), tuple(word.meant for word in words[:size])}


def _phrase(words: Sequence[Word], size: int, among: Container[Phrase]) -> Phrase:
    return next(form for form in sorted(_forms(words, size)) if form in among)
