"""The bot's own name in front of what is said to it, on messengers that do not say where a mention ends."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.text import clean, fold


def without_mention(text: str, names: frozenset[str]) -> str:
    """Strip the mention that `text` begins with.

    A mention is plain text ("@Bot Xã Yên Mô menu") and its end is not marked: the longest run of words that spells one
    of `names` is stripped, else the first word.
    """
    if not text.startswith("@"):
        return text
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    named = (end for end in reversed(ends[:12]) if letters(text[:end]) in names)
    return text[next(named, ends[0]) :].lstrip()


def letters(name: str) -> str:
    return re.sub(r"[\W_]", "", fold(name))


def without_name(text: str, names: Sequence[str]) -> tuple[str, bool]:
    """Strip one of the bot's `names` in front of a text, "@" or not, and tell whether it was there; longest first."""
    bare = clean(text).lstrip().removeprefix("@")
    for name in map(clean, names):
        rest = bare[len(name) :]
        if bare[: len(name)].casefold() == name.casefold() and not rest[:1].isalnum():
            return rest.lstrip(" :,"), True
    return text, False
