"""Search among guides, tolerant of how people type.

A query becomes units (a word, or an abbreviation of several words), each with the readings it may have. Every reading
is looked up among words, word pairs and whole keywords, each weighed by how rare it is among the guides.
"""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import OSA

from bot.core.text import clean, fold

from .guides.markdown import plain
from .guides.model import Guide
from .spelling import bare as unmarked
from .spelling import folded, mark_key, sound, untangle, words

MAX_CHARACTERS = 400
MAX_WORDS = 60
LOWEST_SCORE = 12.0
POSSIBLE, SURE = 30.0, 45.0  # scores from which a guide is shown beside a person to ask, and as the answer

_STRONG, _WEAK = 1.0, 0.3  # a word of the title or a keyword; a word somewhere in the steps
_GUESSED = 0.8  # what a reading is worth that the person did not type
_OTHER_MARKS = 0.5  # what a word is worth that was typed with some of its marks, or written with fewer than typed
_UNKNOWN = 2.0  # weight of a word that no guide has; words that guides have weigh 0.7 to about 4
_STRANGERS = 1.5  # weight of two words that no guide has beside each other: `ket so` of `ket qua` and `so`
_UNTOLD = "–"  # the meaning of a matter that no guide tells
_WEIGHT_UNTOLD = 12.0  # so much that a few common words beside it are no answer
_LEAST = 3.2  # one word that many guides have, such as `xã`, is too little to be sure
_STORY = 16.0  # what is possible beyond this counts half: not each word of a story is the question
_LONGEST_WORD = 24
_LONGEST_SYLLABLE = 7  # `nghiêng`
_TYPO_LENGTH = 5  # shorter words have too many neighbours at edit distance 1
_SHORTEST_SLIP = 3  # the same beside a known neighbour
_ALIAS_WORDS = 5
_PHRASE_WORDS = 8


@dataclass(frozen=True, slots=True)
class Alias:
    """What people write for something else: `keys` are its marked words; an empty `meaning` marks a filler.

    `exact`: only with these very marks, for without them it looks like something that is asked for (`đâu` and `dầu`).
    """

    keys: tuple[str, ...]
    meaning: str
    exact: bool = False

    def fits(self, bare: tuple[str, ...], keys: tuple[str, ...]) -> bool:
        """Marks, where both have them, must agree: `lừa` is not `lúa`."""
        return self.keys == keys or (not self.exact and bare in (self.keys, keys))


@dataclass(frozen=True, slots=True)
class Entry:
    """What is searched of a guide: texts with marks; `steps` are titles and texts of the steps."""

    slug: str
    title: str
    keywords: tuple[str, ...]
    steps: tuple[str, ...]
    area: str


@dataclass(frozen=True, slots=True)
class Hit:
    """`score` is 0 to 100: how much of what was asked the guide covers."""

    slug: str
    score: float
    title: str


class _Found(NamedTuple):
    """How strongly which guides have a feature, by their number, and how rare it is."""

    weights: Mapping[int, float]
    rarity: float


