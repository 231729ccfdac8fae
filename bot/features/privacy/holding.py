"""What a feature keeps of people: for each table how to show it to the person and how to erase it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from bot.core.sessions import Key


class Word(str):
    """A value that is translated where it is shown."""

    __slots__ = ()


class Title(NamedTuple):
    """The name of a guide or of a step, as its file has it; translated in its `context` where it is shown."""

    text: str
    context: str


Value = Word | Title | str | int | datetime
Values = Mapping[str, Value]


class Held(NamedTuple):
    """One account of the person and its private chat."""

    platform: str
    native_id: str
    chat_id: str

    @property
    def ids(self) -> frozenset[str]:
        return frozenset({self.native_id, self.chat_id} - {""})


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody whose data is shown or erased. `person_id` is None for who never gave a name.

    `present` is the chat in which they ask: its session answers them, and goes after the answer.
    """

    accounts: tuple[Held, ...]
    person_id: int | None
    name: str = ""
    present: Key | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is kept: a Vietnamese template and its values."""

    template: str
    values: Values


@dataclass(frozen=True, slots=True)
class Holding:
    """One table. `erase` runs in the caller's transaction."""

    table: str
    title: str
    read: Callable[[Subject], Awaitable[Sequence[Fact]]]
    erase: Callable[[Subject], Awaitable[None]]
