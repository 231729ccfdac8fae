"""A trained encoder: each feature is a short vector, their sum goes through one hidden layer to the meanings.

Of texts as short as a cry for help it understands more than weights for each feature alone: what two words say together
needs not have been seen. The file is one line of JSON (`EncoderHeader`) and then arrays, little-endian: the sorted
hashes of the features, how rare each is, the scale of its vector, the vectors in whole steps, and the two layers.
"""

from __future__ import annotations

import math
import sys
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul

from pydantic import BaseModel

from .features import counted

_STEPS = 255


class EncoderHeader(BaseModel, defer_build=True):
    """`width` is the length of a vector, `hidden` of the layer between; `data` is the SHA-256 of the examples."""

    meanings: tuple[str, ...]
    width: int
    hidden: int
    scale: float
    rarest: float
    features: int
    data: str


@dataclass(frozen=True)
class Encoder:
    """`inner` and `outer` are the layers by their output, each with its bias behind the weights."""

    header: EncoderHeader
    hashes: Sequence[int]
    rarities: bytes
    scales: bytes
    vectors: Sequence[int]
    inner: Sequence[float]
    outer: Sequence[float]

    @classmethod
    def read(cls, data: bytes) -> Encoder:
        """Read a file that `write` made."""
        line, _, rest = data.partition(b"\n")
        header = EncoderHeader.model_validate_json(line)
        at, kinds = 0, len(header.meanings)

        def taken(kind: str, count: int) -> array[int]:
            nonlocal at
            found = array(kind)
            size = found.itemsize * count
            found.frombytes(rest[at : at + size])
            at += size
            if sys.byteorder == "big":
                found.byteswap()
            return found

        return cls(
            header,
            taken("I", header.features),
            taken("B", header.features).tobytes(),
            taken("B", header.features).tobytes(),
            taken("b", header.features * header.width),
            taken("f", header.hidden * (header.width + 1)),
            taken("f", kinds * (header.hidden + 1)),
        )

    def write(self) -> bytes:
        """Write the file."""
        arrays = (
            array("I", self.hashes), array("B", self.rarities), array("B", self.scales), array("b", self.vectors),
            array("f", self.inner), array("f", self.outer),
        )  # fmt: skip
        if sys.byteorder == "big":
            for one in arrays:
                one.byteswap()
        return self.header.model_dump_json().encode() + b"\n" + b"".join(one.tobytes() for one in arrays)

    def scores(self, text: str) -> Mapping[str, float]:
        """Return the logarithm of each meaning's probability; an empty mapping where no feature is known."""
        header, width = self.header, self.header.width
        worths: list[float] = []
        vectors: list[Sequence[int]] = []
        squares = 0.0
        for feature, count in counted(text).items():
            place = bisect_left(self.hashes, feature)
            often = 1 + math.log(count)
            if place == len(self.hashes) or self.hashes[place] != feature:
                # What is unknown counts in the length: of a text in another language little is believed.
                squares += (often * header.rarest) ** 2
                continue
            worth = often * self.rarities[place] / _STEPS * header.rarest
            squares += worth * worth
            worths.append(worth * self.scales[place])
            vectors.append(self.vectors[place * width : (place + 1) * width])
        if not worths:
            return {}
        unit = header.scale / math.sqrt(squares)
        summed = [sum(map(mul, worths, column)) * unit for column in zip(*vectors, strict=True)]
        middle = [max(0.0, each) for each in _layer(self.inner, summed, header.hidden)]
        sums = _layer(self.outer, middle, len(header.meanings))
        highest = max(sums)
        total = highest + math.log(sum(math.exp(each - highest) for each in sums))
        return {name: each - total for name, each in zip(header.meanings, sums, strict=True)}


def _layer(weights: Sequence[float], given: Sequence[float], outputs: int) -> list[float]:
    size = len(given) + 1
    return [
        sum(map(mul, weights[at * size : at * size + size - 1], given)) + weights[at * size + size - 1]
        for at in range(outputs)
    ]
