"""Words that cannot be Vietnamese: a guide may use them only to name what a screen shows."""

from __future__ import annotations

import re

from bot.core.lean import patterns

# Without a mark only these syllables exist: one that ends in c, ch, p or t always carries a tone.
_SYLLABLE = patterns.compile(
    r"(?:ngh?|nh|gh|gi|g|kh|ph|qu|th|tr|ch|[bcdhklmnprstvx])?[aeiouy]{1,3}(?:ng|nh|[mn])?", re.ASCII
)
# Lower case only, as names begin with a capital; not a part of an address, a file name or a {placeholder}.
_WORD = patterns.compile(r"(?<![\w.@/{-])[a-z]{2,}(?:-[a-z]+)*(?![\w}-]|:/|[.@/]\w)")
# What is said in every village, a code that VNeID itself calls so, and units.
_TAKEN_IN = frozenset(
    {"chip", "video", "livestream", "radio", "tivi", "taxi", "passcode", "km", "kg", "cm", "mm", "ml"}
)


def foreign_words(text: str) -> list[str]:
    """Return the words of `text` that are not Vietnamese, each once, in their order."""
    words = dict.fromkeys(_WORD.findall(text))
    return [word for word in words if word not in _TAKEN_IN and not all(map(_SYLLABLE.fullmatch, word.split("-")))]
