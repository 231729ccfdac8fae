"""The two joints between families: provisions, which one gives to others, and hooks, which many add to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, cast

from msgspec import Struct

T = TypeVar("T")


class FamilyError(Exception):
    """A set of families that cannot start; the message is one line that names the family at fault."""


class Provision(Struct, Generic[T], frozen=True):
    """A thing that one family provides and others need, known by name and by type: `HOME: Provision[Home]`."""

    name: str


class Given:
    """The provisions that a family asked for: `given[HOME]`, or `given.get(KEEP_DIFFICULTY)` for an optional one."""

    def __init__(self, provided: Mapping[str, object], asked: Sequence[Provision[Any]]) -> None:
        self._provided = provided
        self._asked = frozenset(one.name for one in asked)

    def __getitem__(self, wanted: Provision[T]) -> T:
        found = self.get(wanted)
        if found is None:
            raise FamilyError(f"{wanted.name!r} is provided by nobody")
        return found

    def get(self, wanted: Provision[T]) -> T | None:
        """Return an optional provision, or None. Raises FamilyError for one that was not declared as a need."""
        if wanted.name not in self._asked:
            raise FamilyError(f"{wanted.name!r} is used without being named among the needs")
        return cast("T | None", self._provided.get(wanted.name))


class Hook(Generic[T]):
    """A list that several families add to and one reads, in the order of the numbers given.

    It is complete, and may be read, only after all families were built.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._added: list[tuple[int, T]] = []
        self._items: tuple[T, ...] | None = None

    def add(self, item: T, order: int = 50) -> None:
        """Add an item; smaller numbers come first, equal ones in the order of the families."""
        if self._items is not None:
            raise FamilyError(f"{self.name}: added to after all families were built")
        self._added.append((order, item))

    def freeze(self) -> None:
        self._items = tuple(item for _, item in sorted(self._added, key=lambda one: one[0]))

    def __iter__(self) -> Iterator[T]:
        if self._items is None:
            raise FamilyError(f"{self.name}: read before all families were built")
        return iter(self._items)