_NOWHERE = _Found({}, 0.0)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Words that a unit may mean; `keys` are their marked forms, equal to the words where nothing was marked."""

    words: tuple[str, ...]
    keys: tuple[str, ...]
    worth: float = 1.0


@dataclass(frozen=True, slots=True)
class _Unit:
    """`filler` units only help to recognise pairs and phrases; `untold` ones are what no guide is about."""

    readings: tuple[_Reading, ...]
    filler: bool = False
    untold: bool = False


@cache
def aliases() -> Mapping[tuple[str, ...], tuple[Alias, ...]]:
    """The rows of `aliases.tsv` by their words without marks."""
    found: dict[tuple[str, ...], list[Alias]] = defaultdict(list)
    for line in files(__package__).joinpath("aliases.tsv").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            typed, _, meaning = line.partition("\t")
            found[folded(typed)].append(Alias(_keys(typed), meaning, exact=typed.startswith("=")))
    return {typed: tuple(rows) for typed, rows in found.items()}


def meanings(typed: Sequence[str]) -> tuple[str, ...]:
    """What an abbreviation or filler means; () if the words are none."""
    bare, keys = tuple(fold(word) for word in typed), tuple(mark_key(word) for word in typed)
    return tuple(alias.meaning for alias in aliases().get(bare, ()) if alias.fits(bare, keys))


def entry_of(guide: Guide) -> Entry:
    texts = (
        plain(text) for step in guide.steps.values() for text in (step.title, *(block.text for block in step.blocks))
    )
    return Entry(guide.slug, guide.title, guide.keywords, tuple(texts), guide.area)


class Index:
    """An inverted index of guides; built at the start and when a text was changed, otherwise only read."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.build(entries)

    def build(self, entries: Iterable[Entry]) -> None:
        """Of these entries and no others."""
        self._entries = tuple(entries)
        kinds: dict[str, tuple[tuple[int, float], ...]] = {}
        for number, entry in enumerate(self._entries):
            strong, weak = _strong(entry), _weak(entry)
            for weight, features in ((_STRONG, strong), (_WEAK, weak - strong)):
                here = ((number, weight),)
                for feature in features:
                    kinds[feature] = kinds.get(feature, ()) + here
        # Most features stand in one guide, as thousands of others do: one mapping serves them all.
        shared = {
            kind: _Found(dict(kind), math.log(1 + len(self._entries) / sum(weight for _, weight in kind)))
            for kind in set(kinds.values())
        }
        self._found = {feature: shared[kind] for feature, kind in kinds.items()}
        marked: dict[str, list[str]] = defaultdict(list)  # features by the same without marks, that one last
        for feature in sorted((feature for feature in kinds if feature[0] == "="), reverse=True):
            marked[" ".join(map(unmarked, feature[1:].split()))].append(feature)
        self._marked = {bare: tuple(features) for bare, features in marked.items()}
        self._known = {feature for feature in self._found if feature.isalnum()}
        self._by_length: dict[int, list[str]] = defaultdict(list)
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        for word in sorted(self._known):
            self._by_length[len(word)].append(word)
            self._by_sound[sound(word)].append(word)
        self._after: dict[str, set[str]] = defaultdict(set)
        self._before: dict[str, set[str]] = defaultdict(set)
        for feature, found in self._found.items():
            if feature[0] not in "=^" and feature.count(" ") == 1 and max(found.weights.values()) == _STRONG:
                first, second = feature.split()
                self._after[first].add(second)
                self._before[second].add(first)

    def find(self, query: str, limit: int = 10) -> list[Hit]:
        """Guides for `query`, best first. What is longer than 400 characters or 60 words is cut."""
        units = self._units(words(clean(query[:MAX_CHARACTERS]))[:MAX_WORDS])
        points: dict[int, float] = defaultdict(float)
        possible = 0.0
        for unit in units:
            if unit.untold:
                possible += _WEIGHT_UNTOLD
            elif not unit.filler:
                possible += self._score_unit(unit, points)
        for one, other in pairwise(units):
            possible += self._score_pair(one, other, points)
        possible += self._score_phrases(units, points)
        if not points:
            return []
        possible = max(possible, _LEAST) - max(0.0, possible - _STORY) / 2
        scores = {number: min(100.0, 100 * reached / possible) for number, reached in points.items()}
        hits = [
            Hit(self._entries[number].slug, round(score, 1), self._entries[number].title)
            for number, score in scores.items()
            if score >= LOWEST_SCORE
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.title))[:limit]

    def _units(self, typed: Sequence[str]) -> list[_Unit]:
        bare = [fold(word) for word in typed]
        units: list[_Unit] = []
        at = 0
        while at < len(typed):
            size = next((size for size in range(_ALIAS_WORDS, 0, -1) if meanings(typed[at : at + size])), 1)
            if size == 1 and self._is_split(bare[at : at + 2]):
                units.append(_Unit((_plain(("".join(bare[at : at + 2]),)),)))
                size = 2
            else:
                units.append(self._unit(typed[at : at + size], bare, at))
            at += size
        return units

    def _is_split(self, pair: Sequence[str]) -> bool:
        """`post mart` for `postmart`."""
        return len(pair) == 2 and "".join(pair) in self._known and not set(pair) <= self._known

    def _unit(self, typed: Sequence[str], bare: Sequence[str], at: int) -> _Unit:
        own = tuple(bare[at : at + len(typed)])
        before = bare[at - 1] if at else ""
        after = bare[at + len(typed)] if at + len(typed) < len(bare) else ""
        meant = meanings(typed)
        if _UNTOLD in meant and not self._is_named(own):
            return _Unit((_plain(own),), untold=True)
        readings: list[_Reading] = []
        if set(own) <= self._known or not meant:
            readings.append(_Reading(own, tuple(mark_key(word) for word in typed)))
        if not readings or not self._at_home(own, before, after):
            readings += [_marked(meaning) for meaning in meant if meaning not in ("", _UNTOLD)]
            if not meant:
                guess = self._beside if own[0] in self._known else self._guess
                readings += guess(own[0], before, after)
        return _Unit(tuple(readings) or (_plain(own),), filler="" in meant)

    def _is_named(self, own: tuple[str, ...]) -> bool:
        """A title or keyword has these words, so there is a guide by now."""
        if len(own) == 1:
            return max(self._found.get(own[0], _NOWHERE).weights.values(), default=0.0) == _STRONG
        return all(second in self._after.get(first, ()) for first, second in pairwise(own))

    def _at_home(self, own: tuple[str, ...], before: str, after: str) -> bool:
        """The neighbours say that the word is meant as typed: `san` of `san pham` is no `sàn`."""
        return own[0] in self._after.get(before, ()) or own[-1] in self._before.get(after, ())

    def _guess(self, word: str, before: str, after: str) -> list[_Reading]:
        """What a word that no guide has may have been meant as; the surest kind of guess that fits wins."""
        if len(word) > _LONGEST_WORD:
            return []
        typed = untangle(word)
        if typed is not None and (fold(typed) in self._known or meanings([typed])):
            return [_Reading((fold(typed),), (mark_key(typed),))]
        if parts := self._cut(word):
            return [_plain(parts)]
        near = self._by_sound.get(sound(word), [])
        if not near and len(word) >= _TYPO_LENGTH:
            near = [known for known in self._neighbours(len(word)) if OSA.distance(word, known, score_cutoff=1) <= 1]
        return [_plain((known,), _GUESSED) for known in near] + self._beside(word, before, after)

    def _neighbours(self, length: int) -> Iterator[str]:
        for size in (length - 1, length, length + 1):
            yield from self._by_length.get(size, ())

    def _beside(self, word: str, before: str, after: str) -> list[_Reading]:
        """Words like `word` that stand beside this neighbour in a title or keyword: `tam chu` for `tam tru`."""
        followers, leaders = self._after.get(before, set()), self._before.get(after, set())
        return [
            _plain((known,), _GUESSED)
            for known in sorted(followers | leaders)
            if sound(known) == sound(word) or _is_slip(word, known)
        ]

    def _cut(self, word: str) -> tuple[str, ...]:
        """`dichvucong` as `dich vu cong`, or () if the guides know no such run of words."""
        best: list[tuple[str, ...] | None] = [(), *[None] * len(word)]
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - _LONGEST_SYLLABLE), end):
                head, tail = best[start], word[start:end]
                if head is None or tail not in self._known or (len(tail) == 1 and not tail.isdigit()):
                    continue
                if head and f"{head[-1]} {tail}" not in self._found:
                    continue
                if best[end] is None or len(head) + 1 < len(best[end] or ()):
                    best[end] = (*head, tail)
        found = best[-1] or ()
        return found if len(found) > 1 else ()

    def _score_unit(self, unit: _Unit, points: dict[int, float]) -> float:
        """Add what each guide earns by this unit; return what the best reading could have earned."""
        if len(unit.readings) == 1:
            return self._score_reading(unit.readings[0], points) or _UNKNOWN
        best: dict[int, float] = {}
        possible = 0.0
        for reading in unit.readings:
            earned: dict[int, float] = defaultdict(float)
            possible = max(possible, self._score_reading(reading, earned))
            for number, value in earned.items():
                best[number] = max(value, best.get(number, 0.0))
        for number, value in best.items():
            points[number] += value
        return possible or _UNKNOWN

    def _score_reading(self, reading: _Reading, points: dict[int, float]) -> float:
        features = (*reading.words, *map(" ".join, pairwise(reading.words)))
        keys = (*reading.keys, *map(" ".join, pairwise(reading.keys)))
        return sum(self._add(*each, reading.worth, points) for each in zip(features, keys, strict=True))

    def _score_pair(self, one: _Unit, other: _Unit, points: dict[int, float]) -> float:
        """The same for the two words on either side of a seam between units.

        Beside a filler only pairs of titles and keywords count, with their marks: `có trang` somewhere in a step says
        nothing, and `cái vneid` is no `cài vneid`.
        """
        best: dict[int, float] = {}
        possible = 0.0
        for left in one.readings:
            for right in other.readings:
                if (one.filler or other.filler) and right.words[0] not in self._after.get(left.words[-1], ()):
                    continue
                feature, key = f"{left.words[-1]} {right.words[0]}", f"{left.keys[-1]} {right.keys[0]}"
                rarity = self._found.get(feature, _NOWHERE).rarity
                fitting = self._fitting(feature, key)
                if (one.filler or other.filler) and not any(fitting.values()):
                    continue
                possible = max(possible, rarity)
                value = rarity * left.worth * right.worth
                for number, weight in fitting.items():
                    best[number] = max(value * weight, best.get(number, 0.0))
        for number, value in best.items():
            points[number] += value
        return possible if one.filler or other.filler else possible or _STRANGERS

    def _score_phrases(self, units: Sequence[_Unit], points: dict[int, float]) -> float:
        """The same for whole keywords and titles, as typed and as understood."""
        phrases: set[tuple[str, str]] = set()
        for which in (0, -1):
            readings = [unit.readings[which] for unit in units]
            run = [word for reading in readings for word in reading.words]
            keys = [key for reading in readings for key in reading.keys]
            for start in range(len(run)):
                for stop in range(start + 1, min(start + _PHRASE_WORDS, len(run)) + 1):
                    phrases.add((f"^{' '.join(run[start:stop])}", f"^{' '.join(keys[start:stop])}"))
        fitting = [(phrase, key) for phrase, key in phrases if any(self._fitting(phrase, key).values())]
        return sum(self._add(phrase, key, 1.0, points) for phrase, key in fitting)

    def _add(self, feature: str, key: str, worth: float, points: dict[int, float]) -> float:
        """`key` is the feature as it was typed, with its marks."""
        rarity = self._found.get(feature, _NOWHERE).rarity
        for number, weight in self._fitting(feature, key).items():
            points[number] += rarity * weight * worth
        return rarity

    def _fitting(self, feature: str, key: str) -> Mapping[int, float]:
        """How strongly guides have a feature whose marks do not contradict the typed ones: `lúa` is no `lừa`.

        Where a guide has it with marks and without, the latter is the same again for who types none. Pairs that stand
        only in steps have no marks.
        """
        weights = self._found.get(feature, _NOWHERE).weights
        if key == feature or not weights:
            return weights
        found: dict[int, float] = {}
        marked: set[int] = set()
        for written in self._marked.get(feature, ()):
            fits = _OTHER_MARKS if written[1:] == feature else _agreement(key, written[1:])
            for number, weight in self._found[written].weights.items():
                if written[1:] != feature or number not in marked:
                    found[number] = max(fits * weight, found.get(number, 0.0))
                marked.add(number)
        return found if len(marked) == len(weights) else {**weights, **found}


