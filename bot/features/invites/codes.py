"""How a code looks, and how people type it."""

from __future__ import annotations

import re
import secrets

from bot.core.guard import mask

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: no I, L, O, U
_LOOK_ALIKES = str.maketrans("ILO", "110")
_GROUPS = (4, 4, 5)  # 13 symbols of 5 bits: 65 bits
_LENGTH = sum(_GROUPS)
_SEPARATORS = re.compile(r"[\s\-–—_.]+")


def new_code() -> str:
    """`K7QF-9M2A-4RTBX`, near 65 bits; however it is typed it is known as a code, never as a secret number."""
    while True:
        symbols = [secrets.choice(_ALPHABET) for _ in range(_LENGTH)]
        groups = ["".join(symbols[sum(_GROUPS[:at]) : sum(_GROUPS[: at + 1])]) for at in range(len(_GROUPS))]
        typed = [joint.join(groups) for joint in ("", " ", "-")]
        # A digit that no letter looks like: without hyphens, letters alone would be a word.
        if any(symbol in "23456789" for symbol in symbols) and not any(mask(text)[1] for text in typed):
            return "-".join(groups)


def short_code(length: int) -> str:
    """Symbols for a code that opens nothing of weight; with letters before figures it is never taken for a secret."""
    letters = _ALPHABET[10:]
    return "".join(secrets.choice(_ALPHABET if at > 1 else letters) for at in range(length))


def normal(text: str, length: int = _LENGTH) -> str | None:
    """The symbols of a code however it was typed (small letters, no hyphens, O for 0, I or L for 1); else None."""
    symbols = _SEPARATORS.sub("", text.upper()).translate(_LOOK_ALIKES)
    return symbols if len(symbols) == length and all(symbol in _ALPHABET for symbol in symbols) else None


def looks_like_code(text: str) -> bool:
    """Whether a whole message is a code: 13 symbols, with at least one digit or hyphen, so that no word is one."""
    return normal(text) is not None and any(char.isdigit() or char == "-" for char in text) and len(text) < 40
