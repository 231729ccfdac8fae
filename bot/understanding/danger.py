"""Whether words tell of danger now, and which number helps: what was learned from examples decides.

The rules of `bot.features.search.emergency` say more exactly what to do (out of the fire, or throw a rope), so where
they see a danger too, theirs is the line. A danger that only they see is never silent: where the model holds the words
for everyday talk it is the line below.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from msgspec import Struct

from bot.features.search.emergency import (
    CHILD,
    DESPAIR,
    FRAUD,
    INJURY,
    RESCUE,
    VIOLENCE,
    Emergency,
    number_for,
    sounds_like_a_trick,
)

from .encoder import Encoder
from .features import MAX_CHARACTERS
from .model import NONE, read_once

Tier = Literal["sure", "maybe"]
_SURE, _MAYBE, _CERTAIN = 0.45, 0.01, 0.97
_OF_ITSELF = 0.8
"""What means a guide or a wish as surely as this is no call for help, unless that is certain."""
_RULES_TRUSTED = 0.2
"""Words of a rule that stand in films and memories, too: the model has to hold them for possible."""
_NEAR = 100
"""Characters around the words of a rule: a cry at the end of a long story is lost in the whole of it."""
_FEW_WORDS = 2
_OF_AN_ANSWER = 6
_BANK, _CHILD = "bank", "child"
"""Of money that left people ask much without danger: only what is certain goes before the answer."""
_SURE_OF_A_CHILD, _OTHER_OF_A_CHILD = 0.9, 0.3
"""People tell of children without danger, too: a birth, a school."""
_LINES: Mapping[str, Emergency] = {
    "113": VIOLENCE,
    "114": RESCUE,
    "115": INJURY,
    "bank": FRAUD,
    "child": CHILD,
    "self": DESPAIR,
}
_READ = 2000  # characters; more is no cry for help
_FILE = "danger.model"


@cache
def shipped() -> Encoder:
    """Return the model of danger that is shipped."""
    return Encoder.read(files(__package__).joinpath(_FILE).read_bytes())


def _other_matter(text: str) -> float:
    """Return how likely the likeliest guide or wish is."""
    return max((math.exp(value) for name, value in read_once(text).items() if name != NONE), default=0.0)


class Alarm(Struct, frozen=True):
    """A danger; only one that is sure goes before every answer."""

    tier: Tier
    emergency: Emergency


class DangerReader(Struct, frozen=True):
    """Reads danger out of words.

    >>> DangerReader().alarm("nhà bà Tư đang cháy to lắm rồi, cứu với").tier
    'sure'
    """

    model: Callable[[], Encoder] = shipped
    other: Callable[[str], float] = _other_matter

    def alarm(self, text: str) -> Alarm | None:
        """Return what `text` tells of, or None where it is everyday talk; a long one is read in pieces."""
        by_rules = number_for(text)
        danger, kind = self._likeliest(text, MAX_CHARACTERS)
        # One word says too little for more than the rules: “dạ” and “đau” stand in many a cry for help.
        alone, few = len(text.split()) == 1, len(text.split()) <= _FEW_WORDS
        if by_rules is not None:
            trusted = alone or not kind or max(danger, self._likeliest(text, _NEAR)[0]) >= _RULES_TRUSTED
            return Alarm("sure" if trusted else "maybe", by_rules)
        # Two words may be a good-bye or “dc r”: less than certain is nothing, nor is what is known as something else.
        if alone or danger < (_CERTAIN if few else _MAYBE) or (few and self.other(text) >= _OF_ITSELF):
            return None
        if sounds_like_a_trick(text):
            # Who is only told to pay or to install has a warning of its own, which says what to do instead.
            return Alarm("maybe", _LINES[kind])
        least, other = (_SURE_OF_A_CHILD, _OTHER_OF_A_CHILD) if kind == _CHILD else (_SURE, _OF_ITSELF)
        certain = danger >= _CERTAIN or (kind != _BANK and danger >= least and not few and self.other(text) < other)
        return Alarm("sure" if certain else "maybe", _LINES[kind])

    def _likeliest(self, text: str, characters: int) -> tuple[float, str]:
        """Return the likeliest danger of the pieces of so many characters, and its kind."""
        pieces = [text[at : at + characters] for at in range(0, min(len(text), _READ), characters)]
        return max([(0.0, ""), *map(self._likely, pieces)])

    def _likely(self, text: str) -> tuple[float, str]:
        """Return how likely danger is and its likeliest kind, "" where nothing is known of the words."""
        learned = dict(self.model().scores(text))
        if not learned:
            return 0.0, ""
        danger = 1 - math.exp(learned.pop(NONE))
        return danger, max(learned, key=lambda kind: learned[kind])


@lru_cache(maxsize=8)
def heard(text: str) -> Alarm | None:
    """Return the danger that `text` tells of; the few callers that ask about one message read it once."""
    return DangerReader().alarm(text)


def may_answer(text: str) -> bool:
    """Return whether so few words may answer a page of a guide, and no rule knows them: the number is the line below.

    “Thằng bé 8 tuổi” under “Cháu mấy tuổi?” sounded like a child in need.
    """
    return len(text.split()) <= _OF_AN_ANSWER and number_for(text) is None


def sure(text: str) -> Emergency | None:
    """Return the danger that `text` surely tells of."""
    alarm = heard(text)
    return alarm.emergency if alarm is not None and alarm.tier == "sure" else None
