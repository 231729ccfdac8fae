"""A table that somebody pastes from a spreadsheet: villages and indicators by any of their names, in any order."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from msgspec import Struct, field

from bot.core.text import fold
from bot.features.checkins.model import Indicator
from bot.features.units import Place
from bot.features.units.place import search_words

from .cells import Typed, Wrong, is_empty, read_cell

MOST_CELLS = 10_000
_HEAD_WITHIN = 10
"""The names stand in one of the first rows, and in one of the first columns: a title may be above, a number before."""
_BESIDE = frozenset({
    "tt", "stt", "so tt", "so thu tu", "ma", "ma chi tieu", "ten chi tieu", "chi tieu", "don vi", "don vi tinh", "thon",
    "ten thon", "thon, to dan pho", "dvt", "chi tieu giao", "thuc hien", "mau so", "ty le (%)", "ty le", "muc",
    "so noi da bao", "noi lay so ky truoc", "chi tieu da doi", "tong", "tong cong", "tong so", "cong", "toan xa",
    "ca xa", "noi",
})  # fmt: skip
"""Heads and rows of a spreadsheet that are no village and no indicator, and that nobody misses: totals, numbers."""

_NAMES_BELOW = frozenset({"thon", "ten thon", "thon, to dan pho", "don vi", "noi", "chi tieu", "ten chi tieu"})
"""Heads of a column of names."""

PastedWrong = Wrong | Literal["no_names", "too_many", "no_village", "no_indicator", "several", "twice"]


class PastedProblem(Struct, frozen=True):
    """A cell or name that was not taken. `row` and `column` count from 1, 0 where it is about the whole."""

    kind: PastedWrong
    row: int = 0
    column: int = 0
    text: str = ""
    indicator: Indicator | None = None
    place: Place | None = None


class PastedCell(Struct, frozen=True):
    row: int
    column: int
    place: Place
    indicator: Indicator
    typed: Typed


class PastedTable(Struct):
    cells: list[PastedCell] = field(default_factory=list)
    problems: list[PastedProblem] = field(default_factory=list)


class TableNames:
    """All names of a commune's villages and of its indicators."""

    def __init__(self, villages: Iterable[Place], indicators: Iterable[Indicator]) -> None:
        self._places: defaultdict[str, set[int]] = defaultdict(set)
        self._codes: defaultdict[str, set[str]] = defaultdict(set)
        self.villages = {one.id: one for one in villages}
        self.indicators = {one.code: one for one in indicators}
        for place in self.villages.values():
            for name in (place.code, place.full_name, *place.names, *(f"{place.kind} {name}" for name in place.names)):
                self._places[_key(name)].add(place.id)
        for one in self.indicators.values():
            names = (one.code, one.label, f"{one.label} ({one.unit})", f"{one.code} {one.label}", *one.aliases)
            for name in names:
                self._codes[_key(name)].add(one.code)

    def places_named(self, text: str) -> Sequence[Place]:
        return [self.villages[one] for one in sorted(self._places.get(_key(text), ()))]

    def indicators_named(self, text: str) -> Sequence[Indicator]:
        return [self.indicators[one] for one in sorted(self._codes.get(_key(text), ()))]


def read_paste(text: str, names: TableNames) -> PastedTable:
    """Read a pasted table. Every cell that holds something and is not taken leaves a problem."""
    found = PastedTable()
    rows = _rows(text)
    if sum(map(len, rows)) > MOST_CELLS:
        found.problems.append(PastedProblem("too_many"))
        return found
    across = _across(rows, names)
    if across is None:
        found.problems.append(PastedProblem("no_names"))
        return found
    _read(rows, across, names, found)
    return found


class _Across(Struct, frozen=True):
    """The place of the names: row `head` has those of the columns, column `side` those of the rows."""

    head: int
    side: int
    indicators_across: bool


def _rows(text: str) -> list[list[str]]:
    # A spreadsheet is copied with tabs; what was saved as CSV under Vietnamese settings has semicolons.
    between = "\t" if "\t" in text or ";" not in text else ";"
    try:
        return list(csv.reader(io.StringIO(text), delimiter=between))
    except csv.Error:  # a quotation mark that is never closed, or a cell of a hundred thousand letters
        return [line.split(between) for line in text.splitlines()]


