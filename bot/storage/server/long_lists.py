"""Lists of values in a statement as one array: PostgreSQL takes 32,767 values at most, and one array of any length."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.lean import patterns

LONG = 1_000
"""Statements with more values than this are rewritten: to look through a short one would take longer than it saves."""
_LIST = patterns.compile(r"(\bnot\s+)?\bin\s*\(\s*(\$\d+(?:\s*,\s*\$\d+)*)\s*\)", re.IGNORECASE)
_MARK = patterns.compile(r"\$(\d+)")


def folded(text: str, values: Sequence[object]) -> tuple[str, Sequence[object]]:
    """Return the statement with each of its lists as an array; one with few values as it is."""
    if len(values) <= LONG:
        return text, values
    kept: list[object] = []
    numbers: dict[int, int] = {}
    pieces: list[str] = []
    at = 0
    for found in _LIST.finditer(text):
        pieces.append(_MARK.sub(lambda one: _again(int(one[1]), numbers, kept, values), text[at : found.start()]))
        kept.append([values[int(number) - 1] for number in _MARK.findall(found[2])])
        pieces.append(f"<> all(${len(kept)})" if found[1] else f"= any(${len(kept)})")
        at = found.end()
    pieces.append(_MARK.sub(lambda one: _again(int(one[1]), numbers, kept, values), text[at:]))
    return "".join(pieces), kept


def _again(number: int, numbers: dict[int, int], kept: list[object], values: Sequence[object]) -> str:
    """Return the new mark of a single value, which keeps its place among the others."""
    if number not in numbers:
        kept.append(values[number - 1])
        numbers[number] = len(kept)
    return f"${numbers[number]}"
