"""Short answers in one's own words to choices that are open: “ra xã”, “xe cũ”, “chưa”.

`bot.core.answers` takes a message for a choice only as a whole. An old person at a page of a guide names a choice by a
word or two out of its middle, or says yes and no to “Đã có giấy” and “Chưa có giấy”. Whether that is enough is for who
asked to say: elsewhere two words may be a new question.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from bot.core.lean import patterns
from bot.core.small_words import NO, READY, YES, without_courtesy
from bot.core.text import fold

_MOST_WORDS = 6
_WORD = patterns.compile(r"\w+")
_FILLING = frozenset(
    {"dạ", "vâng", "ạ", "à", "ờ", "ừ", "thì", "là", "cái", "chuyện", "vụ", "tôi", "tui", "mình", "rồi", "đó", "đấy"}
    | {"ấy", "này", "nè", "nhé", "nghe", "thôi", "chú"}
)
_FOLDED_FILLING = frozenset(fold(word) for word in _FILLING)
_DENIES = frozenset({"không", "chưa", "chẳng"})
_FOLDED_DENIES = frozenset(fold(word) for word in _DENIES)
_TOO_LITTLE = frozenset(fold(word) for word in [*_DENIES, "có", "được", "đã", "phải", "đi", "làm", "xem", "cho", "mà"])
"""Words of so many labels that alone they name none."""
_COMMUNE = patterns.compile(r"(?<!công an )\b(?:xã|phường|ủy ban|uỷ ban|trung tâm|một cửa)\b")
_FOLDED_COMMUNE = patterns.compile(r"(?<!cong an )\b(?:xa|phuong|uy ban|trung tam|mot cua)\b")
"""Who goes to “the commune” goes to its counter."""
_COUNTER = "quầy"
_YES = YES | READY | {"co roi", "da co roi", "phai", "du roi", "biet roi"}
_NO = NO | {"chua", "chua co", "khong co", "chua duoc", "khong duoc", "chua biet", "chua lam"}


def named(labels: Sequence[str], text: str) -> int | None:
    """Return the place of the only label that holds every word of a short answer; diacritics count where typed.

    >>> named(["Mất ở bệnh viện", "Mất ở nhà"], "dạ ở nhà")
    1
    """
    marked = fold(text) != " ".join(text.lower().split())
    words = _words_of(text, marked=marked)
    if not 0 < len(words) <= _MOST_WORDS:
        return None
    answered = {word for word in words if word not in (_FILLING if marked else _FOLDED_FILLING)}
    if all(fold(word) in _TOO_LITTLE for word in answered):
        return None
    denies = any(fold(word) in _FOLDED_DENIES for word in answered)
    found = [
        at
        for at, label in enumerate(labels)
        if answered <= _words(label, marked=marked) and (denies or not _begins_with_denial(label))
    ]
    return found[0] if len(found) == 1 else None


def yes_or_no(labels: Sequence[str], text: str) -> int | None:
    """Return the place of the label that yes or no means, where one of the labels says the opposite of another.

    Yes is the only label that denies nothing. No needs two labels, or it would deny the question. For the only
    label there is, yes is enough.

    >>> yes_or_no(["Đã có giấy", "Đã về, chưa có giấy"], "chưa")
    1
    """
    denying = [at for at, label in enumerate(labels) if _DENIES & _words(label, marked=True)]
    others = [at for at in range(len(labels)) if at not in denying]
    answer = without_courtesy(text)
    if len(others) != 1 or not (denying or len(labels) == 1):
        return None
    if answer in _NO:
        return denying[0] if denying and len(labels) == 2 else None
    return others[0] if answer in _YES else None


@lru_cache(maxsize=2048)
def _words(label: str, *, marked: bool) -> frozenset[str]:
    return frozenset(_words_of(label, marked=marked))


def _words_of(text: str, *, marked: bool) -> list[str]:
    if marked:
        return _WORD.findall(_COMMUNE.sub(_COUNTER, text.lower()))
    return _WORD.findall(_FOLDED_COMMUNE.sub(fold(_COUNTER), fold(text)))


def _begins_with_denial(label: str) -> bool:
    """Tell whether a label says what is not: “điện thoại” does not name “Không có điện thoại thông minh”."""
    return not _DENIES.isdisjoint(_WORD.findall(label.lower())[:3])
