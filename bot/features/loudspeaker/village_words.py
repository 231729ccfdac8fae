"""Which village a sentence about a loudspeaker names, and what is left of it without that name."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from bot.core.text import fold
from bot.features.units import Place

_NO_NAME = frozenset(
    {
        "phat", "minh", "toi", "ta", "chung", "nha", "luc", "bat", "vao", "mo", "o", "hang", "moi", "cum", "thu",
        "ngay", "tu", "sang", "chieu", "va", "la", "co", "dat", "doi", "lich", "loa",
    }
)  # fmt: skip
"""Words that stand after “thôn” without being its name: “loa thôn phát lúc …”."""
_MARKS = ",.;:!?“”\"'()"


class Named(Struct, frozen=True):
    """`places` are several when they bear the same name. `strange`: a village is named that the list does not have."""

    places: tuple[Place, ...]
    rest: str
    strange: bool = False


def named(words: str, villages: Sequence[Place]) -> Named:
    """Find the village named: the longest name counts. One of a single word, as “Đông”, needs its “thôn” in front."""
    typed = words.split()
    bare = [fold(word.strip(_MARKS)) for word in typed]
    best: tuple[int, int] = (0, 0)
    found: list[Place] = []
    for place in villages:
        for name in _forms(place):
            at = _position(name, bare)
            if at is None or len(name) < best[1]:
                continue
            if (at, len(name)) != best:
                best, found = (at, len(name)), []
            found.append(place)
    if found:
        at, size = best
        end = "," if typed[at + size - 1][-1] in _MARKS else ""
        return Named(tuple(dict.fromkeys(found)), " ".join([*typed[:at], end, *typed[at + size :]]).strip())
    kinds = {fold(place.kind) for place in villages} | {"thon", "xom"}
    return Named((), words, any(one in kinds and other not in _NO_NAME and other for one, other in pairwise(bare)))


def _forms(place: Place) -> list[tuple[str, ...]]:
    names = [tuple(fold(name).split()) for name in place.names]
    kind = tuple(fold(place.kind).split())
    return [form for name in names if name for form in ((*kind, *name), name) if len(form) > 1]


def _position(name: Sequence[str], among: Sequence[str]) -> int | None:
    size = len(name)
    return next((at for at in range(len(among) - size + 1) if tuple(among[at : at + size]) == tuple(name)), None)
