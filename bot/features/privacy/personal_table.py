"""Personal data of a feature: for each table how to show it to the person and how to erase it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct

from bot.core.sessions import Key
from bot.features.guides.facts import GuideFact


class TranslatedWord(str):
    """A value that is translated where it is shown."""

    __slots__ = ()


class GuideTitle(NamedTuple):
    """The name of a guide or of a step, as its file has it; translated in its `context` where it is shown.

    `facts` are those that a step names; their values are put in after the translation.
    """

    text: str
    context: str
    facts: tuple[GuideFact, ...] = ()


Value = TranslatedWord | GuideTitle | str | int | datetime
Values = Mapping[str, Value]


class Held(NamedTuple):
    """One account of the person and its private chat."""

    platform: str
    native_id: str
    chat_id: str

    @property
    def ids(self) -> frozenset[str]:
        return frozenset({self.native_id, self.chat_id} - {""})


class Subject(Struct, frozen=True):
    """The person whose data is shown or erased. `person_id` is None for one who never gave a name.

    `present` is the chat in which they ask: its session answers them, and goes after the answer.
    """

    accounts: tuple[Held, ...]
    person_id: int | None
    name: str = ""
    present: Key | None = None


class Fact(Struct, frozen=True):
    """One thing that is kept: a Vietnamese template and its values."""

    template: str
    values: Values


class PersonalTable(Struct, frozen=True):
    """One table. `erase` runs in the caller's transaction.

    `why` goes on after “để”, `until` after “giữ”. `stays` is what is left of it after erasing, and why; "" is nothing.
    `own` are names and words of the person that were passed on to others: erasing takes them out there as well.
    """

    table: str
    title: str
    read: Callable[[Subject], Awaitable[Sequence[Fact]]]
    erase: Callable[[Subject], Awaitable[None]]
    why: str
    until: str
    stays: str = ""
    own: Callable[[Subject], Awaitable[Sequence[str]]] | None = None


class TableContents(NamedTuple):
    """A table that holds something of the person, with what it holds."""

    table_of: PersonalTable
    facts: Sequence[Fact]
