"""Numbers in the addresses and fields of the desk, read with limits, and pages of a long list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from msgspec import Struct

from .visit import Visit

PAGE = 25
_GREATEST = 2**31 - 1
_MOST_PAGES = 1000
Row = TypeVar("Row")


def number_of(text: str) -> int:
    """Return the number that stands in an address or a field, 0 for anything that is none of ours."""
    found = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(_GREATEST)) else 0
    return found if found <= _GREATEST else 0


def page_number(visit: Visit) -> int:
    """Return the number of the page that is asked for, counted from 1."""
    return min(max(number_of(visit.query.get("trang", "")), 1), _MOST_PAGES)


class Leaf(Struct, Generic[Row], frozen=True):
    """A page of a list. `more`: there is a next one."""

    rows: Sequence[Row]
    number: int
    more: bool


def leaf(visit: Visit, rows: Sequence[Row]) -> Leaf[Row]:
    """Return the asked page of all rows."""
    number = page_number(visit)
    start = (number - 1) * PAGE
    return Leaf(rows[start : start + PAGE], number, len(rows) > start + PAGE)


def leaf_of(visit: Visit, found: Sequence[Row]) -> Leaf[Row]:
    """Return the asked page of rows that were read from its start on, one more than are shown."""
    return Leaf(found[:PAGE], page_number(visit), len(found) > PAGE)
