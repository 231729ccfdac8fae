"""A unit as the rest of the program sees it."""

from __future__ import annotations

import json
from datetime import date
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import bare, fold
from bot.storage.sql import Row
from bot.storage.tables.places import COMMUNES

Level = Literal["province", "commune", "village"]

_PROVINCES = frozenset({"tỉnh", "thành phố"})
# How people call what lies below the commune. Any other kind is a village too; these are known when they are typed.
_VILLAGES = (
    "tổ dân phố", "khu dân cư", "tổ tự quản", "tổ liên gia", "khu phố", "khối phố", "thôn", "xóm", "làng", "bản",
    "buôn", "bon", "plei", "plơi", "bu", "ấp", "khóm", "khối", "phố", "phum", "sóc", "khu", "tổ",
)  # fmt: skip
_KINDS = tuple(fold(kind) for kind in (*_VILLAGES, *COMMUNES, *_PROVINCES, "thị trấn"))
_CODE = patterns.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_WORD = patterns.compile(r"[^\W_]+")


class Size(NamedTuple):
    """Households and adults as counted on a day; None is "nobody said"."""

    households: int | None
    adults: int | None
    counted_on: date


class Former(NamedTuple):
    """A name that the unit bore up to and with the day `until`."""

    name: str
    until: date


class Place(Struct, frozen=True, dict=True):
    """A unit. `parent_id` is the one it was given; `tree.parent_of` says which one holds on a day.

    `valid_to` is its last day. `households` and `adults` are those of its latest count.
    """

    id: int
    code: str
    kind: str
    name: str
    aliases: tuple[str, ...]
    parent_id: int | None
    valid_from: date
    valid_to: date | None
    merged_into_id: int | None
    households: int | None
    adults: int | None
    former: tuple[Former, ...] = ()
    fictitious: bool = False

    @cached_property
    def full_name(self) -> str:
        """`thôn Lạc Hiền`; an invented village says so wherever it is named."""
        return full_name(self.kind, self.name, fictitious=self.fictitious)

    @cached_property
    def level(self) -> Level:
        # Kept: menus and tables ask it of all villages of a commune, each family anew.
        return level_of(self.kind)

    def exists(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def merged(self, on: date | None) -> bool:
        """Tell whether it had become part of another unit by that day; without a day, whether it ever does."""
        if self.merged_into_id is None or on is None:
            return self.merged_into_id is not None
        return self.valid_to is not None and self.valid_to < on

    def name_on(self, day: date) -> str:
        """Return the name it bore then: an old report keeps the old name."""
        return next((old.name for old in sorted(self.former, key=lambda old: old.until) if day <= old.until), self.name)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that people may know it by, the present one first."""
        return (self.name, *self.aliases, *(old.name for old in self.former))


def full_name(kind: str, name: str, *, fictitious: bool) -> str:
    """Return `Place.full_name` of a row that no place is made of."""
    return f"{kind} {name}" + (" (ví dụ)" if fictitious else "")


@lru_cache(maxsize=200)
def level_of(kind: str) -> Level:
    """Return the level of a kind: province or commune, the two above the village since 1 July 2025, else village."""
    lowered = kind.lower()
    if lowered in _PROVINCES:
        return "province"
    return "commune" if lowered in COMMUNES else "village"


def split_kind(text: str) -> tuple[str, str]:
    """Return the kind that a village's name begins with, "" for none, and the rest: `thôn`, `Lạc Hiền`."""
    lowered = bare(text).lower()
    kind = next((kind for kind in _VILLAGES if lowered.startswith(f"{fold(kind)} ")), "")
    return kind, text[len(kind) :].strip()


def rank(level: Level) -> int:
    """Return the rank of a level, 0 for the largest."""
    return {"province": 0, "commune": 1, "village": 2}[level]


def is_code(text: str) -> bool:
    """Tell whether these are lower-case ASCII letters and digits in groups with single hyphens, at most 64."""
    return len(text) <= 64 and _CODE.fullmatch(text) is not None


def place(row: Row) -> Place:
    """Read a row of `units` with the latest `households` and `adults`; equal rows are the same place."""
    return _place(tuple(row.items()))


@lru_cache(maxsize=2_000)
def _place(items: tuple[tuple[str, object], ...]) -> Place:
    row = dict(items)
    former = [(str(name), str(until)) for name, until in json.loads(str(row["former_names"]))]
    return Place(
        id=int(str(row["id"])),
        code=str(row["code"]),
        kind=str(row["kind"]),
        name=str(row["name"]),
        aliases=tuple(json.loads(str(row["aliases"]))),
        parent_id=number_of(row["parent_id"]),
        valid_from=day_of(row["valid_from"]),
        valid_to=None if row["valid_to"] is None else day_of(row["valid_to"]),
        merged_into_id=number_of(row["merged_into_id"]),
        households=number_of(row["households"]),
        adults=number_of(row["adults"]),
        former=tuple(Former(name, date.fromisoformat(until)) for name, until in former),
        fictitious=bool(row["fictitious"]),
    )


def number_of(value: object) -> int | None:
    return None if value is None else int(str(value))


def day_of(value: object) -> date:
    """Read a day as it came out of the database: SQLite keeps it as text."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def search_words(text: str) -> tuple[str, ...]:
    """Return the words of a name: no marks, no zeros before a number."""
    return tuple(word.lstrip("0") or word for word in _WORD.findall(fold(text)))


def search_key(text: str) -> tuple[str, ...]:
    """Return the words by which a name is looked up: as `search_words`, without the kind in front."""
    folded = " ".join(search_words(text))
    kind = next((kind for kind in _KINDS if folded.startswith(f"{kind} ")), "")
    return tuple(folded.removeprefix(f"{kind} ").split())
