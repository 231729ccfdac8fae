"""Which counts of opinions may be told: none that would say of one neighbour how they answered."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from bot.features.insight import FEWEST, Shown, TallyPlace, hidden, shown

from .opinions import MOODS, Given, Mood, together

MANY = 20
"""From so many answers on it may be said what nearly all of them were."""


class PublishedOpinions(Struct, frozen=True):
    """`answers` None: fewer than FEWEST. A mood that is None is kept back.

    `nearly_all`: of many answers all but fewer than FEWEST were this, so no figure can be told.
    """

    answers: Shown = None
    moods: Mapping[Mood, Shown] = field(default_factory=dict)
    nearly_all: Mood | None = None

    @property
    def good(self) -> Shown:
        return self.moods.get("good")


def told(given: Given) -> PublishedOpinions:
    answers = given.total()
    if shown(answers) is None:
        return PublishedOpinions()
    moods = hidden({mood: given[mood] for mood in MOODS})
    largest = max(MOODS, key=lambda mood: given[mood])
    one_sided = answers >= MANY and answers - given[largest] < FEWEST
    return PublishedOpinions(answers, moods, largest if one_sided else None)


class Share(Struct, frozen=True):
    """How many of the answers of a village were good."""

    good: int
    answers: int


def by_village(parts: Mapping[TallyPlace, Given]) -> Mapping[TallyPlace, Share | None]:
    """Return the share of each village, None if kept back.

    The sum of all is told beside, so those kept back must be many enough together, on both sides. Nothing is told of
    villages if the commune's own figure is kept back.
    """
    if told(together(parts)).good is None:
        return dict.fromkeys(parts)
    shares = {place: Share(given["good"], given.total()) for place, given in parts.items()}
    kept_back = [place for place, share in shares.items() if _is_small([share])]
    larger = sorted((place for place in shares if place not in kept_back), key=lambda place: shares[place].answers)
    while kept_back and larger and _is_small([shares[place] for place in kept_back]):
        kept_back.append(larger.pop(0))
    return {place: None if place in kept_back else share for place, share in shares.items()}


def _is_small(shares: list[Share]) -> bool:
    good, answers = sum(share.good for share in shares), sum(share.answers for share in shares)
    return good < FEWEST or answers - good < FEWEST
