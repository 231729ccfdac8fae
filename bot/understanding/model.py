"""A trained model: a weight for each pair of a feature and a meaning, in one file that needs no library to be read.

The file is one line of JSON (`Header`) and then five arrays, little-endian: the sorted hashes of the features, how rare
each one is, how many weights it has, and for each weight its meaning and its value. Only weights that matter are in it.
"""

from __future__ import annotations

import math
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate
from operator import sub

from msgspec import Struct
from pydantic import BaseModel

from .features import counted

NONE = "none"
"""The meaning of what the bot has nothing for."""
_FILE = "meanings.model"
_RARITY_STEPS = 255


class Header(BaseModel, defer_build=True):
    """`scale` is the value of one step of a weight, `rarest` that of 255; `data` is the SHA-256 of the examples."""

    meanings: tuple[str, ...]
    bias: tuple[float, ...]
    scale: float
    rarest: float
    features: int
    weights: int
    data: str


class Model(Struct, frozen=True):
    header: Header
    hashes: Sequence[int]
    rarities: bytes
    starts: Sequence[int]
    meanings: bytes
    values: Sequence[int]

    @classmethod
    def read(cls, data: bytes) -> Model:
        """Read a file that `write` made."""
        line, _, rest = data.partition(b"\n")
        header = Header.model_validate_json(line)
        at = 0

        def taken(kind: str, count: int) -> array[int]:
            nonlocal at
            found = array(kind)
            size = found.itemsize * count
            found.frombytes(rest[at : at + size])
            at += size
            if sys.byteorder == "big":
                found.byteswap()
            return found

        hashes = taken("I", header.features)
        rarities = taken("B", header.features).tobytes()
        # How many weights each feature has, in the file; where they begin, in memory.
        starts = array("I", accumulate(taken("B", header.features), initial=0))
        meanings = taken("B", header.weights).tobytes()
        return cls(header, hashes, rarities, starts, meanings, taken("b", header.weights))

    def write(self) -> bytes:
        """Write the file."""
        arrays = (
            array("I", self.hashes), array("B", self.rarities), array("B", map(sub, self.starts[1:], self.starts)),
            array("B", self.meanings), array("b", self.values),
        )  # fmt: skip
        if sys.byteorder == "big":
            for one in arrays:
                one.byteswap()
        return self.header.model_dump_json().encode() + b"\n" + b"".join(one.tobytes() for one in arrays)

    def rarities_of(self, found: Iterable[int]) -> Sequence[float]:
        """Return how rare each feature is: the logarithm of one over its share of the texts, at most a new one's."""
        hashes, rarities, rarest, known = self.hashes, self.rarities, self.header.rarest, len(self.hashes)
        places = [(feature, bisect_left(hashes, feature)) for feature in found]
        return [
            rarities[place] / _RARITY_STEPS * rarest if place < known and hashes[place] == feature else rarest
            for feature, place in places
        ]

    def scores(self, text: str) -> Mapping[str, float]:
        """Return the logarithm of each meaning's probability; an empty mapping where no feature is known."""
        return self.scores_of(counted(text))

    def scores_of(self, found: Mapping[int, int]) -> Mapping[str, float]:
        """Return the same for features that were counted already."""
        at: list[tuple[int, float]] = []
        unknown = 0.0
        hashes, known = self.hashes, len(self.hashes)
        for feature, count in found.items():
            place = bisect_left(hashes, feature)
            if place < known and hashes[place] == feature:
                at.append((place, (1 + math.log(count)) * (self.rarities[place] / _RARITY_STEPS * self.header.rarest)))
            else:
                unknown += ((1 + math.log(count)) * self.header.rarest) ** 2
        if not at:
            return {}
        # What is unknown counts in the length: of a text in another language little is believed.
        length = math.sqrt(sum(value * value for _, value in at) + unknown)
        step = self.header.scale / length
        sums = list(self.header.bias)
        for place, value in at:
            worth = value * step
            here = slice(self.starts[place], self.starts[place + 1])
            for meaning, weight in zip(self.meanings[here], self.values[here], strict=True):
                sums[meaning] += worth * weight
        highest = max(sums)
        total = highest + math.log(sum(math.exp(each - highest) for each in sums))
        return {name: each - total for name, each in zip(self.header.meanings, sums, strict=True)}


@cache
def shipped() -> Model:
    """Return the model of guides and other meanings that is shipped."""
    return Model.read(files(__package__).joinpath(_FILE).read_bytes())


@lru_cache(maxsize=8)
def read_once(text: str) -> Mapping[str, float]:
    """Return what the shipped model says; one message is read for its danger, its wish and its guide."""
    return shipped().scores(text)
