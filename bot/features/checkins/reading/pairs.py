"""Assign numbers to names: names before their numbers or after them, units, signs, "9 trên 12"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from bot.core.lean.values import replace
from bot.core.text import fold
from bot.features.checkins.model import Sign

from .lexicon import Lexicon
from .parts import MessagePart
from .vocabulary import OUT_OF

Pair = tuple[MessagePart, Sequence[MessagePart]]
"""A name and its numbers."""


def pairs(parts: Sequence[MessagePart], lexicon: Lexicon) -> list[Pair] | None:
    """Pair each name with its numbers, if all names stand before their numbers, or all after; None otherwise."""
    compact = _signed(_without_units(parts, lexicon))
    if compact is None:
        return None
    order = "".join("N" if part.kind == "name" else "#" for part in compact)
    if re.fullmatch(r"(N#+)+", order):
        groups = re.finditer(r"N#+", order)
        return [(compact[g.start()], compact[g.start() + 1 : g.end()]) for g in groups]
    if re.fullmatch(r"(#N)+", order):
        return [(compact[at + 1], compact[at : at + 1]) for at in range(0, len(order), 2)]
    return None


def _without_units(parts: Sequence[MessagePart], lexicon: Lexicon) -> list[MessagePart]:
    """Merge units of measure into their numbers.

    A unit that is also a name ("hồ sơ") may have been meant as the name.
    """
    order = [part.kind for part in parts]
    kept: list[MessagePart] = []
    for at, part in enumerate(parts):
        if part.kind != "unit":
            kept.append(part)
            continue
        named_before = "name" in order[:at]
        number_after = next((kind for kind in order[at + 1 :] if kind in ("number", "name", "unit")), "") == "number"
        named_after = any(kind == "name" for kind in order[at + 1 :])
        first_in_line = part.codes and not named_before and not (named_after and not number_after)
        if first_in_line or (part.codes and number_after and named_before and _own_name(part, kept)):
            kept.append(replace(part, kind="name"))
        else:
            kept[-1] = replace(kept[-1], unit=part.unit, end=part.end)
    return kept


def _own_name(part: MessagePart, before: Sequence[MessagePart]) -> bool:
    return all(part.codes != name.codes for name in before if name.kind == "name")


def _signed(parts: Sequence[MessagePart]) -> list[MessagePart] | None:
    """Keep only names and numbers: signs and "about" are merged into the next number. None if one has no number."""
    result: list[MessagePart] = []
    sign: Sign | Literal["-"] | None = None
    about = False
    at = 0
    while at < len(parts):
        part = parts[at]
        if part.kind == "sign":
            if part.sign == "-" and result and result[-1].kind == "number":
                about, sign, result[-1] = True, "?", replace(result[-1], clear=False)
            else:
                sign = part.sign if sign is None or sign == part.sign or part.sign == "=" else "-"
        elif part.kind == "about":
            about = True
        elif part.kind == "range":
            following = parts[at + 1] if at + 1 < len(parts) else None
            words = tuple(fold(part.text).split())
            if not result or result[-1].kind != "number" or following is None or following.kind != "number":
                if words == ("tren",):
                    about = True
                    at += 1
                    continue
                return None
            if words in OUT_OF:
                result[-1] = replace(result[-1], out_of=following.value)
                if following.unit:
                    result[-1] = replace(result[-1], unit=following.unit)
            else:
                result[-1] = replace(result[-1], clear=False)
            at += 1
        elif part.kind == "number":
            result.append(replace(part, sign=sign or "?", about=about))
            sign, about = None, False
        else:
            result.append(replace(part, kind="number", clear=True, sign="?", text="") if part.kind == "zero" else part)
        at += 1
    return None if sign is not None or about else result
