"""Reading of a seller's typed words: a price, how to order, and words that may not stand in public."""

from __future__ import annotations

import re
from decimal import Decimal
from urllib.parse import urlsplit

from bot.core.guard import MASK
from bot.core.lean import patterns
from bot.core.small_words import without_courtesy
from bot.core.text import Text, fold
from bot.core.words.numbers import digits, number_in_words
from bot.features.guides.contacts import Allowed
from bot.i18n import msg

from .model import LONGEST_CONTACT, LONGEST_PER, Price

_MOST = 1_000_000_000
_LEAST = 500
"""Of a price in đồng: “60” may be 60 or 60.000."""
_ASK = frozenset(
    {"hoi gia", "hoi", "thoa thuan", "gia thoa thuan", "lien he", "gia lien he", "goi hoi gia", "tuy", "inbox", "ib"}
)
_FIGURES = patterns.compile(
    r"(?:giá\s+|gia\s+)?(?P<number>\d[\d.,]*)\s*(?P<scale>k|nghìn|ngàn|nghin|ngan|triệu|trieu|tr)?(?P<half>\s+rưỡi)?"
    r"(?:\s*(?:đồng|dong|vnđ|vnd|đ))?(?!\w)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_SCALES = {"k": 1000, "nghin": 1000, "ngan": 1000, "trieu": 1_000_000, "tr": 1_000_000}
_CURRENCY = patterns.compile(r"\s*(?:đồng|dong|vnđ|vnd|đ)(?!\w)", re.IGNORECASE)
_PER = patterns.compile(
    r"[\s/,.:]*(?:(?:một|mỗi|mot|moi|cho)\s+|1\s*(?=[^\W\d]))*"
    r"(?P<per>[^\s–-].*)?",
    re.IGNORECASE | re.DOTALL,
)
_RANGE = patterns.compile(r"\s*(?:-|–|đến|tới|den|toi)\s*\d", re.IGNORECASE)
_MILLIONS = patterns.compile(r"\d{1,3}(?:\.\d{3}){2,3}")
_BROKEN = patterns.compile(r"\d+\.\d{1,2}")

_PHONE = patterns.compile(r"(?<!\d)(?:\+?84|0)(?:[ .()-]{0,2}\d){8,10}(?!\d)|(?<!\d)1[89]00(?:[ .-]?\d){4,6}(?!\d)")
_ADDRESS = patterns.compile(
    r"(?<![\w@.-])(?:https?://)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?![\w@-]|\.\w|:\d*@)(?::\d+)?(?:[/?#]\S*)?",
    re.IGNORECASE,
)
_NOBODY = Allowed(frozenset(), frozenset(), frozenset())

SECRET = msg("Câu này có số tôi phải ẩn. Bác gõ lại, bỏ số ấy đi.")
ELSEWHERE = msg("Số điện thoại và đường dẫn bác để cho câu hỏi “mua thế nào”. Bác gõ lại, bỏ phần ấy đi.")


def price_of(words: str) -> Price | None:
    """Read `60.000đ một túi`, `60k/kg`, `1,2 triệu`, `sáu mươi nghìn`, `hỏi giá`; None if it is ambiguous."""
    if without_courtesy(words) in _ASK:
        return Price()
    found = _FIGURES.match(words.strip())
    if found is not None:
        scale = _SCALES.get(fold(found["scale"] or ""), 1)
        value = _number(found["number"].rstrip(".,"), scaled=scale > 1)
        half = scale // 2 if found["half"] else 0
        return None if value is None else _price(value * scale + half, found["rest"])
    answer = words.strip().lower().removeprefix("giá ").split()
    read = number_in_words(answer, marked=not words.isascii())
    if read is None:
        return None
    value, count = read
    scale = _SCALES.get(fold(answer[count]), 1) if count < len(answer) else 1
    if scale > 1:
        count += 1
        half = count < len(answer) and fold(answer[count]) == "ruoi"
        value, count = value * scale + (scale // 2 if half else 0), count + half
    rest = " ".join(answer[count:])
    currency = _CURRENCY.match(rest)
    return _price(value, rest[currency.end() :] if currency else rest)


def _number(written: str, *, scaled: bool) -> Decimal | None:
    """Read a number; `scaled`: thousands or millions follow, so that 1.2 is no 1.200."""
    if _MILLIONS.fullmatch(written):
        return Decimal(written.replace(".", ""))
    found = digits(written.replace(".", ",") if scaled and _BROKEN.fullmatch(written) else written)
    return found.value if found is not None and found.clear else None


def _price(value: Decimal, rest: str) -> Price | None:
    amount, per = int(value), _PER.fullmatch(rest)
    if amount != value or not _LEAST <= amount <= _MOST or per is None or _RANGE.match(rest):
        return None
    unit = " ".join((per["per"] or "").split()).rstrip(" .,;")
    return Price(amount, unit) if len(unit) <= LONGEST_PER and problem(unit) is None else None


def contact_of(words: str) -> str | None:
    """Return the phone number in it, its digits alone, or the address of a stall; None if there is neither."""
    for found in _ADDRESS.finditer(words):
        if (address := _address(found[0].rstrip(".,;:!?)"))) is not None:
            return address
    phone = _PHONE.search(words)
    if phone is None:
        return None
    only = re.sub(r"\D", "", phone[0])
    return f"0{only[2:]}" if only.startswith("84") else only


def _address(written: str) -> str | None:
    address = written if "://" in written else f"https://{written}"
    try:
        parts = urlsplit(address)
        named = parts.hostname is not None and parts.username is None and parts.port in (None, 80, 443)
    except ValueError:
        return None
    return address if named and len(address) <= LONGEST_CONTACT else None


def problem(words: str) -> str | None:
    """Say why these words cannot stand in public, None where they can."""
    if MASK in words:
        return SECRET
    named = _NOBODY.strange_hosts(Text.verbatim(words)) or _NOBODY.strange_phones(words)
    return ELSEWHERE if named else None


def is_address(contact: str) -> bool:
    return contact.startswith("http")


def phone_written(contact: str) -> str:
    """Write `0912 345 678`, as people read it aloud."""
    if len(contact) == 10 and contact.startswith("0"):
        return f"{contact[:4]} {contact[4:7]} {contact[7:]}"
    if len(contact) == 11:
        return f"{contact[:4]} {contact[4:8]} {contact[8:]}" if contact.startswith("0") else contact
    return contact
