"""Numbers as people write them: `1.234`, `12,5`, `hai mươi mốt`, `bốn lăm`, `chục rưỡi`, `2 chục`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from bot.core.lean import patterns

_WHOLE = patterns.compile(r"0|[1-9]\d{0,6}|0[1-9]")
_GROUPED = patterns.compile(r"[1-9]\d{0,2}(?:\.\d{3})+")
_BROKEN = patterns.compile(r"\d{1,7}[.,]\d{1,3}")
_MARKED = (
    "một mốt hai ba bốn tư năm lăm nhăm sáu bảy bẩy tám chín mười mươi trăm nghìn ngàn linh lẻ rưỡi chục tá không "
    "hăm băm"
)
_BARE = (
    "mot mot hai ba bon tu nam lam nham sau bay bay tam chin muoi muoi tram nghin ngan linh le ruoi chuc ta khong "
    "ham bam"
)
_PLAIN = dict(zip(_MARKED.split(), _BARE.split(), strict=True))
_DIGITS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5, "sau": 6, "bay": 7,
    "tam": 8, "chin": 9,
}  # fmt: skip
_ONLY_LAST = frozenset({"lam", "nham", "tu"})
"""Digits that never begin a number."""


class WrittenNumber(NamedTuple):
    """`clear` is False where the writing has two readings: `1,234`, `1.2`."""

    value: Decimal
    clear: bool


def digits(text: str) -> WrittenNumber | None:
    """Read a number written in digits; None for text that is no amount, such as a phone number."""
    if _WHOLE.fullmatch(text):
        return WrittenNumber(Decimal(int(text)), clear=True)
    if _GROUPED.fullmatch(text) and len(text) <= 9:
        return WrittenNumber(Decimal(text.replace(".", "")), clear=True)
    if _BROKEN.fullmatch(text):
        # A comma and one or two figures is a decimal; a point, or three figures after a comma, may be either.
        whole, _, part = text.replace(".", ",").partition(",")
        return WrittenNumber(Decimal(f"{whole}.{part}"), clear="," in text and len(part) < 3)
    return None


def number_in_words(words: Sequence[str], *, marked: bool) -> tuple[Decimal, int] | None:
    """Return the number that `words` begin with, and how many words it takes.

    `marked`: the writer uses diacritics, so `sau` is "after" and only `sáu` is six.
    """
    known: list[str] = []
    for word in words[:9]:
        plain = _PLAIN.get(word) if marked or not word.isascii() else (word if word in _PLAIN.values() else None)
        if plain is None and word.isdigit() and len(word) <= 2 and not known:
            plain = word
        if plain is None:
            break
        known.append(plain)
    for count in range(len(known), 0, -1):
        value = _value(known[:count])
        if value is not None:
            return value, count
    return None


def _value(words: Sequence[str]) -> Decimal | None:
    """Return the value of all the words together; None when they make no number."""
    if len(words) == 1 and (words[0].isdigit() or words[0] in _ONLY_LAST):
        return None
    for thousand in ("nghin", "ngan"):
        if thousand in words:
            at = words.index(thousand)
            head = _hundreds(words[:at])
            rest = words[at + 1 :]
            if head is None or words[0].isdigit():
                return None
            if not rest or rest == ["ruoi"]:
                return head * 1000 + (500 if rest else 0)
            tail = _after_thousand(rest)
            return None if tail is None else head * 1000 + tail
    return _hundreds(words)


def _hundreds(words: Sequence[str]) -> Decimal | None:
    if "tram" not in words:
        return _tens(words)
    at = words.index("tram")
    head = _tens(words[:at]) if at else None
    rest = list(words[at + 1 :])
    if at == 0:
        # “trăm rưỡi” and “trăm hăm lăm” are one hundred and so much; “trăm” alone is rather a guess.
        head = Decimal(1) if rest else None
    if head is None or head > 9:
        return None
    if not rest or rest == ["ruoi"]:
        return head * 100 + (50 if rest else 0)
    tail = _after_hundred(rest)
    return None if tail is None else head * 100 + tail


def _after_thousand(words: Sequence[str]) -> Decimal | None:
    """Read what follows the thousands, only if said in full: "một nghìn hai" is 1.200 for some and 1.002 for others."""
    if list(words[:2]) == ["khong", "tram"]:
        return _after_hundred(words[2:])
    if words[0] in ("linh", "le"):
        return _after_hundred(words)
    return _hundreds(words) if "tram" in words else None


def _after_hundred(words: Sequence[str]) -> Decimal | None:
    match list(words):
        case ["linh" | "le", last] if last in _DIGITS:
            return Decimal(_DIGITS[last])
    # "một trăm hai" is 120 for some and 102 for others.
    tail = _tens(words)
    return None if tail is None or tail < 10 else tail


def _tens(words: Sequence[str]) -> Decimal | None:
    match list(words):
        case [one] if one in _DIGITS and one not in _ONLY_LAST:
            return Decimal(_DIGITS[one])
        case [one] if one.isdigit():
            return Decimal(one)
        case ["muoi"] | ["chuc"]:
            return Decimal(10)
        case ["chuc", "ruoi"]:
            return Decimal(15)
        case ["muoi", last] if last in _DIGITS:
            return Decimal(10 + _DIGITS[last])
        case [first, "muoi" | "chuc"] if (count := _digit(first)) is not None:
            return Decimal(count * 10)
        case ["ham" | "bam" as tens, last] if last in _DIGITS:
            return Decimal((20 if tens == "ham" else 30) + _DIGITS[last])
        case [first, "chuc", "ruoi"] if (count := _digit(first)) is not None:
            return Decimal(count * 10 + 5)
        case [first, "muoi", last] if (count := _digit(first)) is not None and last in _DIGITS:
            return Decimal(count * 10 + _DIGITS[last])
        case ["tu", "chuc"]:
            return Decimal(40)
        case [first, "ta"] if (count := _digit(first)) is not None:
            return Decimal(count * 12)
        case [first, "mot" | "lam" | "nham" | "tu" as last] if first in _DIGITS and 2 <= _DIGITS[first] <= 9:
            return Decimal(_DIGITS[first] * 10 + _DIGITS[last])
    return None


def _digit(word: str) -> int | None:
    if word.isdigit():
        return int(word)
    return _DIGITS.get(word) if word not in _ONLY_LAST else None
