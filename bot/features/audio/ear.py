"""Turn a written notice into the words of a reader at a microphone: no figures, no abbreviations, no addresses.

Rules run from the most particular to the most general; each replaces the parts that it knows by words, so that no later
rule sees them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.resources import files

from bot.core.lean import patterns
from bot.core.text import clean

from .numerals import cardinal, day, decimal, month, one_by_one, weekday

_LETTER_NAMES = {
    "A": "a", "B": "bê", "C": "xê", "D": "đê", "Đ": "đê", "E": "e", "F": "ép", "G": "giê", "H": "hát", "I": "i",
    "J": "gi", "K": "ca", "L": "lờ", "M": "mờ", "N": "nờ", "O": "o", "P": "pê", "Q": "quy", "R": "rờ", "S": "ét",
    "T": "tê", "U": "u", "V": "vê", "W": "vê kép", "X": "ích", "Y": "i", "Z": "dét",
}  # fmt: skip
_DOCUMENTS = {
    "NĐ": "nghị định", "QĐ": "quyết định", "TT": "thông tư", "NQ": "nghị quyết", "CT": "chỉ thị", "TB": "thông báo",
    "KH": "kế hoạch", "HD": "hướng dẫn", "BC": "báo cáo", "CV": "công văn", "TTr": "tờ trình", "GM": "giấy mời",
}  # fmt: skip
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}
_UNITS = {
    "%": "phần trăm", "‰": "phần nghìn", "km/h": "ki lô mét một giờ", "km²": "ki lô mét vuông", "km": "ki lô mét",
    "m²": "mét vuông", "m2": "mét vuông", "m³": "mét khối", "m3": "mét khối", "mm": "mi li mét", "cm": "xen ti mét",
    "m": "mét", "kg": "ki lô gam", "g": "gam", "ha": "héc ta", "°C": "độ xê", "ml": "mi li lít", "l": "lít",
    "đ": "đồng", "₫": "đồng", "VNĐ": "đồng", "VND": "đồng", "đồng": "đồng", "k": "nghìn đồng",
    "tr": "triệu đồng", "G": "gờ",
}  # fmt: skip
IN_THE_GROUP = "địa chỉ ghi trong tin nhắn ở nhóm của thôn"
ON_THE_SCREEN = "địa chỉ ghi trên màn hình"
_ADDRESS = f" {IN_THE_GROUP} "
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_NUMBER = r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?"
_TO = r"\s*[-–—]\s*"
_HOUR = r"(?:[01]?\d|2[0-4])(?:h(?:[0-5]\d)?|:[0-5]\d|\s?(?:giờ|g)(?:\s?[0-5]\d)?)(?![\w:])"
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"\d{4}"
_DATE = rf"{_DAY}/{_MONTH}(?:/{_YEAR})?|{_DAY}[.-]{_MONTH}[.-]{_YEAR}|(?<=[Nn]gày ){_DAY}[.-]{_MONTH}"
_CALLS = r"(?:gọi(?: ngay)?(?: số)?|điện thoại|số máy|ĐT|SĐT|tổng đài|đường dây nóng|hotline|liên hệ|báo ngay)"
_PHONE = r"\d[\d.]*\d(?:[ -]\d{3,4}){0,2}(?![\w/:])"
_PARTS = {"2": "hai", "3": "ba", "4": "tư", "5": "năm"}
_KEYS = {"*": "sao", "#": "thăng"}
_DIGITS = patterns.compile(r"\d+")
_GAP = patterns.compile(r"(?<=\d)[ .-](?=\d)")
_BEGINNING = patterns.compile(r"^\w|(?<=[.!?] )\w")
_AFTER = patterns.compile(r"\s+([,.;:!?])")

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


def for_ear(written: str, *, address: str = IN_THE_GROUP) -> str:
    """Write it as sentences of plain Vietnamese words; `address` says where a web address is found.

    A line is a sentence; emoji and purely visual marks are removed.
    """
    text = clean(written)
    for pattern, pronounced in _RULES:
        text = pattern.sub(pronounced, text)
    text = text.replace(IN_THE_GROUP, address)
    lines = (_AFTER.sub(r"\1", " ".join(line.split())).strip(" ,;-") for line in text.split("\n"))
    ended = (line if line[-1] in ".!?:" else f"{line}." for line in lines if any(map(str.isalpha, line)))
    return "\n".join(_BEGINNING.sub(lambda found: found[0].upper(), line) for line in ended)


def _amount(number: str) -> str:
    whole, _, part = number.replace(".", "").partition(",")
    return decimal(whole, part) if part else cardinal(whole)


def _clock(written: str) -> str:
    hour, minute, *_ = [*re.findall(r"\d+", written), ""]
    minutes = f" {cardinal(minute)} phút" if minute.strip("0") else ""
    return f"{cardinal(hour)} giờ{minutes}"


def _clocks(found: re.Match[str]) -> str:
    until = f" đến {_clock(found['until'])}" if found["until"] else ""
    return f" {_clock(found['at'])}{until} "


def _dated(written: str) -> str:
    on, of, *year = map(int, re.findall(r"\d+", written))
    return f"{day(on)} tháng {month(of)}" + (f" năm {cardinal(str(year[0]))}" if year else "")


def _date(found: re.Match[str]) -> str:
    """Say a date, or two; the word `ngày` is said once, whether it was written or not."""
    if found["first"] is not None:
        return f" ngày {day(int(found['first']))} đến ngày {_dated(found['date'])} "
    return f" ngày {_dated(found['date'])} "


def _month(found: re.Match[str]) -> str:
    year = f" năm {cardinal(found['year'])}" if found["year"] else ""
    return f"tháng {month(int(found['month']))}{year}"


def _document(found: re.Match[str]) -> str:
    """Say a document number: `45/QĐ-UBND` is number 45, a decision by its issuer. A kind just said is not repeated."""
    kind, year = _DOCUMENTS[found["kind"]], found["year"]
    before = f"{kind} " if found["said"].lower().startswith(kind) else ""
    number = f"số {cardinal(found['number'])}" + (f" năm {cardinal(year)}" if year else "")
    issuers = " ".join(_word(part) for part in found["issuer"].split("-") if part)
    named = f"{before}{number}" if before else f"{found['said']}{number}, {kind}"
    return f"{named} của {issuers} "


def _notice(found: re.Match[str]) -> str:
    return f"{found['said'] or 'thông báo'} số {cardinal(found['number'])}"


def _phone(found: re.Match[str]) -> str:
    """Say a phone number digit by digit, in the groups in which it is written; a long group is cut."""
    return _DIGITS.sub(lambda m: _grouped(m[0]), _GAP.sub(", ", found[0]))


def _grouped(digits: str) -> str:
    """Say digits in the groups of a mobile number, of a hotline (four and four), or of an identity card (by threes)."""
    if len(digits) == 8 or len(digits) == 12:
        step = 4 if len(digits) == 8 else 3
        groups = [digits[at : at + step] for at in range(0, len(digits), step)]
    else:
        groups = [digits] if len(digits) <= 6 else [digits[:4], digits[4:7], digits[7:]]
    return ", ".join(one_by_one(group) for group in groups if group)


def _keys(found: re.Match[str]) -> str:
    """Say a code of a telephone key by key: `*101#`."""
    keys = "".join(f" {_KEYS.get(key) or one_by_one(key)}" for key in found[0])
    return f"{keys} "


def _form(found: re.Match[str]) -> str:
    """Say the name of a form, `CT01`: its zero is part of the name."""
    return f" {' '.join(_LETTER_NAMES[letter] for letter in found['letters'])} {one_by_one(found['digits'])} "


def _measure(found: re.Match[str]) -> str:
    until = f" đến {_amount(found['until'])}" if found["until"] else ""
    below = "âm " if found["below"] else ""
    return f" {below}{_amount(found['number'])}{until} {_UNITS[found['unit']]} "


def _roman(found: re.Match[str]) -> str:
    values = [_ROMAN[letter] for letter in found["roman"]]
    total = sum(-value if value < max(values[at:]) else value for at, value in enumerate(values))
    year = f" năm {cardinal(found['year'])}" if found["year"] else ""
    return f"{found['before']} {cardinal(str(total))}{year}"


def _word(written: str) -> str:
    """Say an abbreviation by the table, an unpronounceable one letter by letter, a word in capitals as a word."""
    known = _pronunciations().get(written) or _in_headings().get(written)
    if known is not None:
        return known
    if not written.isupper() or len(written) < 2:
        return written
    vowels = re.search("[AEIOUYĂÂÊÔƠƯ]|[^\x00-\x7fĐ]", written)
    return written.lower() if vowels or len(written) > 5 else " ".join(_LETTER_NAMES[letter] for letter in written)


@lru_cache(maxsize=1)
def _pronunciations() -> Mapping[str, str]:
    lines = files(__package__).joinpath("spoken.tsv").read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=1)
def _in_headings() -> Mapping[str, str]:
    """Return the words of the table as a heading has them: ZALO."""
    return {written.upper(): words for written, words in _pronunciations().items() if not written.isupper()}


def _dotted() -> str:
    """Return a pattern of the abbreviations that are no single words, the longest first."""
    odd = sorted((written for written in _pronunciations() if not written.isalnum()), key=len, reverse=True)
    return "|".join(map(re.escape, odd))


_RULES: tuple[Rule, ...] = (
    (patterns.compile(r"(?:https?://|www\.)\S+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), lambda _: _ADDRESS),
    (patterns.compile(r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:vn|com|net|org|info)\b(?:/\S*)?"), lambda _: _ADDRESS),
    (patterns.compile(rf"(?<!\w)(?:{_dotted()})(?!\w)"), lambda found: f"{_pronunciations()[found[0]]} "),
    (patterns.compile(r"(?<!\w)[*#]{1,2}\d+(?:[*#]\d+)*#"), _keys),
    (patterns.compile(r"(?<![\w+])\+84[ .]?(?=\d)"), lambda _: "0"),
    (patterns.compile(r"\b(?P<letters>[A-Z]{1,4})(?P<digits>0\d)\b"), _form),
    (
        patterns.compile(
            rf"(?P<said>(?:{'|'.join(_DOCUMENTS.values())})?\s*)(?:số:?\s*)?(?P<number>\d+)/(?:(?P<year>\d{{4}})/)?"
            rf"(?P<kind>{'|'.join(_DOCUMENTS)})-(?P<issuer>[A-ZĐ][\wĐ-]*)",
            re.IGNORECASE,
        ),
        _document,
    ),
    (patterns.compile(r"(?:(?P<said>[Tt]hông báo)\s+(?:số\s+)?)?\bTB-?(?P<number>\d+)\b"), _notice),
    (
        patterns.compile(rf"\b{_CALLS}:?\s+{_PHONE}(?:(?:,| hoặc| và| -)\s+{_PHONE})*", re.IGNORECASE),
        _phone,
    ),
    (patterns.compile(r"\b(?:0\d{2,3}[ .-]?\d{3}[ .-]?\d{3,4}|1[89]00[ .]?\d{4,6})\b"), _phone),
    (patterns.compile(r"(?<![\w.,/])(?:0\d{3,}|\d{12})(?![\w/]|[.,]\d)"), _phone),
    (patterns.compile(r"\b24/(?:7|24)\b(?:\s*(?:giờ|h)\b)?"), lambda _: "cả ngày lẫn đêm"),
    (patterns.compile(rf"(?<![\w:,.])(?P<at>{_HOUR})(?:{_TO}(?P<until>{_HOUR}))?"), _clocks),
    (
        patterns.compile(r"\b(?P<some>[1-4])/(?P<all>[2-5])(?=\s+(?:số|dân|diện|tổng|là|chiều))"),
        lambda m: f"{cardinal(m['some'])} phần {_PARTS[m['all']]}",
    ),
    (
        patterns.compile(
            rf"(?:(?<!\w)[Nn]gày\s+)?(?<![\w/.,])(?:(?P<first>{_DAY}){_TO})?(?P<date>{_DATE})(?![\w/]|[.,]\d)"
        ),
        _date,
    ),
    (patterns.compile(rf"\btháng\s+(?P<month>{_MONTH})(?:/(?P<year>{_YEAR}))?\b", re.IGNORECASE), _month),
    (patterns.compile(r"\b(?P<word>[Nn]gày)\s+(?P<day>\d|10)\b(?=\s+tháng)"), lambda m: f"ngày {day(int(m['day']))}"),
    (patterns.compile(r"\bT(?P<day>[2-7])(?=\s*(?:[,;–-]|đến|và|$))"), lambda m: f"thứ {weekday(int(m['day']))} "),
    (patterns.compile(r"(?<=[,–-]) ?CN\b|(?<=và )CN\b"), lambda _: " chủ nhật"),
    (patterns.compile(r"(?<=[^\W\d_])\s+[–-]\s*(?=thứ )"), lambda _: " đến "),
    (patterns.compile(r"\b(?P<word>[Tt]hứ)\s+(?P<day>[2-7])\b"), lambda m: f"{m['word']} {weekday(int(m['day']))}"),
    (
        patterns.compile(
            r"\b(?P<before>[Qq]uý|[Kk]hóa|[Cc]ấp|[Ll]oại|[Đđ]ợt|[Pp]hần|[Kk]ỳ|[Hh]ạng)\s+(?P<roman>[IVXL]+)"
            r"(?:/(?P<year>\d{4}))?\b"
        ),
        _roman,
    ),
    (
        patterns.compile(
            rf"(?<![\w.,])(?P<below>[-−](?=[\d,]+\s?°C))?(?P<number>{_NUMBER})(?:{_TO}(?P<until>{_NUMBER}))?\s?(?P<unit>{_UNIT})(?!\w)"
        ),
        _measure,
    ),
    (
        patterns.compile(rf"(?<![\w.,])(?P<one>{_NUMBER}){_TO}(?P<two>{_NUMBER})(?![\w/])"),
        lambda m: f"{_amount(m['one'])} đến {_amount(m['two'])}",
    ),
    (
        patterns.compile(r"(?<![\w.,])(?P<one>\d+)/(?P<two>\d+)(?![\w/])"),
        lambda m: f"{cardinal(m['one'])} trên {cardinal(m['two'])}",
    ),
    (patterns.compile(rf"(?<!\d)(?:{_NUMBER})"), lambda m: f" {_amount(m[0])} "),
    (patterns.compile(r"(?<=đồng)\s*/\s*(?=[^\W\d_])"), lambda _: " một "),
    (patterns.compile(r"&|(?<=\s)\+(?=\s)"), lambda _: " và "),
    (patterns.compile(r"[^\W\d_]+"), lambda m: _word(m[0])),
    (patterns.compile(r"^\s*[-–—•*+✓●▪]+\s*", re.MULTILINE), lambda _: ""),
    (patterns.compile(r"\s[-–—]\s"), lambda _: ", "),
    (patterns.compile(r"[()\[\]“”\"«»]"), lambda _: ", "),
    (patterns.compile(r"(?<=\w)[-–/](?=\w)"), lambda _: " "),
    (patterns.compile(r"[^\w\s,.;:!?]|_"), lambda _: " "),
    (patterns.compile(r"\.{2,}|…"), lambda _: "."),
    (patterns.compile(r"\s*,(?:\s*,)+"), lambda _: ","),
    (patterns.compile(r",\s*([.;:!?])"), lambda m: m[1]),
)
