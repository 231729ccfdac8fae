"""The data types of check-ins, independent of any database."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from bot.features.calendar.periods import Cadence

Kind = Literal["stock", "flow", "ratio"]
Direction = Literal["up", "down", "none"]
Sign = Literal["+", "=", "?"]

HOUSEHOLDS, ADULTS, GIVEN = "ho", "nguoi_lon", "kem"
"""Denominators that are no indicator: counted once for each village, or given with each figure."""


class Indicator(Struct, frozen=True):
    """Something that is counted. `unit` is its unit of measure.

    A stock is the last value, a flow adds up over time, a ratio is Σ numerators / Σ denominators. `sums` says that a
    ratio's parts add up over time like flows. `denominator` is HOUSEHOLDS, ADULTS, GIVEN, the code of another indicator
    or "".
    """

    code: str
    label: str
    unit: str
    kind: Kind
    sums: bool
    denominator: str
    cadence: Cadence
    direction: Direction
    help: str
    aliases: tuple[str, ...]
    active: bool = True


class FigureEntry(Struct, frozen=True):
    """One figure as said. Sign "+" is added in the period, "=" the total, "?" unsaid.

    `village` is a code, "" when none was named. `out_of` is the denominator said with it, `added` what the same message
    said was added when it gave the total too.
    """

    indicator: str
    sign: Sign
    value: Decimal
    village: str = ""
    out_of: Decimal | None = None
    added: Decimal | None = None


QuestionKind = Literal[
    "about",
    "glued",
    "name",
    "negative",
    "nothing",
    "number",
    "percent",
    "two",
    "unit",
    "unread",
    "village",
    "which",
    "zero",
]


class FigureQuestion(Struct, frozen=True):
    """Something that only the sender knows; `about` is an indicator, a name, or codes joined by commas."""

    kind: QuestionKind
    about: str = ""
    text: str = ""


class Figures(Struct, frozen=True):
    """The content of a report.

    `period` is "" (unsaid), "this", "last", "yesterday", "before yesterday", "W47", "M11", "Q4", "H1", "9M", the same
    with its year ("M11/2026"), "Y2026", "Y" (this year), or the day "D20/11", also with its year, or "D5". `unit` is
    the length of a "this" or "last", "" if that was not said. `correction`: the message says that something told before
    was wrong. `note` is what it says beside the figures.
    """

    entries: tuple[FigureEntry, ...] = ()
    questions: tuple[FigureQuestion, ...] = ()
    difficulties: tuple[str, ...] = ()
    period: str = ""
    correction: bool = False
    note: str = ""
    unit: Cadence | Literal[""] = ""

    def __bool__(self) -> bool:
        return bool(self.entries or self.questions or self.difficulties)
