"""Which figures may be shown: none under five, and none that the others would tell."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

FEWEST = 5

Shown = int | None
"""A figure, or None for one that is kept back."""
_Key = TypeVar("_Key", bound=Hashable)


def shown(count: int) -> Shown:
    """Return a figure that stands alone, None if it is hidden."""
    return count if count >= FEWEST else None


def hidden(parts: Mapping[_Key, int]) -> Mapping[_Key, Shown]:
    """Return the parts of a sum that is shown beside them, None for hidden ones.

    A part under five is kept back, and with it the next smallest until those kept back are at least two and have at
    least five in common: the sum then tells none of the missing parts. All of them look alike, so it cannot be seen
    which are the small ones.
    """
    rising = sorted(parts, key=lambda key: parts[key])
    kept_back = [key for key in rising if parts[key] < FEWEST]
    larger = rising[len(kept_back) :]
    while kept_back and larger and (len(kept_back) < 2 or sum(parts[key] for key in kept_back) < FEWEST):
        kept_back.append(larger.pop(0))
    return {key: None if key in kept_back else count for key, count in parts.items()}
