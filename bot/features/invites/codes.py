"""How a code looks, and how people type it."""

from __future__ import annotations

from bot.core.guard import mask
from bot.core.lean import patterns
from bot.core.machine import chance

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: no I, L, O, U
_LOOK_ALIKES = str.maketrans("ILO", "110")
_GROUPS = (4, 4, 5)  # 13 symbols of 5 bits: 65 bits
_LENGTH = sum(_GROUPS)
_SHORTEST, _LONGEST = 7, 20
_LEAST_OF_GROUP, _MOST_OF_GROUP = 3, 6
"""A group with a symbol too few or too many."""
_HYPHENS = patterns.compile(r"\s*[-–—]\s*")
_RUNS = patterns.compile(r"\d+|[^\W\d]+")
_RUNS_OF_A_WORD = 3
"""“iphone15pro”"""
_SEPARATORS = patterns.compile(r"[\s\-–—_.]+")


def new_code() -> str:
    """Make a code like `K7QF-9M2A-4RTBX`, near 65 bits, which however typed is never taken for a secret number."""
    while True:
        symbols = [chance.choice(_ALPHABET) for _ in range(_LENGTH)]
        groups = ["".join(symbols[sum(_GROUPS[:at]) : sum(_GROUPS[: at + 1])]) for at in range(len(_GROUPS))]
        typed = [joint.join(groups) for joint in ("", " ", "-")]
        # A digit that no letter looks like: without hyphens, letters alone would be a word.
        if any(symbol in "23456789" for symbol in symbols) and not any(mask(text)[1] for text in typed):
            return "-".join(groups)


def short_code(length: int) -> str:
    """Make a code that opens nothing of weight; with letters before figures it is never taken for a secret."""
    letters = _ALPHABET[10:]
    return "".join(chance.choice(_ALPHABET if at > 1 else letters) for at in range(length))


def normal(text: str, length: int = _LENGTH) -> str | None:
    """Return a code's symbols however it was typed (small letters, no hyphens, O for 0, I or L for 1); else None."""
    symbols = _SEPARATORS.sub("", text.upper()).translate(_LOOK_ALIKES)
    return symbols if len(symbols) == length and all(symbol in _ALPHABET for symbol in symbols) else None


def has_form_of_code(text: str) -> bool:
    """Whether a link's words can only have been meant as a code: letters and figures, of any length and alphabet."""
    symbols = _SEPARATORS.sub("", text)
    return _SHORTEST <= len(symbols) <= _LONGEST and "_" not in text and _is_mixed(symbols)


def is_nearly_code(text: str) -> bool:
    """Whether a whole message has the form of a code, but too many symbols, too few or wrong ones.

    In groups, as codes are written, or in one run whose letters and figures alternate as in no word. A telephone
    number has no letters; of a number plate or a year the last group is figures alone.
    """
    text = text.strip()
    if looks_like_code(text) or not has_form_of_code(text):
        return False
    groups = _HYPHENS.split(text)
    if len(groups) == 1:
        groups = text.split()
        if len(groups) == 1:
            return len(text) >= _GROUPS[0] * 2 and len(_RUNS.findall(text)) > _RUNS_OF_A_WORD
        return all(one.isalnum() and len(one) >= _LEAST_OF_GROUP and _is_mixed(one) for one in groups)
    whole = groups if len(groups) == 2 else groups[:-1]
    written = all(one.isalnum() and _LEAST_OF_GROUP <= len(one) <= _MOST_OF_GROUP for one in whole)
    more = any(char.isalpha() for one in groups[1:] for char in one)
    return written and more and (len(groups) > 2 or any(_is_mixed(one) for one in groups))


def _is_mixed(text: str) -> bool:
    letters = any(char.isalpha() for char in text.upper().translate(_LOOK_ALIKES))
    return text.isalnum() and letters and any(char.isdigit() for char in text)


def looks_like_code(text: str) -> bool:
    """Tell whether a whole message is a code: 13 symbols, with at least one digit or hyphen, so that no word is one."""
    return normal(text) is not None and any(char.isdigit() or char == "-" for char in text) and len(text) < 40
