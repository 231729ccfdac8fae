"""Whether words seem to name a person, or hold a number that belongs to one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.guard import MASK
from bot.core.lean import patterns
from bot.core.text import clean

# From Ạ to Ỹ capitals and small letters take turns: as a range it would hold “ở” and “ấy”, too.
_CAPITAL = f"[A-ZÀ-ÖØ-ÝĂĐĨŨƠƯ{''.join(map(chr, range(ord('Ạ'), ord('ỹ'), 2)))}]"
_WORD = rf"(?-i:{_CAPITAL})\w*"
_FAMILY = (
    "nguyễn|trần|lê|phạm|hoàng|huỳnh|phan|vũ|võ|đặng|bùi|đỗ|hồ|ngô|dương|lý|đinh|trịnh|mai|lương|đào|tạ|cao|hà|tô|chu"
)
_OF_NAMES = (
    # “Bác Hồ” is no resident; “bà con”, “anh em” have no capital.
    patterns.compile(
        rf"(?<!\w)(?:ông|bà|cụ|bác|cô|chú|anh|chị|em|cháu|dì|cậu|thím|mợ)\s+(?!Hồ\b){_WORD}", re.IGNORECASE
    ),
    patterns.compile(
        rf"(?<!\w)(?=(?-i:{_CAPITAL}))(?:{_FAMILY})\s+(?:(?:văn|thị)(?!\w)|{_WORD}\s+{_WORD})", re.IGNORECASE
    ),
)
_SIGNS = (patterns.compile(re.escape(MASK)), patterns.compile(r"(?<!\d)\d(?:[ .-]?\d){8,}"), *_OF_NAMES)


def names_somebody(words: str) -> str:
    """Return the first words that name somebody, "" for none.

    A name in small letters is not seen: a person has to look, too.
    """
    text = clean(words)
    found = (match for sign in _SIGNS if (match := sign.search(text)) is not None)
    return next((match[0] for match in found), "")


def names_in(words: str) -> Sequence[str]:
    """Return everything in the words that names somebody, as far as it can be seen, the longest first.

    A name after a form of address goes on as long as its words have capitals: “bà Lan Anh”.
    """
    text = clean(words)
    found = [match[0] for sign in _OF_NAMES for match in sign.finditer(text)]
    longer = [goes_on[0] for name in found if (goes_on := re.search(rf"{re.escape(name)}(?:\s+{_WORD})*", text))]
    return sorted(set(longer), key=len, reverse=True)
