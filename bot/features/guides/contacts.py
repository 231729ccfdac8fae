"""Web addresses and phone numbers in a text, and those that a guide may name.

People are told only confirmed contacts; the commune's own addresses and numbers come from its settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import Text

HOSTS = frozenset(
    {
        "dichvucong.gov.vn",
        "lienthong.dichvucong.gov.vn",
        "pakn.dichvucong.gov.vn",
        "vneid.gov.vn",
        "binhdanhocvuso.gov.vn",
        "buudien.vn",
        "nongsan.buudien.vn",
    }
)
# Old names: people still know them, so a guide says what became of them, but never sends anybody there.
OLD_NAMES = frozenset({"postmart.vn", "voso.vn"})
# Police, fire, ambulance, rescue, children; VNeID's hotline; reports of spam and scam calls.
PHONES = frozenset({"113", "114", "115", "112", "111", "1900.0368", "156", "5656"})

_TOP = (
    "vn|com|net|org|info|io|me|top|xyz|online|site|shop|app|link|club|cc|asia|biz|edu|gov|ly|gl|co|ru|cn|gd|gg|to|tv|ai"
)
_HOST = patterns.compile(rf"(?<![\w.-])(?:[\w-]+\.)+(?:{_TOP})(?![\w-])", re.IGNORECASE)
_INNER_DOT = patterns.compile(r"\.\w")
_DIGITS = patterns.compile(r"\d{3}|\d\D{1,2}\d")
_URL = patterns.compile(r"[a-z][a-z0-9+.-]*://[^\s<>\"”“]+", re.IGNORECASE)
_LONG = patterns.compile(
    r"(?<![\w.,/])(?:\(?(?:\+|00)84\)?|\(?0)(?:[ .()\u2013-]{0,2}\d){8,10}(?!\d)"
    r"|(?<![\w.,/])1[89]00(?:[ .\u2013-]?\d){3,6}(?!\d)"
    r"|(?<![\w.,/])\+\d(?:[ .()\u2013-]{0,2}\d){7,14}(?!\d)"
)
_SHORT = patterns.compile(
    r"\b(?:gọi|quay số|bấm số|tổng đài|đầu số|đường dây nóng|hotline|nhắn|nhắn tin|gửi|điện thoại|sđt)\b"
    r"(?P<words>(?:\s+(?!năm\b|mã\b|khoảng\b|trong\b|sau\b|trước\b|từ\b)[^\W\d]+){0,3}?)[\s:]+"
    r"(?P<numbers>\d{3,8}(?:\s*(?:,|/|và|hoặc|hay)\s*\d{3,8}\b)*)(?![\d.,/]*\d)(?P<unit>\s*[^\W\d]*)",
    re.IGNORECASE,
)
_UNITS = patterns.compile(
    "(?:phút|giờ|ngày|tuần|tháng|năm|đồng|nghìn|ngàn|triệu|tỷ|tuổi|người|hộ|lần|số|chữ|ảnh|tin|bước|km|m|kg|g|mb|gb|đ|k)"
)


class Allowed(Struct, frozen=True):
    """The contacts that guides may name: `hosts` may be linked, `old_names` only named; `phones` in any spelling."""

    hosts: frozenset[str] = HOSTS
    phones: frozenset[str] = PHONES
    old_names: frozenset[str] = OLD_NAMES

    def strange_hosts(self, text: Text) -> list[str]:
        """Return hosts in the text's words and links that are not allowed, each once, in their order."""
        plain = text.plain
        named = [host for host in _hosts(plain) if host not in self.hosts and host not in self.old_names]
        linked = [host for span in text.spans if span.link for host in [_host_of(span.link)] if host not in self.hosts]
        return list(dict.fromkeys([*named, *linked]))

    def strange_phones(self, plain: str) -> list[str]:
        """Return the phone numbers of a text that are not allowed, as they are written."""
        if _DIGITS.search(plain) is None:
            return []
        known = {_digits(phone) for phone in self.phones}
        return list(dict.fromkeys(phone for phone in _phones(plain) if _digits(phone) not in known))


def _hosts(plain: str) -> Iterator[str]:
    if "://" in plain:
        for url in _URL.findall(plain):
            yield _host_of(url)
        plain = _URL.sub(" ", plain)
    if _INNER_DOT.search(plain) is not None:
        for host in _HOST.findall(plain):
            yield host.lower()


def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or url).rstrip(".,;:!?")
    except ValueError:
        return url


def _phones(plain: str) -> Iterator[str]:
    for match in _LONG.finditer(plain):
        yield match[0]
    for match in _SHORT.finditer(_LONG.sub(" ", plain)):
        if not _UNITS.fullmatch(match["unit"].strip().lower()):
            yield from re.findall(r"\d+", match["numbers"])


def _digits(phone: str) -> str:
    digits = re.sub(r"\D", "", phone)
    return re.sub(r"^(?:00)?84(?=\d{9,10}$)", "0", digits)
