"""Sources of tasks above the giver, and the papers: the level or sector, the document's number and its day.

The shapes of numbers are those of Nghị định 30/2020 (`793/BTTTT-THH`), of laws and decrees (`13/2023/NĐ-CP`) and of the
Party (`57-NQ/TW`), as people type them: without marks, in lower case, with the kind of paper in short.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import bare, compiled, fold

LONGEST_LEVEL, LONGEST_DOCUMENT = 60, 100


class Source(Struct, frozen=True):
    """`level` as people call it (`tỉnh`, `ngành y tế`), `document` with its kind (`công văn số 793/BTTTT-THH`).

    Each is "" where nobody said it; `dated` is the document's day.
    """

    level: str = ""
    document: str = ""
    dated: date | None = None

    def __bool__(self) -> bool:
        return bool(self.level or self.document)

    def __str__(self) -> str:
        return ", ".join(part for part in (self.level, self.document) if part)


_SECTORS: Mapping[str, tuple[str, ...]] = {
    "công an": ("ca",),
    "y tế": (),
    "giáo dục": (),
    "ngân hàng": (),
    "thuế": (),
    "bảo hiểm xã hội": ("bhxh", "bao hiem"),
    "bưu điện": (),
    "điện lực": ("dien",),
    "viễn thông": (),
    "nông nghiệp": (),
    "văn hóa": (),
    "tài chính": (),
    "tư pháp": (),
    "khoa học và công nghệ": ("khoa hoc cong nghe", "khcn", "kh&cn"),
    "quân sự": (),
}
_LEVELS: Mapping[str, tuple[str, ...]] = {"trung ương": ("tw",), "tỉnh": (), "xã": ("xa ta",)}


def _names() -> dict[str, str]:
    """Return folded words with the name that is written for them."""
    found: dict[str, str] = {}
    for level, others in _LEVELS.items():
        found |= {f"{lead}{name}": level for lead in ("", "cap ") for name in (fold(level), *others)}
    for sector, others in _SECTORS.items():
        found |= {f"{lead}{name}": f"ngành {sector}" for lead in ("", "nganh ") for name in (fold(sector), *others)}
    return found


_NAMES = _names()
_KINDS: Mapping[str, str] = {
    "cong van": "công văn", "cv": "công văn", "van ban": "văn bản", "vb": "văn bản", "ke hoach": "kế hoạch",
    "kh": "kế hoạch", "quyet dinh": "quyết định", "qd": "quyết định", "nghi quyet": "nghị quyết", "nq": "nghị quyết",
    "chi thi": "chỉ thị", "ct": "chỉ thị", "thong bao": "thông báo", "tb": "thông báo", "huong dan": "hướng dẫn",
    "hd": "hướng dẫn", "nghi dinh": "nghị định", "nd": "nghị định", "thong tu": "thông tư", "tt": "thông tư",
    "chuong trinh": "chương trình", "de an": "đề án", "cong dien": "công điện", "giay moi": "giấy mời",
}  # fmt: skip
_ANY = "văn bản"
_KIND = "|".join(sorted(_KINDS, key=len, reverse=True))
_LEAD = r"(?:(?:thuc hien|can cu|theo|tai)\s+){0,2}"
_SYMBOL = (
    r"(?P<symbol>\d{1,5}(?:\s?/\s?20\d\d)?(?:\s?/\s?|-)(?-i:[A-Za-z])\w*"
    r"(?:(?:[-/]|\s?[-–/]\s?(?=(?-i:[A-Z]{2})))[a-z]\w*)*)"
)
_DAY = (
    r"(?P<day>\d{1,2})(?:\s?[/.-]\s?|\s+thang\s+)(?P<month>\d{1,2})(?:(?:\s?[/.-]\s?|\s+nam\s+)(?P<year>20\d\d|\d\d))?"
    r"(?![\d/])"
)
_DATED = rf"(?:\s*[,(]?\s*(?:ky\s+|ban hanh\s+)?ngay\s+{_DAY}(?:\s*\))?)"
_OF = r"(?:\s+cua\s+(?P<of>[^,;.()]{2,60}?)(?=\s*(?:[,;.()]|$)|\s+(?:ve|ngay|han|truoc)\s))"
_DOCUMENTS = tuple(
    rf"(?<![\w/-]){_LEAD}{shape}{_OF}?"
    for shape in (
        rf"(?:(?P<kind>{_KIND})\b\s*:?\s*)?(?P<so>so\b\s*:?\s*)?{_SYMBOL}{_DATED}?",
        rf"(?P<kind>{_KIND})\b\s*:?\s*(?:so\b\s*:?\s*)?(?P<symbol>\d{{1,5}}){_DATED}",
        rf"(?P<kind>{_KIND})\b\s*:?\s*so\b\s*:?\s*(?P<symbol>\d{{1,5}})\b(?![/-])",
        rf"so\b\s*:?\s*(?P<symbol>\d{{1,5}}){_DATED}",
        rf"(?<=theo )(?P<kind>{_KIND})\s+(?P<symbol>\d{{1,5}})(?=\s*(?:[,;.()]|$)|\s+(?:cua|han|truoc)\s)",
    )
)
_SHORT = rf"(?<![\w/-])(?P<kind>{_KIND})\s+(?P<symbol>\d{{1,5}})\b(?![-/])"
"""Only where a document is asked for: “kế hoạch 2 buổi” is none."""
_OFFICE = (
    r"(?:trung uong|tw|chinh phu|thu tuong|bo|so|cuc|chi cuc|tinh|xa|cap|nganh|ubnd|uy ban|ban chi dao|bcd|phong"
    r"|trung tam|cong an|ngan hang|buu dien|dien luc|tram y te|dang uy|hdnd|hoi|doan|mat tran)"
)
_ASKS = r"(?:giao(?:\s+(?:xuong|ve|viec))?|yeu cau|chi dao|phat dong|de nghi)"
_WISH = r"(?:chi dao|yeu cau|ke hoach|de nghi|chuong trinh)"
_LEVEL = (
    rf"(?:(?<=[,;.(\n])|^)\s*(?:viec\s+)?(?:do\s+)?(?P<by>{_OFFICE}\b[^,;.()]{{0,40}}?)\s+{_ASKS}\s*(?=[,;:.)\n]|$)",
    rf"(?<!\w)do\s+(?P<by>{_OFFICE}\b[^,;.()]{{0,40}}?)\s+{_ASKS}(?!\w)",
    rf"(?<!\w)theo\s+{_WISH}\s+cua\s+(?P<by>{_OFFICE}\b[^,;.()]{{0,40}}?)(?=\s*(?:[,;.)\n]|$)|\s+(?:han|truoc)\s)",
    r"(?<=[,;.(\n])\s*(?P<by>(?:cap|nganh)\s+[^,;.()]{2,40}?)\s*(?=[,;.)\n]|$)",
)
_LOOSE = patterns.compile(
    r"(?:^|(?<=\s))(?:do|cua|cap tren)\s+|\s+(?:giao(?: xuong| viec)?|yeu cau|chi dao)$", re.IGNORECASE
)


def split_source(words: str, today: date) -> tuple[str, Source]:
    """Split `dán áp phích, tỉnh giao, số 793/BTTTT-THH, hạn mai` into (`dán áp phích, hạn mai`, the source)."""
    text = unicodedata.normalize("NFC", words)
    rest, document, dated, of = _cut_document(text, today, _DOCUMENTS)
    rest, level = _cut_level(rest)
    found = Source(level or _named(of), document, dated)
    return (_tidy(rest) if found else words.strip()), found


def read_source(words: str, today: date) -> Source | None:
    """Read the answer to “who gave it”; the part that is no document is the level, as typed. None if too long."""
    text, document, dated, of = _cut_document(unicodedata.normalize("NFC", words), today, (*_DOCUMENTS, _SHORT))
    text, level = _cut_level(text)
    if level or of:
        return Source(level or _named(of), document, dated)
    cut = _tidy(text).strip("()")
    while (match := _LOOSE.search(bare(cut))) is not None:
        cut = (cut[: match.start()] + cut[match.end() :]).strip(" ,;.:–-()")
    return None if len(cut) > LONGEST_LEVEL else Source(_named(cut), document, dated)


def _cut_document(text: str, today: date, patterns: Sequence[str]) -> tuple[str, str, date | None, str]:
    """Return (the rest, the document, its day, whose it is)."""
    plain = bare(text)
    for pattern in patterns:
        for match in compiled(pattern, re.IGNORECASE).finditer(plain):
            parts = match.groupdict()
            symbol = text[match.start("symbol") : match.end("symbol")]
            marked = bool(parts.get("kind") or parts.get("so") or pattern is not _DOCUMENTS[0])
            if not marked and sum(char.isupper() for char in symbol) < 2:
                continue  # “5/thôn”
            number, day = _written(symbol), _day(parts, today)
            kind = _KINDS.get(" ".join((parts.get("kind") or "").lower().split()), _ANY)
            of = "" if parts.get("of") is None else text[match.start("of") : match.end("of")]
            rest = f"{text[: match.start()]} {text[match.end() :]}"
            return rest, f"{kind} số {number}"[:LONGEST_DOCUMENT], day, of
    return text, "", None, ""


def _cut_level(text: str) -> tuple[str, str]:
    plain = bare(text)
    for pattern in _LEVEL:
        if (match := compiled(pattern, re.IGNORECASE).search(plain)) is not None:
            level = _named(text[match.start("by") : match.end("by")])
            return f"{text[: match.start()]} {text[match.end() :]}", level
    return text, ""


def _named(words: str) -> str:
    """Return a level or sector under its usual name, an office as it was typed."""
    answer = " ".join(words.split())
    return _NAMES.get(fold(answer), answer)[:LONGEST_LEVEL]


def _written(symbol: str) -> str:
    """Write capitals if none were typed; restore the two commonest abbreviations that need more than capitals."""
    number = re.sub(r"\s+", "", symbol).replace("–", "-")
    if any(char.isupper() for char in number):
        return number
    number = re.sub(r"(?<=[/-])QD(?=-)", "QĐ", number.upper())
    return re.sub(r"(?<=[/-])ND(?=-)", "NĐ", number).replace("-TTG", "-TTg")


def _day(parts: Mapping[str, str | None], today: date) -> date | None:
    """Return the day, without a year the newest such day; None for a day that no calendar has."""
    day, month, year = parts.get("day"), parts.get("month"), parts.get("year")
    if day is None or month is None:
        return None
    try:
        if year is not None:
            return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
        this = date(today.year, int(month), int(day))
        return this if this <= today else date(today.year - 1, int(month), int(day))
    except ValueError:
        return None


def _tidy(text: str) -> str:
    """Remove the commas and brackets that stood around what was cut out."""
    text = re.sub(r"\(\s*[,;.]?\s*\)", " ", text)
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"\s*([,;.:])(?:\s*[,;.:])+", r"\1", text)
    return re.sub(r"\s+([,;.:])", r"\1", text).strip(" ,;.:–-")
