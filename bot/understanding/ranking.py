"""The possible meanings of words, best first: what was learned from examples, and the index of the guides' own words.

The model knows the shipped guides, what else people want of the bot, and what nobody has anything for; the index knows
each guide of this commune, also one that was written yesterday. Both are joined before probabilities are made of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from bot.features.search.index import POSSIBLE, SURE, Hit, Index

from .decisions import ACT, OFFER, Reading
from .model import NONE, Model, read_once

EVERYBODY = frozenset({"wish", "refuse"})
"""The kinds of meanings that anybody may have; `leader` and `official` come with a role."""
_INDEX_WORTH = 1.0  # a guide that the index finds with 100 of 100 points is e times as likely as one that it does not
_UNLEARNED = -3.0  # what the model would say of a guide that it does not know
_UNLEARNED_WORTH = 7.0  # for such a guide the index speaks alone
_MIGHT_BE, _IS = OFFER, ACT  # probabilities from which a guide is shown beside a person to ask, and as the answer
_LOWEST = 0.02
_MOST_KEPT = 4  # readings
_NAMED = 4.0  # a guide whose keyword or title was typed, no word more, is four times as likely as all else together


class _Points(Struct, frozen=True):
    """Points of each meaning and each guide, of whatever kind; `named` is the guide of which this is the name."""

    meanings: Mapping[str, float]
    guides: Mapping[str, float]
    named: str | None


class _Read(Struct):
    """A reading of words; with other guides, whose titles are another mapping, they are read anew.

    `points` are the same for all kinds. `hits` are what was made of it since.
    """

    words: str
    kinds: frozenset[str]
    titles: Mapping[str, str]
    points: _Points | None
    reading: Reading
    hits: Sequence[Hit] | None = None


@dataclass(frozen=True)
class Ranking:
    """Search as `Index` does, and know what people call things."""

    index: Index
    model: Callable[[], Model] | None = None
    """None is the model that is shipped."""
    _last: list[_Read] = field(default_factory=list, compare=False)

    def means(self, words: str, *names: str) -> bool:
        """Return whether the words surely mean one of these meanings, whichever of them it is.

        search.means("để tối bà làm", "wish:stop")
        """
        likely = self.likely(words, EVERYBODY | {name.partition(":")[0] for name in names})
        return sum(likely.get(name, 0.0) for name in names) >= ACT

    def surely(self, words: str, kinds: frozenset[str] = EVERYBODY) -> str:
        """Return the slug of the guide or the meaning of these kinds to act upon, "" where none is sure."""
        return self._read(words, kinds).reading.surely

    def likely(self, words: str, kinds: frozenset[str] = EVERYBODY) -> Mapping[str, float]:
        """Return the probability of each guide of this commune, each meaning of these kinds, and `NONE`.

        Empty where nothing is known of the words. Meanings of other kinds are left out before probabilities are made,
        so the others share what they would have got.
        """
        return self._read(words, kinds).reading.likely

    def read(self, words: str, kinds: frozenset[str] = EVERYBODY) -> Reading:
        """Return the reading of the probabilities that `likely` returns."""
        return self._read(words, kinds).reading

    def _read(self, words: str, kinds: frozenset[str]) -> _Read:
        # Several conversations ask for the same words, one after the other, and some for other kinds.
        alike = [one for one in self._last if one.words == words and one.titles is self.index.titles]
        for one in alike:
            if one.kinds == kinds:
                return one
        points = alike[0].points if alike else self._points(words)
        found = _Read(words, kinds, self.index.titles, points, Reading(_likely(points, kinds)))
        self._last[:] = [found, *self._last[: _MOST_KEPT - 1]]
        return found

    def _points(self, words: str) -> _Points | None:
        """Return the points, None where nothing is known of the words."""
        titles = self.index.titles
        learned = read_once(words) if self.model is None else self.model().scores(words)
        if not learned:
            return None
        worth = {hit.slug: hit.score / 100 for hit in self.index.find(words, len(titles))}
        guides: dict[str, float] = {}
        for slug in titles:
            of_index = worth.get(slug, 0.0)
            guides[slug] = (
                learned[slug] + _INDEX_WORTH * of_index if slug in learned else _UNLEARNED + _UNLEARNED_WORTH * of_index
            )
        return _Points(learned, guides, self.index.named(words))

    def find(self, query: str, limit: int = 10) -> list[Hit]:
        """Find guides for `query`, best first; the score is `SURE` or more where one may be taken as the answer."""
        read = self._read(query, EVERYBODY)
        likely = read.reading.likely
        if not likely:
            return self.index.find(query, limit)
        if read.hits is None:
            hits = [
                Hit(slug, round(_points_of(likely[slug]), 1), title)
                for slug, title in self.index.titles.items()
                if likely[slug] >= _LOWEST
            ]
            read.hits = sorted(hits, key=lambda hit: (-hit.score, hit.title))
        return list(read.hits[:limit])


def _likely(points: _Points | None, kinds: frozenset[str]) -> Mapping[str, float]:
    """Return the probability of each guide, each meaning of these kinds, and `NONE`."""
    if points is None:
        return {}
    of_kinds = {
        name: value for name, value in points.meanings.items() if name == NONE or name.partition(":")[0] in kinds
    }
    together = {**of_kinds, **points.guides}
    highest = max(together.values())
    likely = {name: math.exp(value - highest) for name, value in together.items()}
    total = sum(likely.values())
    if points.named is not None:
        likely[points.named] = max(likely[points.named], _NAMED * total)
        total = sum(likely.values())
    return {name: value / total for name, value in likely.items()}


def _points_of(probability: float) -> float:
    """Return a score on the scale of the index, where `POSSIBLE` and `SURE` have their meaning."""
    for low, high, from_score, to_score in _SCALE:
        if probability <= high:
            return from_score + (to_score - from_score) * (probability - low) / (high - low)
    return 100.0


_SCALE: Sequence[tuple[float, float, float, float]] = (
    (0.0, _MIGHT_BE, 0.0, POSSIBLE),
    (_MIGHT_BE, _IS, POSSIBLE, SURE),
    (_IS, 1.0, SURE, 100.0),
)
