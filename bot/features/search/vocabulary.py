"""The words that the guides have, and what somebody who types may mean by them.

A query becomes units (a word, or an abbreviation of several words), each with the readings it may have.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import accumulate, groupby
from typing import TypeVar

from msgspec import Struct

from bot.core.text import fold
from bot.features.search.typos import typos, with_a_typo

from .spelling import bare as unmarked
from .spelling import folded, mark_key, sound, tone, untangle, words
from .text_table import TextTable

_GUESSED = 0.8  # what a reading is worth that the person did not type
_GUESSED_MARKS = 0.4  # the same of an alias that was typed without its marks and may be another word
_UNTOLD = "–"  # the meaning of a matter that no guide tells
_LONGEST_WORD = 24
_LONGEST_SYLLABLE = 7  # `nghiêng`
_TYPO_LENGTH = 5  # shorter words have too many neighbours at edit distance 1
_SHORTEST_SLIP = 3  # the same beside a known neighbour


class Alias(Struct, frozen=True):
    """Words that people write for something else: `keys` are their marked words; an empty `meaning` marks a filler.

    `exact`: only with these very marks, for without them it looks like something that is asked for (`đâu` and `dầu`).
    """

    keys: tuple[str, ...]
    meaning: str
    exact: bool = False

    def fits(self, bare: tuple[str, ...], keys: tuple[str, ...]) -> bool:
        """Tell whether the words fit; marks, where both have them, must agree: `lừa` is not `lúa`."""
        return self.keys == keys or (not self.exact and bare in (self.keys, keys))


class WordReading(Struct, frozen=True):
    """Words that a unit may mean; `keys` are their marked forms, equal to the words where nothing was marked."""

    words: tuple[str, ...]
    keys: tuple[str, ...]
    worth: float = 1.0


class WordUnit(Struct, frozen=True):
    """`filler` units only help to recognise pairs and phrases; `untold` ones are what no guide is about."""

    readings: tuple[WordReading, ...]
    filler: bool = False
    untold: bool = False


@cache
def aliases() -> Mapping[tuple[str, ...], tuple[Alias, ...]]:
    """Return the rows of `aliases.tsv` by their words without marks."""
    found: dict[tuple[str, ...], list[Alias]] = defaultdict(list)
    for line in files(__package__).joinpath("aliases.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            typed, _, meaning = line.partition("\t")
            found[folded(typed)].append(Alias(keys_of(typed), meaning, exact=typed.startswith("=")))
    return {typed: tuple(rows) for typed, rows in found.items()}


@cache
def _longest_aliases() -> Mapping[str, int]:
    """Return the most words of an alias that begins with a word, by that word."""
    return {first: max(map(len, runs)) for first, runs in groupby(sorted(aliases()), key=lambda run: run[0])}


def meanings(typed: Sequence[str]) -> tuple[str, ...]:
    """Return the meanings of an abbreviation or filler; () if the words are none."""
    return tuple(alias.meaning for alias in _fitting(typed))


def _fitting(typed: Sequence[str]) -> list[Alias]:
    bare, keys = tuple(map(unmarked, typed)), tuple(map(mark_key, typed))
    return [alias for alias in aliases().get(bare, ()) if alias.fits(bare, keys)]


def _size(typed: Sequence[str], at: int) -> int:
    """Return how many words from `at` on are one unit: an alias as long as can be, or one word."""
    longest = _longest_aliases().get(unmarked(typed[at]), 1)
    return next((size for size in range(longest, 0, -1) if meanings(typed[at : at + size])), 1)


def _untold(named: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield the topics in these texts that no guide tells elsewhere: `mất điện thoại` names no `mất điện`."""
    begins = {run[0] for run, rows in aliases().items() if any(row.meaning == _UNTOLD for row in rows)}
    for text in named:
        typed, at = words(text), 0
        while at < len(typed) and not begins.isdisjoint(map(unmarked, typed)):
            size = _size(typed, at)
            if _UNTOLD in meanings(typed[at : at + size]):
                yield tuple(map(unmarked, typed[at : at + size]))
            at += size


