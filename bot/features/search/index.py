"""Search among guides, tolerant of how people type.

A query becomes units with the readings they may have (`vocabulary`). Every reading is looked up among words, word pairs
and whole keywords, each weighed by how rare it is among the guides.
"""

from __future__ import annotations

import math
import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from msgspec import Struct

from bot.core.text import clean, fold
from bot.features.guides.markdown import plain
from bot.features.guides.model import Guide

from .spelling import bare as unmarked
from .spelling import folded, mark_key, words
from .text_table import TextTable
from .vocabulary import Vocabulary, WordReading, WordUnit, keys_of

MAX_CHARACTERS = 400
MAX_WORDS = 60
LOWEST_SCORE = 12.0
POSSIBLE, SURE = 30.0, 45.0  # scores from which a guide is shown beside a person to ask, and as the answer

_STRONG, _WEAK = 1.0, 0.3  # a word of the title or a keyword; a word somewhere in the steps
_OTHER_MARKS = 0.5  # what a word is worth that was typed with some of its marks, or written with fewer than typed
_UNKNOWN = 2.0  # weight of a word that no guide has; words that guides have weigh 0.7 to about 4
_STRANGERS = 1.5  # weight of two words that no guide has beside each other: `ket so` of `ket qua` and `so`
_WEIGHT_UNTOLD = 12.0  # so much that a few common words beside it are no answer
_LEAST = 3.2  # one word that many guides have, such as `xã`, is too little to be sure
_STORY = 16.0  # what is possible beyond this counts half: not each word of a story is the question
_PHRASE_WORDS = 8
_REMEMBERED = 512  # kinds of features of the latest searches, ready to be read


class IndexEntry(Struct, frozen=True):
    """The searched texts of a guide, with marks; `steps` are titles and texts of the steps.

    `asks` are questions that people asked, found only as a whole: thirty of them have every common word.
    """

    slug: str
    title: str
    keywords: tuple[str, ...]
    steps: tuple[str, ...]
    area: str
    asks: tuple[str, ...] = ()


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


def entry_of(guide: Guide) -> IndexEntry:
    texts = (
        plain(text)
        for step in (one.filled() for one in guide.steps.values())
        for text in (step.title, *(block.text for block in step.blocks))
    )
    return IndexEntry(guide.slug, guide.title, guide.keywords, tuple(texts), guide.area, guide.asks)


