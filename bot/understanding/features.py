"""The features of a text: words with and without their marks, pairs of words, and runs of letters.

Training and the running bot both take them from here, so a change of this file wants `make learn`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

from bot.core.text import clean, fold
from bot.features.search.spelling import words

MAX_CHARACTERS = 400
_RUNS = (3, 4, 5)
_LEAST_LETTERS = 2


def features(text: str) -> Counter[int]:
    """Return how often each feature stands in the first 400 characters of `text`, by the feature's hash.

    Marks are often left out, so most features have none; a word that has marks is a feature beside the one without:

        >>> len(features("mã")) - len(features("ma"))
        1
    """
    marked = words(clean(text[:MAX_CHARACTERS]))
    bare = [fold(word) for word in marked]
    if sum(map(len, bare)) < _LEAST_LETTERS:
        return Counter()
    found = [f"w{word}" for word in bare]
    found += [f"m{word}" for word, plain in zip(marked, bare, strict=True) if word != plain]
    found += [f"b{one} {other}" for one, other in pairwise(bare)]
    found += [f"s{one} {other}" for one, other in zip(bare, bare[2:], strict=False)]
    line = f" {' '.join(bare)} "
    found += [line[at : at + length] for length in _RUNS for at in range(len(line) - length + 1)]
    return Counter(crc32(feature.encode()) for feature in found)


@lru_cache(maxsize=8)
def counted(text: str) -> Mapping[int, int]:
    """Return `features` of a message, which is read for its danger, its wish and the page that is open."""
    return features(text)