class Vocabulary:
    """`features` are what guides have, `strong` those of titles and keywords, which are `named`."""

    def __init__(self, features: TextTable, strong: Iterable[str], named: Iterable[str]) -> None:
        self._features = features
        known = sorted(feature for feature in features if feature.isalnum())
        self._known = frozenset(known)
        marked: dict[str, list[int]] = defaultdict(list)  # features by the same without marks, that one last
        for feature in sorted((feature for feature in features if feature[0] == "="), reverse=True):
            marked[" ".join(map(unmarked, feature[1:].split()))].append(features.number(feature))
        self._bare = TextTable(marked)
        self._marked = array("I", (number for found in marked.values() for number in found))
        self._ends = array("I", accumulate(map(len, marked.values()), initial=0))
        self._by_length = _groups((len(word), word) for word in known)
        self._by_sound = _groups((sound(word), word) for word in known)
        pairs = [feature.split() for feature in strong if feature[0] not in "=^" and feature.count(" ") == 1]
        self.after = _groups((first, second) for first, second in pairs)
        self._before = _groups((second, first) for first, second in pairs)
        self._named = frozenset(_untold(named))

    def marked(self, bare: str) -> list[str]:
        """Return the features that are `bare` without their marks, that one last."""
        number = self._bare.number(bare)
        here = self._marked[self._ends[number] : self._ends[number + 1]] if number >= 0 else ()
        return [self._features.text(one) for one in here]

    def units(self, typed: Sequence[str]) -> list[WordUnit]:
        bare = [fold(word) for word in typed]
        units: list[WordUnit] = []
        at = 0
        while at < len(typed):
            size = _size(typed, at)
            if size == 1 and self._is_split(bare[at : at + 2]):
                units.append(WordUnit((_plain(("".join(bare[at : at + 2]),)),)))
                size = 2
            else:
                units.append(self._unit(typed[at : at + size], bare, at))
            at += size
        return units

    def _is_split(self, pair: Sequence[str]) -> bool:
        """Tell whether one word was typed as two: `post mart` for `postmart`."""
        return len(pair) == 2 and "".join(pair) in self._known and not set(pair) <= self._known

    def _unit(self, typed: Sequence[str], bare: Sequence[str], at: int) -> WordUnit:
        own = tuple(bare[at : at + len(typed)])
        before = bare[at - 1] if at else ""
        after = bare[at + len(typed)] if at + len(typed) < len(bare) else ""
        meant = meanings(typed)
        if _UNTOLD in meant and own not in self._named:
            return WordUnit((_plain(own),), untold=True)
        readings: list[WordReading] = []
        if set(own) <= self._known or not meant:
            readings.append(WordReading(own, tuple(mark_key(word) for word in typed)))
        if not readings or not self._at_home(own, before, after):
            told = [alias for alias in _fitting(typed) if alias.meaning not in ("", _UNTOLD)]
            readings += [_marked(alias.meaning, self._worth(alias, readings)) for alias in told]
            if not meant:
                guess = self._beside if own[0] in self._known else self._guess
                readings += [sung for one in guess(own[0], before, after) for sung in self._sung(one, typed[0])]
        return WordUnit(tuple(readings) or (_plain(own),), filler="" in meant)

    def _worth(self, alias: Alias, typed: Sequence[WordReading]) -> float:
        """Rate it lower if guides have other words that look like the typed ones: `lua` is `lừa` or `lúa`."""
        bare = " ".join(typed[0].words) if typed else ""
        keys = " ".join(alias.keys)
        if keys == bare or not typed or typed[0].keys != typed[0].words:
            return 1.0
        others = (written[1:] for written in self.marked(bare))
        return _GUESSED_MARKS if any(written not in (keys, bare) for written in others) else 1.0

    def _sung(self, guess: WordReading, typed: str) -> list[WordReading]:
        """Keep guesses with the tone that was typed, if any: `trà` is no slip of `trú`, but `chú` is one."""
        word, sung = guess.words[0], tone(typed)
        written = [one[1:] for one in self.marked(word) if one[1:] != word]
        if len(guess.words) > 1 or guess.keys != guess.words or not sung or not written:
            return [guess]
        return [WordReading(guess.words, (one,), guess.worth) for one in written if tone(one) == sung]

    def _at_home(self, own: tuple[str, ...], before: str, after: str) -> bool:
        """Tell whether the neighbours show that the word is meant as typed: `san` of `san pham` is no `sàn`."""
        return own[0] in self.after.get(before, ()) or own[-1] in self._before.get(after, ())

    def _guess(self, word: str, before: str, after: str) -> list[WordReading]:
        """Guess the meaning of a word that no guide has; the surest kind of guess that fits wins."""
        if len(word) > _LONGEST_WORD:
            return []
        typed = untangle(word)
        if typed is not None and (fold(typed) in self._known or meanings([typed])):
            return [WordReading((fold(typed),), (mark_key(typed),))]
        if parts := self._cut(word):
            return [_plain(parts)]
        near = list(self._by_sound.get(sound(word), ()))
        if not near and len(word) >= _TYPO_LENGTH:
            near = with_a_typo(word, self._neighbours(len(word)))
        return [_plain((known,), _GUESSED) for known in near] + self._beside(word, before, after)

    def _neighbours(self, length: int) -> Iterator[str]:
        for size in (length - 1, length, length + 1):
            yield from self._by_length.get(size, ())

    def _beside(self, word: str, before: str, after: str) -> list[WordReading]:
        """Return words like `word` that stand beside this neighbour in a title or keyword: `tam chu` for `tam tru`."""
        followers, leaders = set(self.after.get(before, ())), set(self._before.get(after, ()))
        return [
            _plain((known,), _GUESSED)
            for known in sorted(followers | leaders)
            if sound(known) == sound(word) or _is_slip(word, known)
        ]

    def _cut(self, word: str) -> tuple[str, ...]:
        """Cut `dichvucong` as `dich vu cong`, or () if the guides know no such run of words."""
        best: list[tuple[str, ...] | None] = [(), *[None] * len(word)]
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - _LONGEST_SYLLABLE), end):
                head, tail = best[start], word[start:end]
                if head is None or tail not in self._known or (len(tail) == 1 and not tail.isdigit()):
                    continue
                if head and f"{head[-1]} {tail}" not in self._features:
                    continue
                if best[end] is None or len(head) + 1 < len(best[end] or ()):
                    best[end] = (*head, tail)
        found = best[-1] or ()
        return found if len(found) > 1 else ()


Key = TypeVar("Key")


def _groups(pairs: Iterable[tuple[Key, str]]) -> Mapping[Key, tuple[str, ...]]:
    found: dict[Key, list[str]] = defaultdict(list)
    for key, word in pairs:
        found[key].append(word)
    return {key: tuple(words) for key, words in found.items()}


def _is_slip(word: str, known: str) -> bool:
    """Tell whether one key is wrong, but not the first: too many short words differ in the first letter alone."""
    return min(len(word), len(known)) >= _SHORTEST_SLIP and word[0] == known[0] and typos(word, known) <= 1


def _plain(parts: tuple[str, ...], worth: float = 1.0) -> WordReading:
    return WordReading(parts, parts, worth)


def _marked(meaning: str, worth: float) -> WordReading:
    return WordReading(folded(meaning), keys_of(meaning), worth)


def keys_of(text: str) -> tuple[str, ...]:
    return tuple(mark_key(word) for word in words(text))