class Index:
    """An inverted index of guides; built at the start and when a text was changed, otherwise only read."""

    def __init__(self, entries: Iterable[IndexEntry]) -> None:
        self.build(entries)

    def build(self, entries: Iterable[IndexEntry]) -> None:
        """Build the index of these entries and no others."""
        read = tuple(entries)
        self.titles = {entry.slug: entry.title for entry in read}
        self._slugs = tuple(entry.slug for entry in read)
        kinds: dict[str, tuple[tuple[int, float], ...]] = {}
        for number, entry in enumerate(read):
            strong, weak = _strong(entry), _weak(entry)
            for weight, features in ((_STRONG, strong), (_WEAK, weak - strong)):
                here = ((number, weight),)
                for feature in features:
                    kinds[feature] = kinds.get(feature, ()) + here
        # Most features stand in one guide, as thousands of others do: one kind serves them all.
        different = dict.fromkeys(kinds.values())
        numbers = {kind: number for number, kind in enumerate(different)}
        self._rarity = array("d", (math.log(1 + len(read) / sum(weight for _, weight in kind)) for kind in different))
        self._guides = array("H", (number for kind in different for number, _ in kind))
        self._weights = array("d", (weight for kind in different for _, weight in kind))
        self._ends = array("I", accumulate(map(len, different), initial=0))
        self._kinds = array("I", (numbers[kind] for kind in kinds.values()))
        self._features = TextTable(kinds)
        self._latest: dict[int, _Found] = {}
        self._words = Vocabulary(
            self._features,
            (feature for feature, kind in kinds.items() if max(weight for _, weight in kind) == _STRONG),
            (text for entry in read for text in (entry.title, *entry.keywords)),
        )

    def _found(self, feature: str) -> _Found:
        number = self._features.number(feature)
        if number < 0:
            return _NOWHERE
        kind = self._kinds[number]
        found = self._latest.get(kind)
        if found is None:
            here = slice(self._ends[kind], self._ends[kind + 1])
            found = _Found(dict(zip(self._guides[here], self._weights[here], strict=True)), self._rarity[kind])
            if len(self._latest) >= _REMEMBERED:
                self._latest.clear()
            self._latest[kind] = found
        return found

    def find(self, query: str, limit: int = 10) -> list[Hit]:
        """Find guides for `query`, best first; cut it at 400 characters or 60 words."""
        units = self._words.units(words(clean(query[:MAX_CHARACTERS]))[:MAX_WORDS])
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
            Hit(slug := self._slugs[number], round(score, 1), self.titles[slug])
            for number, score in scores.items()
            if score >= LOWEST_SCORE
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.title))[:limit]

    def named(self, query: str) -> str | None:
        """Return the one guide that has `query`, and nothing more or less, as its title or as a keyword."""
        typed = words(clean(query[:MAX_CHARACTERS]))
        phrase = f"^{' '.join(map(unmarked, typed))}"
        fitting = self._fitting(phrase, f"^{' '.join(map(mark_key, typed))}")
        slugs = [self._slugs[number] for number, weight in fitting.items() if weight == _STRONG]
        return slugs[0] if len(slugs) == 1 else None

    def _score_unit(self, unit: WordUnit, points: dict[int, float]) -> float:
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

    def _score_reading(self, reading: WordReading, points: dict[int, float]) -> float:
        features = (*reading.words, *map(" ".join, pairwise(reading.words)))
        keys = (*reading.keys, *map(" ".join, pairwise(reading.keys)))
        return sum(self._add(*each, reading.worth, points) for each in zip(features, keys, strict=True))

    def _score_pair(self, one: WordUnit, other: WordUnit, points: dict[int, float]) -> float:
        """Score, as `_score_unit` does, the two words on either side of a seam between units.

        Beside a filler only pairs of titles and keywords count, with their marks: `có trang` somewhere in a step says
        nothing, and `cái vneid` is no `cài vneid`.
        """
        best: dict[int, float] = {}
        possible = 0.0
        for left in one.readings:
            for right in other.readings:
                if (one.filler or other.filler) and right.words[0] not in self._words.after.get(left.words[-1], ()):
                    continue
                feature, key = f"{left.words[-1]} {right.words[0]}", f"{left.keys[-1]} {right.keys[0]}"
                rarity = self._found(feature).rarity
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

    def _score_phrases(self, units: Sequence[WordUnit], points: dict[int, float]) -> float:
        """Score, as `_score_unit` does, whole keywords and titles, as typed and as understood."""
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
        """Add a feature's points; `key` is the feature as it was typed, with its marks."""
        rarity = self._found(feature).rarity
        for number, weight in self._fitting(feature, key).items():
            points[number] += rarity * weight * worth
        return rarity

    def _fitting(self, feature: str, key: str) -> Mapping[int, float]:
        """Return how strongly guides have a feature whose marks do not contradict the typed ones: `lúa` is no `lừa`.

        If a guide has it with marks and also without (for people who type none), only the form with marks counts.
        Pairs that stand only in steps have no marks.
        """
        weights = self._found(feature).weights
        if key == feature or not weights:
            return weights
        found: dict[int, float] = {}
        marked: set[int] = set()
        for written in self._words.marked(feature):
            fits = _OTHER_MARKS if written[1:] == feature else _agreement(key, written[1:])
            for number, weight in self._found(written).weights.items():
                if written[1:] != feature or number not in marked:
                    found[number] = max(fits * weight, found.get(number, 0.0))
                marked.add(number)
        return found if len(marked) == len(weights) else {**weights, **found}


@lru_cache(maxsize=8192)
def _agreement(typed: str, written: str) -> float:
    """Return 1 for the same marks, if any were typed; 0 for others; half for some of them, or `hỏi` for `ngã`."""
    fits = 1.0
    for one, other in zip(typed.lstrip("^").split(), written.lstrip("^").split(), strict=True):
        if one in (other, fold(other)):
            continue
        had, has = _marks(one), _marks(other)
        fits *= _OTHER_MARKS if had <= has or has <= had else 0.0
    return fits


def _marks(word: str) -> set[str]:
    return {char for char in word.replace("\u0303", "\u0309") if char == "đ" or unicodedata.combining(char)}


# Features are words (`ho`) and pairs (`ho so`); of titles and keywords also the whole (`^ho so`). With `=` before it
# a feature has its marks (`=hồ`); pairs of the steps are too many for that.


def _strong(entry: IndexEntry) -> set[str]:
    """Return the features of title and keywords, and of questions as a whole."""
    named = (entry.title, *entry.keywords)
    whole = (*named, *(ask for ask in entry.asks if len(words(ask)) <= _PHRASE_WORDS))
    wholes = {f"^{' '.join(folded(text))}" for text in whole} | {f"=^{' '.join(keys_of(text))}" for text in whole}
    pairs = {f"={one} {other}" for text in named for one, other in pairwise(keys_of(text))}
    return wholes | pairs | _grams(named)


def _weak(entry: IndexEntry) -> set[str]:
    """Return the features of the steps."""
    return _grams((*entry.steps, entry.area))


def _grams(texts: Iterable[str]) -> set[str]:
    """Return words, the same with their marks, and pairs."""
    found: set[str] = set()
    typed: set[str] = set()
    for text in texts:
        run = words(text)
        typed.update(run)
        found.update(map(" ".join, pairwise(map(unmarked, run))))
    return found.union(map(unmarked, typed), (f"={mark_key(word)}" for word in typed))
