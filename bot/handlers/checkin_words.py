"""Yes and no to a report that waits, as people say them."""

from __future__ import annotations

import re

from bot.core.answers import NO, YES
from bot.core.text import fold

# Wider than where a button is pressed by it: “Đúng không ạ?” stands right above, and what is wrong can be corrected.
_SURE = frozenset({"dung", "dung roi", "dung het", "dung het roi", "da dung"})
_YES = YES | _SURE | {"ok", "oke", "okie", "chuan", "chuan roi", "yes", "correct"}
_NO = NO | {"khong dung", "ko dung", "k dung", "chua dung", "chua", "nham", "nham roi", "sua", "sua lai", "no", "wrong"}
_BEFORE = frozenset({"da", "vang", "u", "uh", "o", "a", "ah", "thua"})
_AFTER = frozenset({"a", "ah", "nhe", "nha", "em", "chau", "bac", "anh", "chi", "ban"})


def agrees(text: str, *, overheard: bool) -> bool:
    """Of what is `overheard` in a group, only what repeats the question; “ok” and “vâng” are said to anybody."""
    return _bare(text) in (_SURE if overheard else _YES)


def denies(text: str) -> bool:
    return _bare(text) in _NO


def _bare(text: str) -> str:
    """Without the small words of courtesy: `dạ đúng rồi ạ` → `dung roi`; `dạ` alone stays, and is no yes."""
    words = re.findall(r"\w+", fold(text))
    while len(words) > 1 and words[0] in _BEFORE:
        del words[0]
    while len(words) > 1 and words[-1] in _AFTER:
        words.pop()
    return " ".join(words)
