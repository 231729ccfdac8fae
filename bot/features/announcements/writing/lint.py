"""Lint for texts: the remarks of a careful colleague before a text goes to every house of the commune."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct, field

from bot.core.lean import patterns
from bot.core.text import Text, fold
from bot.features.announcements.model import Announcement
from bot.features.guides.contacts import Allowed
from bot.i18n import msg

from .templates import TEMPLATES

Level = Literal["error", "doubt", "hint"]
"""An error stops it, a doubt needs the eyes of a second person (no urgent override), a hint is only shown."""

SYLLABLES_PER_SECOND = 2.5
"""How a loudspeaker is read: slowly."""
LONG_TO_READ = 1200

_SENTENCE = patterns.compile(r"[^.!?…;\n]+")
_SECRET = patterns.compile(
    r"\b(?:gui|cung cap|doc|nhap|nhan tin|cho biet|khai|bao|dien)\b.{0,40}?"
    r"\b(?:otp|mat khau|ma pin|ma xac (?:nhan|thuc)|cvv|so the ngan hang|so tai khoan)\b"
)
_MONEY = patterns.compile(
    r"\b(?:chuyen khoan|chuyen tien|nap tien|dat coc|quet ma (?:qr )?(?:de )?(?:tra|nop|thanh toan))\b"
)
# Right before it, and with their marks: without them "chớ" is "cho", "đừng" is "dùng" and "cấm" is "cảm".
_FORBIDDEN = patterns.compile(r"\b(?:không|khong|đừng|chớ|cấm|chẳng)\b[^,;:]{0,14}$")
_TELLS_OF = patterns.compile(r"\b(?:ke gian|lua dao|gia danh|gia mao|mao danh|doi tuong|ke xau|ke la|chieu)\b")
_MEETING = patterns.compile(r"\b(?:hop|hoi nghi|moi ba con|tap trung|sinh hoat|tiem)\b")
_POLICY = patterns.compile(
    r"\b(?:chinh sach|che do|tro cap|tien ho tro|muc (?:huong|dong|phat)|phu cap|nghi dinh|nghi quyet|thong tu|luat)\b"
)
# As offices number their papers: 12/UBND-VHXH, 30/2020/NĐ-CP, 57-NQ/TW.
_NUMBER_OF_A_PAPER = patterns.compile(r"\b\d{1,5}(?:/\d{4})?[-/][a-z]{2,}")
_CAPITALS = patterns.compile(r"(?<![\w“\"(-])[A-ZĐ]{2,6}\b(?!\s*\()")
_KNOWN = frozenset(
    {"UBND", "HĐND", "QR", "OTP", "BHYT", "BHXH", "CCCD", "SIM", "ATM", "VNPT",
      "PIN", "TV", "FM", "AM", "LED", "USB", "PDF", "SOS", "KHẨN", "DỪNG", "TB", "NFC", "CSGT", "UB", "TP"}
)  # fmt: skip


class DraftFinding(Struct, frozen=True):
    """`why` is a Vietnamese template for `values`."""

    code: str
    level: Level
    why: str
    values: Mapping[str, str | int] = field(default_factory=dict)


def lint(one: Announcement, allowed: Allowed) -> list[DraftFinding]:
    """Return the findings, the worst first."""
    found = [
        *_asks(one),
        *_strangers(one, allowed),
        *_source(one),
        *_expiry(one),
        *_length(one),
        *_abbreviations(one),
    ]
    order: tuple[Level, ...] = ("error", "doubt", "hint")
    return sorted(found, key=lambda finding: order.index(finding.level))


def reading_seconds(text: str) -> int:
    """Estimate how many seconds a loudspeaker takes to read it; Vietnamese is written syllable by syllable."""
    return round(len(re.findall(r"[^\W_]+", text)) / SYLLABLES_PER_SECOND)


def _asks(one: Announcement) -> Iterator[DraftFinding]:
    sentences = _SENTENCE.findall(f"{one.title}\n{one.text}")
    secrets = [part for part in sentences if _demands(_SECRET, part)]
    if any(not _tells(part) for part in secrets):
        yield DraftFinding(
            "SECRET",
            "error",
            msg("Tin có câu hỏi mã OTP, mật khẩu hay số tài khoản. Xã không bao giờ hỏi bà con những thứ này."),
        )
    elif secrets and one.template != "scam":
        yield DraftFinding(
            "SECRET", "doubt", msg("Tin nhắc đến mã OTP, mật khẩu hay số tài khoản. Bác xem bà con có hiểu nhầm không.")
        )
    if any(_demands(_MONEY, part) and not _tells(part) for part in sentences):
        yield DraftFinding(
            "MONEY", "doubt", msg("Tin nói đến chuyển tiền. Kẻ lừa đảo hay viết như vậy, bác xem lại kỹ.")
        )


def _tells(sentence: str) -> bool:
    """Tell whether the sentence describes what swindlers do."""
    return bool(_TELLS_OF.search(fold(sentence)))


def _demands(what: re.Pattern[str], sentence: str) -> bool:
    """Tell whether the sentence speaks of doing it, and does not forbid it."""
    plain = " ".join(unicodedata.normalize("NFC", sentence).lower().split())
    folded = fold(plain)
    if len(folded) != len(plain):
        return bool(what.search(folded))
    return any(not _FORBIDDEN.search(plain[: found.start()]) for found in what.finditer(folded))


def _strangers(one: Announcement, allowed: Allowed) -> Iterator[DraftFinding]:
    text = Text.verbatim(f"{one.title}\n{one.text}\n{one.source}")
    if hosts := allowed.strange_hosts(text):
        yield DraftFinding(
            "LINK",
            "doubt",
            msg("Địa chỉ chưa có trong danh sách của xã: {hosts}. Bác kiểm tra từng chữ."),
            {"hosts": ", ".join(hosts)},
        )
    if phones := allowed.strange_phones(text.plain):
        yield DraftFinding(
            "PHONE",
            "hint",
            msg("Số điện thoại chưa có trong danh sách của xã: {phones}. Bác gọi thử trước khi gửi."),
            {"phones": ", ".join(phones)},
        )


def names_a_paper(source: str) -> bool:
    """Tell whether the source states the number of a document, by which people could look it up."""
    return bool(_NUMBER_OF_A_PAPER.search(fold(source)))


def _source(one: Announcement) -> Iterator[DraftFinding]:
    """Yield a finding if a policy is announced without the document that it comes from."""
    if names_a_paper(one.source):
        return
    if one.template == "policy":
        yield DraftFinding(
            "SOURCE", "error", msg("Tin chính sách phải ghi số văn bản ở phần nguồn. Bác chọn “Sửa thêm”, “Sửa nguồn”.")
        )
    elif one.template == "" and _POLICY.search(fold(f"{one.title} {one.text}")):
        yield DraftFinding(
            "SOURCE", "doubt", msg("Tin nói đến chính sách mà nguồn chưa có số văn bản. Bác ghi theo văn bản nào.")
        )


def _expiry(one: Announcement) -> Iterator[DraftFinding]:
    template = TEMPLATES.get(one.template)
    needs = template.expires if template else bool(_MEETING.search(fold(f"{one.title} {one.text}")))
    if needs and one.expires_at is None:
        yield DraftFinding(
            "EXPIRY", "hint", msg("Tin mời họp hay hẹn ngày giờ nên có hạn, để không đến tay bà con khi đã muộn.")
        )


def _length(one: Announcement) -> Iterator[DraftFinding]:
    if len(one.text) > LONG_TO_READ:
        yield DraftFinding(
            "LONG",
            "hint",
            msg("Tin dài {length} chữ cái, đọc loa hết khoảng {seconds} giây. Tin ngắn thì bà con đọc hết."),
            {"length": len(one.text), "seconds": reading_seconds(one.text)},
        )


def _abbreviations(one: Announcement) -> Iterator[DraftFinding]:
    plain = f"{one.title}\n{one.text}"
    if plain.isupper():
        return
    strange = [word for word in dict.fromkeys(_CAPITALS.findall(plain)) if word not in _KNOWN]
    strange = [word for word in strange if f"({word})" not in plain]
    if strange:
        yield DraftFinding(
            "SHORT", "hint", msg("Chữ viết tắt bà con có thể không hiểu: {words}."), {"words": ", ".join(strange)}
        )
