"""What check-ins are made of, without any database."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["stock", "flow", "ratio"]
Cadence = Literal["week", "month", "quarter", "half", "year"]
CADENCES: tuple[Cadence, ...] = ("week", "month", "quarter", "half", "year")
Direction = Literal["up", "down", "none"]
Sign = Literal["+", "=", "?"]

HOUSEHOLDS, ADULTS, GIVEN = "ho", "nguoi_lon", "kem"
"""Denominators that are no indicator: counted once for each village, or given with each figure."""


@dataclass(frozen=True, slots=True)
class Indicator:
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


@dataclass(frozen=True, slots=True)
class Entry:
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
    "about", "name", "negative", "nothing", "number", "percent", "two", "unit", "unread", "village", "which", "zero"
]


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only the sender knows; `about` is an indicator, a name, or codes joined by commas."""

    kind: QuestionKind
    about: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a message reports. `period` is "" (unsaid), "this", "last", "yesterday", "before yesterday", "W47", "M11",
    "Q4", "H1", "9M", the same with its year ("M11/2026"), "Y2026", "Y" (this year), or the day "D20/11", also with its
    year, or "D5".

    `correction`: it says that something told before was wrong. `note` is what it says beside the figures.
    """

    entries: tuple[Entry, ...] = ()
    questions: tuple[Question, ...] = ()
    difficulties: tuple[str, ...] = ()
    period: str = ""
    correction: bool = False
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.entries or self.questions or self.difficulties)
