"""Whether words seem to name a person, or hold a number that belongs to one."""

from __future__ import annotations

import re

from bot.core.guard import MASK
from bot.core.text import clean

_CAPITAL = r"[A-ZÀ-ÖØ-ÝĂĐĨŨƠƯẠ-Ỹ]"
_WORD = rf"(?-i:{_CAPITAL})\w*"
_FAMILY = (
    "nguyễn|trần|lê|phạm|hoàng|huỳnh|phan|vũ|võ|đặng|bùi|đỗ|hồ|ngô|dương|lý|đinh|trịnh|mai|lương|đào|tạ|cao|hà|tô|chu"
)
_SIGNS = (
    re.compile(re.escape(MASK)),
    re.compile(r"(?<!\d)\d(?:[ .-]?\d){8,}"),
    # “Bác Hồ” is no resident; “bà con”, “anh em” have no capital.
    re.compile(rf"(?<!\w)(?:ông|bà|cụ|bác|cô|chú|anh|chị|em|cháu|dì|cậu|thím|mợ)\s+(?!Hồ\b){_WORD}", re.IGNORECASE),
    re.compile(rf"(?<!\w)(?=(?-i:{_CAPITAL}))(?:{_FAMILY})\s+(?:(?:văn|thị)(?!\w)|{_WORD}\s+{_WORD})", re.IGNORECASE),
)


def names_somebody(words: str) -> str:
    """The first words that do, "" for none. A name in small letters is not seen: a person has to look, too."""
    text = clean(words)
    found = (match for sign in _SIGNS if (match := sign.search(text)) is not None)
    return next((match[0] for match in found), "")
