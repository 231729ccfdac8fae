"""Small words as people say them: yes, no, done, back, and the courtesy around, all folded; where a command ends."""

from __future__ import annotations

import re
from typing import NamedTuple

from .text import fold

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
"""What goes on to the next page; what may also be an end takes a word of DONE."""
BACK = frozenset({"quay lai", "tro lai", "quay ve", "lui lai"})
FIRST = frozenset(
    {"dau", "dau tien", "cai dau", "cai dau tien", "cai thu nhat", "bai dau", "bai dau tien"}
    | {"nut dau", "nut dau tien", "dong dau", "dong dau tien", "nut thu nhat", "dong thu nhat"}
)
STOPS = " .,;:!?…"

_SLASHED = re.compile(r"/(?P<name>[^\W_]\w{0,31})(?:@(?P<bot>[^\s.,:;!?…]+))?(?P<rest>(?![^\s.,:;!?…]).*)", re.DOTALL)
_SEAM = re.compile(r"\A[\s.,:;!?…]*(?:[-–—]\s+)?")
_BEFORE = frozenset({"da", "vang", "u", "uh", "o", "a", "ah", "thua"})
_AFTER = frozenset({"a", "ah", "nhe", "nha", "di", "voi", "em", "chau", "bac", "anh", "chi", "ban", "oi"})
_DID = re.compile(r"\b(đã)\b")
_NOT = re.compile(r"\b(?:hổng|hông)\b")
_DENIAL = re.compile(r"(?:khong|chua)\b")
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
    """The command that a message begins with, on any messenger: `/menu`, `/baocao 12`, also `/baocao: 12` and `/menu!`.

    The name goes on up to a space or a stop: `/a/b` is none.
    """
    found = _SLASHED.fullmatch(text)
    return None if found is None else Slashed(found["name"].lower(), found["bot"] or "", beyond(found["rest"]))


def beyond(rest: str) -> str:
    """What is said to a command: `rest` stands behind its last word and begins with a space, a stop or a dash.

    A dash before a number is a minus.
    """
    return _SEAM.sub("", rest).rstrip()


def words_only(text: str) -> str:
    """In small letters and without punctuation: `“Báo cáo:”` → `báo cáo`. The marks stay."""
    return " ".join(re.findall(r"\w+", text.lower()))


def without_courtesy(text: str) -> str:
    """For comparing: no punctuation, no small words around: `dạ đúng rồi ạ!` → `dung roi`; `dạ` alone stays. What is
    shortened is whole: `ko dc` → `khong duoc`.

    `Đã` is none of them, though it looks like `dạ` without marks; `hổng` is no `hỏng`.
    """
    words = re.findall(r"\w+", fold(_NOT.sub("không", _DID.sub(r"\1_", text.lower()))))
    while len(words) > 1 and words[-1] in _AFTER:
        words.pop()
    while len(words) > 1 and words[0] in _BEFORE:
        del words[0]
    return " ".join(_SHORT.get(word, word) for word in words).replace("_", "")


def denies(plain: str) -> bool:
    """“Không có” is said of what was asked, and no short for “Không có điện thoại thông minh”."""
    return _DENIAL.match(plain) is not None
