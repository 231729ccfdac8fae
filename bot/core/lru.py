"""Values of the last 10,000 chats or people; of more, the oldest are forgotten.

Keys become plain tuples, and values should be numbers, times or plain tuples of them: those the garbage collector lets
go of. A list and three objects for each of 10,000 chats stopped the loop for 50 ms whenever it walked them.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

REMEMBERED = 10_000

V = TypeVar("V")


class Latest(Generic[V]):
    """A name is a tuple of ids, such as a session's key."""

    def __init__(self) -> None:
        self._values: OrderedDict[tuple[str, ...], V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, name: tuple[str, ...]) -> V | None:
        return self._values.get(name)

    def put(self, name: tuple[str, ...], value: V) -> None:
        """Set what is known of `name`, which is the newest now."""
        plain = tuple(name)
        self._values[plain] = value
        self._values.move_to_end(plain)
        if len(self._values) > REMEMBERED:
            self._values.popitem(last=False)

    def forget(self, name: tuple[str, ...]) -> None:
        self._values.pop(name, None)
