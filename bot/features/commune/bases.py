"""The register of legal bases: the documents that a paper cites, whether they are in force, and their successors.

`bases.toml` holds the entries that ship with the program; a commune changes or adds entries in its `commune.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field

from bot.i18n import long_date

_LAWS = frozenset({"Luật", "Bộ luật", "Pháp lệnh"})
"""Their subject is a part of their name: “Luật Chuyển đổi số số 148/2025/QH15”."""
Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Line = Annotated[str, Field(max_length=300)]


class Basis(BaseModel, defer_build=True):
    """One document. Without `in_force` it is in force from the day it was issued; `cited_in` are codes of forms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Key
    kind: Line = ""
    number: Annotated[str, Field(max_length=40)] = ""
    issued: date | None = None
    issuer: Line = ""
    title: Line = ""
    in_force: date | None = None
    ended: date | None = None
    replaced_by: Key | None = None
    cited_in: tuple[Annotated[str, Field(max_length=8)], ...] = ()

    @property
    def name(self) -> str:
        """As papers name it: `Quyết định số 1690/QĐ-TTg ngày … của Thủ tướng Chính phủ về Mạng lưới chuyển đổi số`."""
        law = self.kind in _LAWS
        parts = [
            f"{self.kind} {self.title}" if law else self.kind,
            f"số {self.number}" if self.number else "",
            long_date(self.issued, "vi") if self.issued else "",
            f"của {self.issuer}" if self.issuer and not law else "",
            "" if law else self.title,
        ]
        return " ".join(part for part in parts if part)

    def begun(self, on: date) -> bool:
        first = self.in_force or self.issued
        return first is None or first <= on

    def over(self, on: date) -> bool:
        return self.ended is not None and self.ended <= on


class _File(BaseModel, defer_build=True):
    bases: tuple[Basis, ...]


class Register(Struct, frozen=True):
    """All bases, by key, in the order in which papers cite them."""

    entries: Mapping[str, Basis]

    def now(self, key: str, on: date) -> Basis | None:
        """Return the entry in force on that day in place of this one: itself or a successor; None if there is none."""
        one = self.entries[key]
        if one.replaced_by is not None and self.entries[one.replaced_by].begun(on):
            return self.now(one.replaced_by, on)
        return one if one.begun(on) and not one.over(on) else None

    def cited(self, form: str, on: date) -> Sequence[str]:
        """Return the names that a paper of this form cites on that day, each once and never one that was replaced."""
        held = (self.now(one.key, on) for one in self.entries.values() if form in one.cited_in)
        return list(dict.fromkeys(one.name for one in held if one is not None))


def register(changes: Iterable[Basis] = ()) -> Register:
    """Build the register that ships, with a commune's changes; an entry changes only the fields that it gives.

    Raises ValueError (a Vietnamese sentence) for a missing or circular successor, and for an entry without a name.
    """
    entries = dict(_shipped())
    for change in changes:
        known = entries.get(change.key)
        given = {name: getattr(change, name) for name in change.model_fields_set}
        entries[change.key] = change if known is None else known.model_copy(update=given)
    for one in entries.values():
        if not one.kind or not (one.number or one.title):
            raise ValueError(f"{one.key}: thiếu kind (Luật, Quyết định…), hoặc thiếu cả number và title")
        _follow(one, entries)
    return Register(entries)


def checked(changes: tuple[Basis, ...]) -> tuple[Basis, ...]:
    """Return the changes unchanged if they make a valid register. Raises ValueError."""
    register(changes)
    return changes


def _follow(one: Basis, entries: Mapping[str, Basis]) -> None:
    passed = {one.key}
    while one.replaced_by is not None:
        if one.replaced_by not in entries:
            raise ValueError(f"{one.key}: replaced_by: không có văn bản {one.replaced_by}")
        if one.replaced_by in passed:
            raise ValueError(f"{one.key}: replaced_by: các văn bản thay thế nhau thành vòng")
        one = entries[one.replaced_by]
        passed.add(one.key)


@cache
def _shipped() -> Mapping[str, Basis]:
    text = files(__package__).joinpath("bases.toml").read_text("utf-8")
    return {one.key: one for one in _File.model_validate(tomllib.loads(text)).bases}
