"""The register of marketplaces: those in use, with their names, and those that were closed; each with its source.

`marketplaces.toml` holds the entries that ship with the program; a commune changes or adds entries in its
`commune.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.core.text import fold
from bot.i18n import msg

Status = Literal["đang dùng", "đã đổi tên", "đã ngừng"]
STATUSES: Mapping[Status, str] = {
    "đang dùng": msg("đang dùng"),
    "đã đổi tên": msg("đã đổi tên, vẫn bán được"),
    "đã ngừng": msg("đã ngừng"),
}
"""Status → how it is shown."""
Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Name = Annotated[str, Field(max_length=60)]


class Marketplace(BaseModel, defer_build=True):
    """`name` is the present one, `since` when it came to be so, in words; `guide` the slug of a guide, "" for none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Key
    name: Name = ""
    earlier: tuple[Name, ...] = ()
    status: Status = "đang dùng"
    since: Annotated[str, Field(max_length=40)] = ""
    guide: Annotated[str, Field(pattern=r"^[a-z0-9-]*$", max_length=64)] = ""
    source: Annotated[str, Field(max_length=200)] = ""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.earlier)


class _File(BaseModel, defer_build=True):
    marketplaces: tuple[Marketplace, ...]


def register(changes: Iterable[Marketplace] = ()) -> Sequence[Marketplace]:
    """Build the list that ships, with a commune's changes; an entry changes only the fields that it gives.

    Raises ValueError (a Vietnamese sentence) for an entry without name or source.
    """
    entries = dict(_shipped())
    for change in changes:
        known = entries.get(change.key)
        given = {name: getattr(change, name) for name in change.model_fields_set}
        entries[change.key] = change if known is None else known.model_copy(update=given)
    for one in entries.values():
        if not one.name or not one.source:
            raise ValueError(f"{one.key}: thiếu name (tên sàn), hoặc thiếu source (nguồn)")
    return tuple(entries.values())


def checked(changes: tuple[Marketplace, ...]) -> tuple[Marketplace, ...]:
    """Return the changes unchanged if they make a valid list. Raises ValueError."""
    register(changes)
    return changes


def named_in(words: str, known: Iterable[Marketplace]) -> Sequence[Marketplace]:
    """Return those whose present or earlier name is said; marks are ignored if the words are typed without any."""
    bare = words.isascii()
    answer = words.lower()
    return [
        one for one in known if any(_spaced(fold(name) if bare else name.lower()).search(answer) for name in one.names)
    ]


def _spaced(name: str) -> re.Pattern[str]:
    """Build a pattern that ignores spaces in the name: `post mart` is Postmart."""
    return re.compile(r"\b" + r"\s?".join(map(re.escape, name.replace(" ", ""))) + r"\b")


@cache
def _shipped() -> Mapping[str, Marketplace]:
    text = files(__package__).joinpath("marketplaces.toml").read_text("utf-8")
    return {one.key: one for one in _File.model_validate(tomllib.loads(text)).marketplaces}