def _across(rows: Sequence[Sequence[str]], names: TableNames) -> _Across | None:
    """Find the row and the column of names; None where one of the two is missing."""
    heads = enumerate(rows[:_HEAD_WITHIN])
    counts = [
        (sum(bool(ask(cell)) for cell in row), -at, across)
        for at, row in heads
        for ask, across in ((names.indicators_named, True), (names.places_named, False))
    ]
    for count, minus, across in sorted(counts, reverse=True):
        below, ask = rows[-minus + 1 :], names.places_named if across else names.indicators_named
        sides: Counter[int] = Counter()
        for row in below:
            sides.update(at for at, cell in enumerate(row[:_HEAD_WITHIN]) if ask(cell))
        if count and sides:
            best = max(sides.values())
            return _Across(-minus, min(at for at, seen in sides.items() if seen == best), across)
        if count and below and (side := _unknown_side(rows[-minus])) is not None:
            return _Across(-minus, side, across)
    return None


def _unknown_side(head: Sequence[str]) -> int | None:
    """Return the column in which names should stand though none of them is known: it is headed as such."""
    for at, cell in enumerate(head[:_HEAD_WITHIN]):
        words = _plain(cell)
        if words in _NAMES_BELOW or (not words and len(head) > 2):
            return at
    return None


def _read(rows: Sequence[Sequence[str]], at: _Across, names: TableNames, found: PastedTable) -> None:
    columns = {
        column: named
        for column, cell in enumerate(rows[at.head])
        if column != at.side and (named := _named(cell, at.head, column, at.indicators_across, names, found))
    }
    _unnamed_columns(rows, at, found)
    seen: dict[tuple[int, str], PastedCell] = {}
    for number, row in enumerate(rows[at.head + 1 :], start=at.head + 1):
        if all(is_empty(row[column]) for column in columns if column < len(row)):
            continue
        side = row[at.side] if at.side < len(row) else ""
        if is_empty(side):
            found.problems.append(PastedProblem(_unknown(not at.indicators_across), number + 1, at.side + 1))
        own = _named(side, number, at.side, not at.indicators_across, names, found)
        if own is None:
            continue
        for column, other in columns.items():
            if column >= len(row) or is_empty(row[column]):
                continue
            place, indicator = (own, other) if isinstance(own, Place) else (other, own)
            if isinstance(place, Place) and isinstance(indicator, Indicator):
                _cell(row[column], number, column, place, indicator, seen, found)
    found.cells = list(seen.values())


def _unnamed_columns(rows: Sequence[Sequence[str]], at: _Across, found: PastedTable) -> None:
    """Leave a problem for each column that holds something and has no name above it."""
    head = rows[at.head]
    seen: set[int] = set()
    for number, row in enumerate(rows[at.head + 1 :], start=at.head + 1):
        for column, cell in enumerate(row[at.side + 1 :], start=at.side + 1):
            if column not in seen and not is_empty(cell) and (column >= len(head) or is_empty(head[column])):
                seen.add(column)
                found.problems.append(PastedProblem(_unknown(at.indicators_across), number + 1, column + 1))


def _unknown(indicator: bool) -> PastedWrong:
    return "no_indicator" if indicator else "no_village"


def _cell(
    text: str,
    row: int,
    column: int,
    place: Place,
    indicator: Indicator,
    seen: dict[tuple[int, str], PastedCell],
    found: PastedTable,
) -> None:
    typed = read_cell(text, indicator)
    if not isinstance(typed, Typed):
        found.problems.append(PastedProblem(typed, row + 1, column + 1, text, indicator, place))
        return
    one = PastedCell(row + 1, column + 1, place, indicator, typed)
    before = seen.setdefault((place.id, indicator.code), one)
    if before is not one and before.typed != typed:
        found.problems.append(PastedProblem("twice", row + 1, column + 1, text, indicator, place))


def _named(
    text: str, row: int, column: int, indicator: bool, names: TableNames, found: PastedTable
) -> Place | Indicator | None:
    """Return the one that a head names; None with a problem, or without one for what is no name at all."""
    if is_empty(text) or _plain(text) in _BESIDE:
        return None
    ask: Callable[[str], Sequence[Place | Indicator]] = names.indicators_named if indicator else names.places_named
    meant = ask(text)
    if len(meant) == 1:
        return meant[0]
    kind = "several" if meant else _unknown(indicator)
    found.problems.append(PastedProblem(kind, row + 1, column + 1, text))
    return None


def column_name(number: int) -> str:
    """Return the letters that a spreadsheet has above a column: 1 is A, 28 is AB."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _plain(text: str) -> str:
    return fold(" ".join(text.split()))


def _key(text: str) -> str:
    return " ".join(search_words(text))
