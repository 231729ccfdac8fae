"""A figure as it is typed into a cell of a table: one number without a name. A plain number is the total."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.words.numbers import digits
from bot.features.checkins.model import GIVEN, Indicator, Sign

Wrong = Literal["formula", "broken", "percent", "negative", "number", "part", "words"]
_EMPTY = frozenset({"", "-", "–", "—"})
_FORMULA = patterns.compile(r"[=+@-]\s*(?:[A-Za-z$(]|.*[A-Za-z(*])")
_BROKEN = patterns.compile(r"#[A-Z0-9/?!_]{2,12}[!?]?")
_SPACED = patterns.compile(r"[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})+")
_FRACTIONS = frozenset({"%", "km", "giờ"})
_LONGEST = 40


class Typed(Struct, frozen=True):
    """`sign` "+" is added to what stands there, "=" is the total. `out_of` is a denominator said with it."""

    sign: Sign
    value: Decimal
    out_of: Decimal | None = None


def is_empty(text: str) -> bool:
    return text.strip() in _EMPTY


def read_cell(text: str, indicator: Indicator) -> Typed | Wrong:
    """Read what stands in a cell that is not empty; else tell why it is no figure, as a chat would ask."""
    words = text.strip()
    if len(words) > _LONGEST:
        return "words"
    if _BROKEN.fullmatch(words):
        return "broken"
    if _FORMULA.match(words):
        return "formula"
    if words.endswith("%"):
        return "percent"
    sign: Sign = "+" if words[0] == "+" else "="
    bare = words.lstrip("+=").strip().removesuffix(indicator.unit).strip()
    if bare[:1] in ("-", "−") and bare[1:].strip()[:1].isdigit():
        return "negative"
    part, slash, whole = bare.partition("/")
    value = _number(part, indicator)
    if not isinstance(value, Decimal):
        return value
    if not slash:
        return Typed(sign, value)
    out_of = _number(whole, indicator)
    if not isinstance(out_of, Decimal):
        return out_of
    if sign == "+" or indicator.kind != "ratio" or out_of <= 0 or value > out_of:
        return "part"
    return Typed("=", value, out_of)


def shown(value: Decimal, out_of: Decimal | None, indicator: Indicator) -> str:
    """Write a figure as it is typed: `340`, `12,5`, `13/20` where the denominator comes with it."""
    text = f"{value:f}".replace(".", ",")
    if indicator.denominator != GIVEN or out_of is None:
        return text
    return f"{text}/{out_of:f}".replace(".", ",")


def _number(text: str, indicator: Indicator) -> Decimal | Wrong:
    bare = text.strip()
    if _SPACED.fullmatch(bare):
        bare = re.sub(r"\D", "", bare)
    found = digits(bare)
    if found is None:
        return "number" if bare and all(char.isdigit() or char in "., " for char in bare) else "words"
    whole = found.value == found.value.to_integral_value()
    if not found.clear or (not whole and indicator.unit not in _FRACTIONS):
        return "number"
    return found.value
