"""The names that a report may contain: indicators by their aliases, villages by their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Sequence

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import fold
from bot.features.checkins.model import Indicator
from bot.features.search.spelling import folded, mark_key, untangle
from bot.features.search.spelling import words as words_of
from bot.features.search.typos import likest, typos

from .vocabulary import FILLER, UNITS, Phrase
from .vocabulary import KEYED as SMALL_KEYED

_LONGEST = 6
_SHORT = 2
_TYPO_LENGTH = 6  # shorter names have too many neighbours at edit distance 1
_WORDS = patterns.compile(r"[^\W_]+")
_DIGITS_LAST, _DIGITS_FIRST = patterns.compile(r"([^\W\d_]+)\d+"), patterns.compile(r"\d+([^\W\d_]+)")
KEYED = frozenset(map(mark_key, SMALL_KEYED))
_FRACTIONS = frozenset({"%", "km", "giờ"})


class Village(Struct, frozen=True):
    """A village of the commune; `names` are all it ever had, `kind` is what it is (thôn, xóm …)."""

    code: str
    names: tuple[str, ...]
    kind: str = "thôn"


class LexiconWord(Struct, frozen=True):
    """A word as typed and without marks; `meant` is what its Telex or VNI keys would have made, else the same.

    `keyed` is the word with its marks where digits would be such keys, else "": `loa2` may be `loà`, or two of `loa`.
    """

    typed: str
    bare: str
    meant: str
    keyed: str = ""

    @classmethod
    def of(cls, typed: str) -> LexiconWord:
        bare = fold(typed)
        made = untangle(typed) if typed.isascii() and not typed.isdigit() else None
        keyed = mark_key(made) if made and not typed.isalpha() else ""
        return cls(typed, bare, fold(made) if made else bare, keyed)


class Lexicon:
    """Looks runs of words up; built once for a commune, then only read."""

    def __init__(self, indicators: Iterable[Indicator], villages: Iterable[Village] = ()) -> None:
        self._indicators = {one.code: one for one in indicators}
        self._names: dict[Phrase, set[str]] = defaultdict(set)
        self._spelled: set[Phrase] = set()
        for one in self._indicators.values():
            for name in (one.code, one.label, *one.aliases):
                self._names[folded(name)].add(one.code)
                self._spelled.add(_spelling(words_of(name)))
        self._with_commas = tuple(
            folded(name) for one in self._indicators.values() for name in (one.label, *one.aliases) if "," in name
        )
        self._by_count: dict[int, list[str]] = defaultdict(list)
        for phrase in self._names:
            self._by_count[len(phrase)].append(" ".join(phrase))
        self._full: dict[Phrase, set[str]] = defaultdict(set)
        self._short: dict[Phrase, set[str]] = defaultdict(set)
        for village in villages:
            for name in village.names:
                self._full[folded(f"{village.kind} {name}")].add(village.code)
                self._short[folded(name)].add(village.code)
                self._spelled |= {_spelling(words_of(name)), _spelling(words_of(f"{village.kind} {name}"))}
        phrases = [*self._names, *self._full, *self._short, *FILLER]
        self._words_of_names = frozenset(word for phrase in phrases for word in phrase)
        self._units = frozenset(phrase for meant in UNITS.values() for phrase in meant) | {
            folded(one.unit) for one in self._indicators.values() if folded(one.unit)
        }

    def with_whole_names(self, text: str) -> str:
        """Return a text without the commas that stand inside the name of an indicator: they part nothing.

        “Số tin, bài đăng nhóm Zalo thôn: 55” is one figure, not one for “bài đăng …” after a word of its own.
        """
        if "," not in text:
            return text
        found = [(fold(word.group()), word.start(), word.end()) for word in _WORDS.finditer(text)]
        kept = list(text)
        for name in self._with_commas:
            for at in range(len(found) - len(name) + 1):
                if all(_alike(found[at + n][0], word) for n, word in enumerate(name)):
                    start, end = found[at][1], found[at + len(name) - 1][2]
                    kept[start:end] = [" " if char == "," else char for char in kept[start:end]]
        return "".join(kept)

    @property
    def codes(self) -> Collection[str]:
        """The codes of the indicators that the commune counts."""
        return self._indicators.keys()

    def indicator(self, code: str) -> Indicator:
        return self._indicators[code]

    def named(self, words: Sequence[LexiconWord]) -> tuple[frozenset[str], int]:
        """Return the codes of the longest indicator name that `words` begin with, and its length.

        (∅, 0) if there is none.
        """
        if (size := self._match(words, self._names)) > 0:
            return frozenset(self._names[_phrase(words, size, self._names)]), size
        for size in range(min(_LONGEST, len(words)), 0, -1):
            typed = " ".join(word.meant for word in words[:size])
            # A digit is a figure or a key, never a slip.
            if len(typed) < _TYPO_LENGTH or any(word.keyed or not word.bare.isalpha() for word in words[:size]):
                continue
            if tuple(typed.split()) in self._units or tuple(typed.split()) in FILLER:
                continue
            near = [
                name
                for name in self._by_count[size]
                if name[0] == typed[0] and typos(name, typed) <= 1 and _may_be(typed, name)
            ]
            codes = frozenset(code for name in near for code in self._names[tuple(name.split())])
            if len(codes) == 1:
                return codes, size
        return frozenset(), 0

    def village(self, words: Sequence[LexiconWord], *, after_kind: bool) -> tuple[frozenset[str], int]:
        """Return codes and length of the village named first, several if several share this name.

        (∅, 0) if there is none. A name of one word, such as "2", needs its "thôn" in front.
        """
        if not after_kind and (size := self._match(words, self._full)):
            return frozenset(self._full[_phrase(words, size, self._full)]), size
        size = self._match(words, self._short)
        if size > (0 if after_kind else 1):
            return frozenset(self._short[_phrase(words, size, self._short)]), size
        return frozenset(), 0

    def glued(self, words: Sequence[LexiconWord]) -> int:
        """Count the words that name an indicator glued to a number: `loa2`, `hồ sơ5`, `8loa`; else 0."""
        for size in range(min(_LONGEST, len(words)), 0, -1):
            run = words[:size]
            ends = (_DIGITS_LAST.fullmatch(run[-1].typed), _DIGITS_FIRST.fullmatch(run[0].typed))
            apart = [[*run[:-1], LexiconWord.of(ends[0][1])]] if ends[0] else []
            apart += [[LexiconWord.of(ends[1][1]), *run[1:]]] if ends[1] else []
            if any(self.named(one)[1] == size for one in apart):
                return size
        return 0

    def _match(self, words: Sequence[LexiconWord], among: Container[Phrase]) -> int:
        """Match like `match`, where digits are keys only if they spell the whole name with its marks."""
        size = match(words, among, keyed=None)
        if any(word.keyed for word in words[:size]):
            spelled = tuple(word.keyed or mark_key(word.typed) for word in words[:size])
            return size if spelled in self._spelled else 0
        return size

    def knows(self, word: LexiconWord) -> bool:
        """Tell whether a word stands in the name of an indicator or a village, or is a small word or a unit."""
        return word.meant in self._words_of_names or word.typed in self._words_of_names

    def unit(self, words: Sequence[LexiconWord]) -> tuple[Phrase, int]:
        """Return the unit of measure that `words` begin with, and its length."""
        size = match(words, self._units)
        return (_phrase(words, size, self._units), size) if size else ((), 0)

    def measures(self, code: str, unit: Phrase) -> bool:
        """Tell whether people count this indicator in that unit."""
        own = self._indicators[code].unit
        return unit == folded(own) or unit in UNITS.get(own, frozenset())

    def takes_fractions(self, code: str) -> bool:
        return self._indicators[code].unit in _FRACTIONS

    def nearest(self, name: str, limit: int = 3) -> list[Indicator]:
        """Return indicators with names like this one, for "did you mean"."""
        names = [" ".join(phrase) for phrase in self._names]
        codes = [
            code for found in likest(fold(name), names, most=12) for code in sorted(self._names[tuple(found.split())])
        ]
        return [self._indicators[code] for code in list(dict.fromkeys(codes))[:limit]]


def match(words: Sequence[LexiconWord], among: Container[Phrase], *, keyed: Container[str] | None = KEYED) -> int:
    """Return the length of the longest phrase that `words` begin with, as typed or as meant; 0 if there is none.

    Digits are keys only in the words `keyed`, in any word if it is None.
    """
    first = words[:_LONGEST]
    most = len(first)
    if keyed is not None:
        most = next((at for at, word in enumerate(first) if word.keyed and word.keyed not in keyed), most)
    bare, meant = tuple([word.bare for word in first]), tuple([word.meant for word in first])
    for size in range(most, 0, -1):
        if bare[:size] in among or meant[:size] in among:
            return size
    return 0


def _spelling(words: Sequence[str]) -> Phrase:
    return tuple(mark_key(word) for word in words)


def _forms(words: Sequence[LexiconWord], size: int) -> set[Phrase]:
    return {tuple(word.bare for word in words[:size]), tuple(word.meant for word in words[:size])}


def _phrase(words: Sequence[LexiconWord], size: int, among: Container[Phrase]) -> Phrase:
    return next(form for form in sorted(_forms(words, size)) if form in among)


def _alike(typed: str, word: str) -> bool:
    """Tell whether a word is another one, or is but for one slip."""
    return typed == word or (len(word) > _SHORT and typos(typed, word) <= 1)


def _may_be(typed: str, name: str) -> bool:
    """Tell whether a name was meant, and no small word before or in it: “dạ họp” is not “dự họp”."""
    pairs = zip(typed.split(), name.split(), strict=True)
    return not any(one != other and (one,) in FILLER for one, other in pairs)