@lru_cache(maxsize=8192)
def _agreement(typed: str, written: str) -> float:
    """1 for the same marks, where they were typed at all; 0 for others; half for some of them, or `hỏi` for `ngã`."""
    fits = 1.0
    for one, other in zip(typed.lstrip("^").split(), written.lstrip("^").split(), strict=True):
        if one in (other, fold(other)):
            continue
        had, has = _marks(one), _marks(other)
        fits *= _OTHER_MARKS if had <= has or has <= had else 0.0
    return fits


def _marks(word: str) -> set[str]:
    return {char for char in word.replace("\u0303", "\u0309") if char == "đ" or unicodedata.combining(char)}


def _is_slip(word: str, known: str) -> bool:
    """One key wrong, but not the first: of short words too many differ in the first letter alone."""
    return (
        min(len(word), len(known)) >= _SHORTEST_SLIP
        and word[0] == known[0]
        and OSA.distance(word, known, score_cutoff=1) <= 1
    )


def _plain(parts: tuple[str, ...], worth: float = 1.0) -> _Reading:
    return _Reading(parts, parts, worth)


def _marked(meaning: str) -> _Reading:
    return _Reading(folded(meaning), _keys(meaning))


# Features are words (`ho`) and pairs (`ho so`); of titles and keywords also the whole (`^ho so`). With `=` before it
# a feature has its marks (`=hồ`); pairs of the steps are too many for that.


def _strong(entry: Entry) -> set[str]:
    """What title and keywords say."""
    named = (entry.title, *entry.keywords)
    wholes = {f"^{' '.join(folded(text))}" for text in named} | {f"=^{' '.join(_keys(text))}" for text in named}
    pairs = {f"={one} {other}" for text in named for one, other in pairwise(_keys(text))}
    return wholes | pairs | _grams(named)


def _weak(entry: Entry) -> set[str]:
    """What is said somewhere in the steps."""
    return _grams((*entry.steps, entry.area))


def _grams(texts: Iterable[str]) -> set[str]:
    """Words, the same with their marks, and pairs."""
    found: set[str] = set()
    typed: set[str] = set()
    for text in texts:
        run = words(text)
        typed.update(run)
        found.update(map(" ".join, pairwise(map(unmarked, run))))
    return found.union(map(unmarked, typed), (f"={mark_key(word)}" for word in typed))


def _keys(text: str) -> tuple[str, ...]:
    return tuple(mark_key(word) for word in words(text))
