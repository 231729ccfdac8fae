"""A plan as people say it: “thứ 2, 4, 6 lúc 5 giờ 30 và 17 giờ, cụm nhà văn hóa, chú Hòa bật”."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import time

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import fold
from bot.features.audio.numerals import cardinal

from .timetable import EVERY_DAY, Slot

ME = "tôi"
"""The one who speaks presses play."""
LONGEST_SPOT = 40

_CUT = " | "
"""Stands where something was read and taken out."""
_HOUR = r"(?:gio\b|h(?![a-z])|g(?![a-z])|:)"
_MINUTE = rf"(?:[0-5]?\d(?!\d)(?!\s*{_HOUR})|ruoi\b)"
_PART = r"(?:sang|trua|chieu|toi(?!\s+(?:bat|mo|bam|phu|lo|\d)))\b"
_TIME = rf"\d{{1,2}}\s*{_HOUR}\s*{_MINUTE}?(?:\s*(?:phut|p)\b)?(?:\s*{_PART})?"
_CLOCK = patterns.compile(rf"(\d{{1,2}})\s*{_HOUR}\s*({_MINUTE})?(?:\s*(?:phut|p)\b)?\s*({_PART})?")
_SPAN = patterns.compile(rf"(?<![\d/])({_TIME})(?:\s*(?:-|–|den|toi)\s*({_TIME}))?")
_AND_A_HALF = patterns.compile(r"\b(\d{1,2})\s+(?:rưỡi|ruoi)\b", re.IGNORECASE)
_HOUR_IN_WORDS = {fold(cardinal(str(number))): number for number in range(1, 24)}
_MINUTE_IN_WORDS = {fold(cardinal(str(number))): number for number in range(5, 60, 5)}

_SPAN_TYPED = patterns.compile(
    r"\d{1,2}\s*(?:giờ|gio|h|g|:)\s*(?:\d{1,2}|rưỡi|ruoi)?(?:\s*(?:phút|phut|p)\b)?"
    r"(?:\s*(?:sáng|trưa|chiều|tối|sang|trua|chieu)\b)?",
    re.IGNORECASE,
)
"""A time before its marks are taken off: what is left between two of them may be a name."""

_EVERY = patterns.compile(
    r"\b(?:hang ngay|moi ngay|ngay nao cung|ca tuan|tat ca cac ngay|cac ngay trong tuan|7 ngay)\b"
)
_WORKDAYS = patterns.compile(r"\b(?:ngay thuong|ngay lam viec)\b")
_WEEKEND = patterns.compile(r"\bcuoi tuan\b")
_LESS = patterns.compile(r"\b(?:tru|khong phat)\b")
_CHAIN = patterns.compile(r"[2-7](?:\s*[-–]\s*[2-7]){2,}")
_DAY_WORD = patterns.compile(r"chu nhat|\bcn\b|\bt(?=[2-7]\b)|[2-7]\b|[a-z]+|[-–|]")
_NAMED = {"hai": 1, "ba": 2, "tu": 3, "nam": 4, "sau": 5, "bay": 6}
_JOINS = frozenset({"va", "roi"})

_VERB = r"(?:bật|bat|mở|mo|bấm|bam|phụ trách|phu trach|lo)\b"
_WHO_IS = patterns.compile(
    r"\bngười (?:bật|mở|phát|bấm)(?: loa| máy)?\s*(?:là|:)?\s+(?P<who>[^,;.\d|]{1,60})"
    r"|\bnguoi (?:bat|mo|phat|bam)(?: loa| may)?\s*(?:la|:)?\s+(?P<bare>[^,;.\d|]{1,60})",
    re.IGNORECASE,
)
_WHO_DOES = patterns.compile(rf"(?P<who>[^,;.\d|]{{1,80}}?)\s+{_VERB}(?:\s+(?:loa|máy|may|đài|dai)\b)?", re.IGNORECASE)
_TITLES = frozenset(
    {"chú", "bác", "ông", "bà", "cô", "anh", "chị", "em", "cụ", "thầy", "chu", "bac", "ong", "ba", "co", "chi", "cu"}
)
_BEFORE_NAME = frozenset(
    {
        "loa", "thon", "lich", "phat", "luc", "vao", "va", "thi", "do", "nho", "la", "co", "de", "gio", "h", "phut",
        "sang", "trua", "chieu", "hang", "moi", "ngay", "tuan", "thu", "nguoi",
    }
)  # fmt: skip
_SPOT = patterns.compile(
    r"\b(?:cụm|cum)\s+(?:loa\s+)?(?P<spot>[^,;.:|]{1,40}?)"
    r"(?=\s*(?:[,;.:|]|$|\b(?:phát|phat|thứ|thu|hằng|hang|hàng|mỗi|moi|lúc|luc|vào|vao|ngày|từ|t[2-7])\b|\s\d+\s*[hg:]))",
    re.IGNORECASE,
)


class PlanParts(Struct, frozen=True):
    """The parts of a plan read from a sentence; "" and () for those it lacks.

    `player` is a name as it was said, or ME.
    """

    days: str
    slots: tuple[Slot, ...]
    player: str
    spot: str

    @property
    def whole(self) -> bool:
        """Whether it says when."""
        return bool(self.days and self.slots)


def read(words: str) -> PlanParts:
    """Read all that a sentence tells of a plan; the name of the village must not stand in it any more."""
    text = " ".join(unicodedata.normalize("NFC", words).split())
    text, spot = _take(_SPOT, text, "spot")
    text = _in_figures(text)
    bare, slots = _hours(text)
    return PlanParts(_days(bare), slots, _player(text), _short(spot))


def _take(pattern: re.Pattern[str], text: str, group: str) -> tuple[str, str]:
    found = pattern.search(text)
    if found is None:
        return text, ""
    return text[: found.start()] + _CUT + text[found.end() :], found[group].strip()


def _short(spot: str) -> str:
    return "" if fold(spot) in ("", "loa") else spot[:LONGEST_SPOT]


def _in_figures(text: str) -> str:
    """Write `năm giờ ba mươi` and `5 rưỡi` as `5 giờ 30`."""
    tokens = _AND_A_HALF.sub(r"\1 giờ 30", text).split()
    at = 0
    while at < len(tokens):
        if fold(tokens[at]).startswith("gio") and len(fold(tokens[at]).strip(",.;")) == 3:
            at = _figures_around(tokens, at)
        at += 1
    return " ".join(tokens)


def _figures_around(tokens: list[str], at: int) -> int:
    """Replace numbers in words on both sides of an hour; return where the hour stands then."""
    for count in (3, 2, 1):
        before = fold(" ".join(tokens[max(0, at - count) : at])).strip(",.; ")
        if at >= count and before in _HOUR_IN_WORDS:
            tokens[at - count : at] = [str(_HOUR_IN_WORDS[before])]
            at -= count - 1
            break
    if tokens[at][-1] in ",.;":
        return at
    for count in (3, 2, 1):
        after = tokens[at + 1 : at + 1 + count]
        answer = fold(" ".join(after)).strip(",.; ")
        if len(after) == count and answer in _MINUTE_IN_WORDS:
            end = after[-1][-1] if after[-1][-1] in ",.;" else ""
            tokens[at + 1 : at + 1 + count] = [f"{_MINUTE_IN_WORDS[answer]}{end}"]
            break
    return at


def _hours(text: str) -> tuple[str, tuple[Slot, ...]]:
    """Return the text without marks and without its times, and the times."""
    bare = fold(text)
    slots = []
    for found in _SPAN.finditer(bare):
        start = _clock(found[1], "")
        end = None if found[2] is None else _clock(found[2], "")
        if found[2] is not None and _part_named(found[2]) and not _part_named(found[1]):
            later = _clock(found[1], _part_named(found[2]))  # “5 đến 6 giờ chiều”
            start = later if later is not None and end is not None and later <= end else start
        if start is not None:
            slots.append(Slot(start, end or start))
    return _SPAN.sub(_CUT, bare), tuple(sorted(set(slots)))


def _part_named(clock: str) -> str:
    found = _CLOCK.fullmatch(clock.strip())
    return (found[3] or "") if found is not None else ""


def _clock(answer: str, part: str) -> time | None:
    found = _CLOCK.fullmatch(answer.strip())
    if found is None:
        return None
    hour, minute = int(found[1]), 30 if found[2] == "ruoi" else int(found[2] or 0)
    part = part or found[3] or ""
    if hour < 12 and (part in ("chieu", "toi") or (part == "trua" and hour < 4)):
        hour += 12
    return time(hour, minute) if hour < 24 else None


def _days(bare: str) -> str:
    """Return the ISO weekdays in order, "" when none is said."""
    named, *less = _LESS.split(bare, maxsplit=1)
    found = set(_listed(named))
    if _EVERY.search(named):
        found = set(EVERY_DAY)
    if _WORKDAYS.search(named):
        found |= set("12345")
    if _WEEKEND.search(named):
        found |= set("67")
    if less:
        found = (found or set(EVERY_DAY)) - set(_listed(less[0]))
    return "".join(sorted(found))


def _listed(bare: str) -> Iterator[str]:
    """Yield the weekdays of “thứ 2, 4, 6”, “t2 đến t6”, “thứ bảy và chủ nhật”: figures count only after “thứ”."""
    bare = _CHAIN.sub(lambda found: re.sub(r"\s*[-–]\s*", ", ", found[0]), bare)
    inside, until, last = False, False, 0
    for word in _DAY_WORD.findall(bare):
        day = 7 if word in ("chu nhat", "cn") else 0
        if inside and not day:
            day = int(word) - 1 if word.isdigit() else _NAMED.get(word, 0)
        if day:
            first = last + 1 if until and last and last < day else day
            yield from (str(one) for one in range(first, day + 1))
            last, until, inside = day, False, True
        elif word in ("thu", "t"):
            inside = True
        elif word in ("-", "–", "den", "toi") and last:
            until = True
        elif word not in _JOINS:
            inside, until, last = False, False, 0


def _player(text: str) -> str:
    """Return a name without its “chú” or “bác”, ME for the speaker, "" for nobody."""
    found = _WHO_IS.search(text)
    player_name = "" if found is None else (found["who"] or found["bare"])
    if not player_name:
        named = _WHO_DOES.search(_SPAN_TYPED.sub("|", text))
        player_name = "" if named is None else named["who"]
    words = re.sub(r"[“”\"'():-]", " ", player_name).split()
    while words and fold(words[0]) in _BEFORE_NAME and words[0].lower() not in _TITLES:
        words = words[1:]
    titles = [at for at, word in enumerate(words) if word.lower() in _TITLES and not _is_sunday(words, at)]
    if titles and titles[-1] + 1 < len(words):
        words = words[titles[-1] + 1 :]
    name = " ".join(words)
    return ME if fold(name) in ("toi", "minh", "to", "chau") else name[:60]


def _is_sunday(words: list[str], at: int) -> bool:
    return fold(" ".join(words[at : at + 2])) == "chu nhat"
