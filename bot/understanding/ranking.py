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

from .decisions import ACT, OFFER, reading
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


class _Read(Struct):
    """A reading of words; with other guides, whose titles are another mapping, they are read anew.

    `surely` and `hits` are what was made of it since.
    """

    words: str
    kinds: frozenset[str]
    titles: Mapping[str, str]
    likely: Mapping[str, float]
    surely: str | None = None
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
        read = self._read(words, kinds)
        if read.surely is None:
            read.surely = reading(read.likely).surely
        return read.surely

    def likely(self, words: str, kinds: frozenset[str] = EVERYBODY) -> Mapping[str, float]:
        """Return the probability of each guide of this commune, each meaning of these kinds, and `NONE`.

        Empty where nothing is known of the words. Meanings of other kinds are left out before probabilities are made,
        so the others share what they would have got.
        """
        return self._read(words, kinds).likely

    def _read(self, words: str, kinds: frozenset[str]) -> _Read:
        # Several conversations ask for the same words, one after the other.
        for one in self._last:
            if (one.words, one.kinds) == (words, kinds) and one.titles is self.index.titles:
                return one
        found = _Read(words, kinds, self.index.titles, self._likely(words, kinds))
        self._last[:] = [found, *self._last[: _MOST_KEPT - 1]]
        return found

    def _likely(self, words: str, kinds: frozenset[str]) -> Mapping[str, float]:
        titles = self.index.titles
        worth = {hit.slug: hit.score / 100 for hit in self.index.find(words, len(titles))}
        learned = read_once(words) if self.model is None else self.model().scores(words)
        if not learned:
            return {}
        points = {name: value for name, value in learned.items() if name == NONE or name.partition(":")[0] in kinds}
        for slug in titles:
            of_index = worth.get(slug, 0.0)
            points[slug] = (
                learned[slug] + _INDEX_WORTH * of_index if slug in learned else _UNLEARNED + _UNLEARNED_WORTH * of_index
            )
        highest = max(points.values())
        likely = {name: math.exp(value - highest) for name, value in points.items()}
        total = sum(likely.values())
        if (named := self.index.named(words)) is not None:
            likely[named] = max(likely[named], _NAMED * total)
            total = sum(likely.values())
        return {name: value / total for name, value in likely.items()}

    def find(self, query: str, limit: int = 10) -> list[Hit]:
        """Find guides for `query`, best first; the score is `SURE` or more where one may be taken as the answer."""
        read = self._read(query, EVERYBODY)
        if not read.likely:
            return self.index.find(query, limit)
        if read.hits is None:
            hits = [
                Hit(slug, round(_points_of(read.likely[slug]), 1), title)
                for slug, title in self.index.titles.items()
                if read.likely[slug] >= _LOWEST
            ]
            read.hits = sorted(hits, key=lambda hit: (-hit.score, hit.title))
        return list(read.hits[:limit])


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
