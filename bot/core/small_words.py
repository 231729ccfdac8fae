"""Small words as people say them: yes, no, done, back, and the courtesy around, all folded; where a command ends."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from bot.core.lean import patterns
from bot.core.text import fold

# “Dạ” is no yes: it is how one begins to answer anything.
YES = frozenset({"co", "vang", "vang a", "da co", "u", "uh", "phai", "phai roi", "dung", "dung roi", "dong y", "yes"})
NO = frozenset(
    {"khong", "khong a", "khong phai", "khong dong y", "sai", "sai roi", "no"}
    | {"deu khong phai", "khong co bai nao", "khong co bai nao dung", "khong co cai nao", "khong dung"}
)
FINE = frozenset({"ok", "oke", "okie", "okay", "duoc", "duoc roi", "chuan", "chinh no"})
"""Enough for “is it this one?”, too little for “do you agree?”: there yes or no must be said."""
DONE = frozenset(
    {"done", "xong", "xong roi", "da xong", "lam xong", "lam xong roi"}
    | {"toi xong roi", "toi lam xong roi", "da lam xong"}
)
READY = (
    FINE
    | DONE
    | {"vang", "u", "uh", "da", "da roi", "roi", "lam roi", "toi lam roi", "hieu roi", "toi hieu roi", "lam duoc roi"}
    | {"toi lam duoc roi", "tiep", "tiep theo", "next", "buoc tiep", "buoc tiep theo", "buoc sau", "qua buoc sau"}
)
"""Words that lead to the next page; a page that may also be an end takes a word of DONE."""
BACK = frozenset({"quay lai", "tro lai", "quay ve", "lui lai"})
STOPS = " .,;:!?…"
_LONG = 200

_SLASHED = patterns.compile(
    r"/(?P<name>[^\W_]\w{0,31})(?:@(?P<bot>[^\s.,:;!?…]+))?(?P<rest>(?![^\s.,:;!?…]).*)", re.DOTALL
)
_SEAM = patterns.compile(r"\A[\s.,:;!?…]*(?:[-–—]\s+)?")
BEFORE = frozenset({"da", "vang", "u", "uh", "o", "a", "ah", "thua"})
AFTER = frozenset({"a", "ah", "nhe", "nha", "di", "voi", "em", "chau", "bac", "anh", "chi", "ban", "oi"})
_DID = patterns.compile(r"\b(đã)\b")
_NOT = patterns.compile(r"\b(?:hổng|hông)\b")
_DENIAL = patterns.compile(r"(?:khong|chua)\b")
_SHORT = (
    dict.fromkeys(("ko", "k", "kg", "khg", "hok", "kh", "hk"), "khong")
    | dict.fromkeys(("dc", "duok"), "duoc")
    | dict.fromkeys(("r", "rui"), "roi")
    | dict.fromkeys(("uk", "ukm", "um", "uhm", "uki"), "u")
    | dict.fromkeys(("oki", "okela", "okey"), "ok")
    | dict.fromkeys(("tks", "thks", "thank", "thanks"), "cam on")
    | {"tui": "toi", "lm": "lam", "hiu": "hieu", "zoi": "voi", "dzoi": "voi"}
    | {"j": "gi", "bit": "biet", "bik": "biet", "z": "vay", "zay": "vay", "vs": "voi", "mik": "minh", "thui": "thoi"}
)
"""How young people, and by now the old ones, shorten small words: “ko”, “dc r”, “thui”."""


class Slashed(NamedTuple):
    """`/name@bot args`; `bot` is "" where none is named."""

    name: str
    bot: str
    args: str


def slashed(text: str) -> Slashed | None:
    """Return the command that a message begins with, on any messenger: `/menu`, `/baocao 12`, `/baocao: 12`, `/menu!`.

    The name ends at a space or a punctuation mark: `/a/b` is none.
    """
    found = _SLASHED.fullmatch(text)
    return None if found is None else Slashed(found["name"].lower(), found["bot"] or "", beyond(found["rest"]))


def beyond(rest: str) -> str:
    """Return the argument of a command; `rest` follows its last word and begins with a space, punctuation or a dash.

    A dash before a number is a minus.
    """
    return _SEAM.sub("", rest).rstrip()


def words_only(text: str) -> str:
    """Return the words in lower case, without punctuation and with diacritics: `“Báo cáo:”` → `báo cáo`."""
    return " ".join(re.findall(r"\w+", text.lower()))


def without_courtesy(text: str) -> str:
    """Strip punctuation and particles, for comparing: `dạ đúng rồi ạ!` → `dung roi`; `dạ` alone stays.

    Expands abbreviations: `ko dc` → `khong duoc`. `Đã` is no particle, though it looks like `dạ` without diacritics,
    and `hổng` is not `hỏng`.
    """
    return _kept_without(text) if len(text) <= _LONG else _without_courtesy(text)


def _without_courtesy(text: str) -> str:
    words = re.findall(r"\w+", fold(_NOT.sub("không", _DID.sub(r"\1_", text.lower()))))
    while len(words) > 1 and words[-1] in AFTER:
        words.pop()
    while len(words) > 1 and words[0] in BEFORE:
        del words[0]
    return " ".join(_SHORT.get(word, word) for word in words).replace("_", "")


# A dozen readers ask it of one message, and of each label beside it, as they ask `fold`.
_kept_without = lru_cache(maxsize=256)(_without_courtesy)


def denies(plain: str) -> bool:
    """Tell whether the words deny the question: “không có” does not shorten “Không có điện thoại thông minh”."""
    return _DENIAL.match(plain) is not None
