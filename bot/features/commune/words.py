"""Parse a commune's settings as officials type them in a chat; every error is one sentence for them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pydantic import JsonValue

from bot.core.lean import patterns
from bot.features.commune.commune_settings import Field
from bot.i18n import msg

_HOUR = r"(\d{1,2})\s*(?:(?:giờ|gio|h|g|:)\s*(\d{2})?)?"
_SPAN = patterns.compile(rf"{_HOUR}\s*(?:-|–|—|đến|den|tới|toi)\s*{_HOUR}", re.IGNORECASE)
_MINUTES = patterns.compile(r"\s*(\d{1,3})\s*(?:phút|phut|p|ph)(?![^\W\d_])", re.IGNORECASE)
_NONE = frozenset({"không", "khong", "0"})
_HOST = patterns.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}")

NO_PHONE = msg("Số điện thoại phải có ít nhất 3 chữ số, ví dụ: 0229 3 868 686.")
NO_QUIET = msg("Bác gõ giờ bắt đầu và giờ kết thúc, ví dụ: 21:00 - 6:00. Không cần giờ yên lặng thì gõ: không.")
NO_HELP = msg("Bác gõ số phút chờ mỗi người, rồi giờ bắt đầu và giờ kết thúc, ví dụ: 15 phút, 7:00 - 21:00.")
NO_HOST = msg("Địa chỉ trang như: ninhbinh.gov.vn.")
NO_LINK = msg("Đường dẫn phải bắt đầu bằng https://")
EMPTY = msg("Tin này chưa có gì. Bác gõ lại giúp tôi.")
TOO_LONG = msg("Dài quá. Bác viết ngắn lại giúp tôi.")


class Unreadable(Exception):
    """Raised if the typed text is no value; the text is a Vietnamese sentence that says what is wanted."""


def read(field: Field, typed: str) -> JsonValue:
    """Convert the typed text to the stored form of a value, or of one item of a list. Raises Unreadable."""
    text = typed.strip()
    if not text:
        raise Unreadable(EMPTY)
    if len(text) > 400:
        raise Unreadable(TOO_LONG)
    match field:
        case "phone" | "phones":
            return _phone(text)
        case "quiet":
            return _quiet(text)
        case "help":
            return _help(text)
        case "hosts":
            return _host(text)
        case "contacts":
            return _item(text, ("matter", "name", "phone", "hours"))
        case "channels":
            return _channel(text)
        case "hours" | "centre":
            return " ".join(text.split())


def _phone(text: str) -> str:
    if sum(char.isdigit() for char in text) < 3 or len(text) > 40:
        raise Unreadable(NO_PHONE)
    return " ".join(text.split())


def _quiet(text: str) -> JsonValue:
    if text.lower().strip(" .") in _NONE:
        return {"start": "00:00:00", "end": "00:00:00"}
    return _span(text, NO_QUIET)


def _help(text: str) -> JsonValue:
    """Read `15 phút, 7:00 - 21:00`; the hours may be left out and then stay as they are in every commune."""
    found = _MINUTES.match(text)
    if found is None or not 1 <= int(found[1]) <= 240:
        raise Unreadable(NO_HELP)
    rest = text[found.end() :].strip(" ,;.")
    return {"minutes": int(found[1]), **(_span(rest, NO_HELP) if rest else {})}


def _span(text: str, otherwise: str) -> dict[str, JsonValue]:
    """Parse start and end of a span of the day; raises Unreadable with the sentence `otherwise`."""
    found = _SPAN.fullmatch(text.strip(" ."))
    if found is None:
        raise Unreadable(otherwise)
    hours = [(int(found[at]), int(found[at + 1] or 0)) for at in (1, 3)]
    if any(hour > 23 or minute > 59 for hour, minute in hours):
        raise Unreadable(otherwise)
    start, end = (f"{hour:02}:{minute:02}:00" for hour, minute in hours)
    return {"start": start, "end": end}


def _host(text: str) -> str:
    host = (urlsplit(text if "//" in text else f"//{text}").hostname or "").lower()
    if not _HOST.fullmatch(host):
        raise Unreadable(NO_HOST)
    return host


def _item(text: str, names: tuple[str, ...]) -> dict[str, JsonValue]:
    parts = [" ".join(part.split()) for part in re.split(r"[;\n]", text)]
    if not parts[0]:
        raise Unreadable(EMPTY)
    if len(parts) > len(names):
        raise Unreadable(TOO_LONG)
    return dict(zip(names, parts, strict=False))


def _channel(text: str) -> dict[str, JsonValue]:
    item = _item(text, ("name", "purpose", "link", "answered_by", "hours"))
    link = str(item.get("link", ""))
    if link and not re.match(r"https?://", link):
        raise Unreadable(NO_LINK)
    return item
