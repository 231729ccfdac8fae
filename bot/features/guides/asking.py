"""Check whether a text asks people to hand over a secret: an OTP, password, PIN, ID or account number.

Typing it into a named app on one's own phone is right, and so is every warning against handing it over; asking for it
by chat, by phone, or for somebody's ear is not. The rule reads one sentence at a time and looks for an order ("gửi…",
"bác đọc…", "…thì nhắn…"), its object, and whether the sentence forbids it.
"""

from __future__ import annotations

import re

from bot.core.lean import patterns

_SENTENCE = patterns.compile(r"(?<=[.!?…])\s+|\n+")
_ASIDE = patterns.compile(r"“[^”]*”|\"[^\"]*\"|\([^()]*\)")
"""Names of buttons and explanations in brackets are not part of an order."""


def _any(*phrases: str) -> str:
    return f"(?:{'|'.join(phrases)})"


_CARD = _any("căn cước", "cccd", "cmnd", "định danh", "chứng minh")
_SECRET = _any(
    r"(?:mã )?otp\b",
    "mật khẩu",
    "passcode",
    r"mã pin\b",
    "mã (?:xác nhận|xác thực|xác minh|bí mật|bảo mật)",
    f"(?:số|mã) (?:thẻ )?{_CARD}",
    r"12 số (?:căn|định|trên thẻ)|\bcccd\b",
    f"(?:ảnh|hình|chụp)(?: (?:chụp|hai|2|mặt|cả|trước|sau)){{0,4}}(?: thẻ)? {_CARD}",
    # The number of a swindler's account is evidence, not a secret.
    "số tài khoản(?! (?:lạ|đã|lừa|của kẻ|của họ|của người|nhận))",
    "số thẻ (?:ngân hàng|atm|tín dụng)",
)
_HANDING = _any("gửi", "đọc", "nhắn", "nói", "báo", "cung cấp", "trả lời", "chuyển tiếp", "chia sẻ", "khai báo")
_TYPING = _any("nhập", "gõ", "điền", "khai", "ghi", "viết", "chụp", "dán")
_US = _any(
    "(?:vào|ở|tại) đây",
    "(?:xuống|bên) dưới",
    "(?:trong|vào) (?:khung|cuộc) (?:chat|trò chuyện)",
    "trả lời tin",
    "cho (?:tôi|bot|máy trả lời)",
)
_OFFICERS = _any(
    "cán bộ", "công an", "nhân viên", "tổ công", "tổ trưởng", "trưởng thôn", r"xã\b", "ubnd", "người gọi", "tổng đài",
    r"họ\b", "thành viên", "trung tâm",
)  # fmt: skip
_THEM = _any(rf"(?:cho|tới|đến|với) (?:\w+ )?{_OFFICERS}", "(?:lên|vào) nhóm")
_LEAD = _any(
    "bác", "bà con", "ông", "bà", "anh", "chị", "cô", "chú", "hãy", "xin", "vui lòng", "nhớ", "cần", "phải", "nên",
    "chỉ", "mời", "làm ơn", "giúp", "cứ", "được", "có thể", "sau đó", "giờ", "bây giờ", "tiếp theo", "ngay",
    "khi được hỏi", r"bước \d+",
)  # fmt: skip
_JOINING = _any("thì", "rồi", "và", "hoặc", "hay", "nhưng", "mà", "để", "bằng cách")
_OTHER_ACTS = _any(
    "nhập", "gõ", "điền", "chờ", "đợi", "xem", "bấm", "mở", "nhận", "không", "đừng", "đổi", "đặt", "quên", "tải",
    "kiểm tra",
)  # fmt: skip
MAX_WORDS_BETWEEN = 10

_VERB = patterns.compile(rf"\b(?:(?P<hand>{_HANDING})|{_TYPING})\b(?! lại\b)")
_HINTS = ("otp", "mật khẩu", "passcode", "mã ", "cccd", "căn", "định danh", "chứng minh", "số t")
"""One of these stands in every secret; looking for them first spares nearly all texts the rest."""
_OBJECT = patterns.compile(_SECRET)
_OTHER_ACT = patterns.compile(rf"\b{_OTHER_ACTS}\b")
_BREAK = patterns.compile(rf"[,;:–—]|\b{_JOINING}\b")
_LEADS = patterns.compile(rf" ?(?:{_LEAD} )*")
_TO_US = patterns.compile(_US)
_SENT = patterns.compile(rf"\b(?:gửi|nhắn|đọc|nói|báo)\b(?: \w+)? (?:{_US}|{_THEM})")
_TO_NOBODY = patterns.compile(r"cho (?:bất (?:kỳ|kì|cứ) )?(?:ai\b|người (?:khác|lạ))")
_TO_BUYER = patterns.compile(r"(?:cho|tới|đến) (?:khách|người mua|người nhà|người bán|con\b)")
_FORBIDDEN = patterns.compile(rf"\b(?:không|đừng|chớ|chẳng|cấm) (?:\w+ ){{0,3}}?(?:{_HANDING}|{_TYPING}|đưa|làm)\b")
_RESET = patterns.compile(r"\b(?:nhưng|mà|chỉ|trừ)\b|;")


def asks_secret(plain: str) -> bool:
    """Tell whether a sentence of the text orders to hand a secret to the bot, an officer or a caller."""
    lowered = plain.lower()
    if not any(map(lowered.__contains__, _HINTS)):
        return False
    return any(_orders(" ".join(_ASIDE.sub(" ", one).split())) for one in _SENTENCE.split(lowered))


def _orders(sentence: str) -> bool:
    if _OBJECT.search(sentence) is None:
        return False
    return any(_handed(sentence, verb) for verb in _VERB.finditer(sentence)) or _handed_after(sentence)


def _handed(sentence: str, verb: re.Match[str]) -> bool:
    """Tell whether the verb orders to hand over a secret: "đọc mã OTP", "bác nhập mật khẩu vào đây"."""
    if not _is_order(sentence, verb.start()) or _is_forbidden(sentence, verb.start(), verb.end()):
        return False
    # "chụp căn cước" is verb and object at once.
    secret = _OBJECT.search(sentence, verb.start() if verb[0] == "chụp" else verb.end())
    if secret is None or len(sentence[verb.end() : secret.start()].split()) > MAX_WORDS_BETWEEN:
        return False
    if _OTHER_ACT.search(sentence, verb.end(), max(verb.end(), secret.start())):
        return False
    rest = sentence[verb.start() :]
    if _TO_NOBODY.search(rest) or (secret[0].startswith("số tài") and _TO_BUYER.search(rest)):
        return False
    if verb["hand"] is not None:
        return True
    return _TO_US.search(rest) is not None


def _handed_after(sentence: str) -> bool:
    """Tell the same if the object comes first: "chụp thẻ căn cước rồi gửi vào đây", "mã OTP thì đọc cho cán bộ"."""
    secret = _OBJECT.search(sentence)
    if secret is None:
        return False
    sent = _SENT.search(sentence, secret.end())
    if sent is None or _is_forbidden(sentence, sent.start(), sent.end()):
        return False
    return _is_order(sentence, sent.start(), secret.end()) and _TO_NOBODY.search(sentence, sent.start()) is None


def _is_order(sentence: str, at: int, since: int = 0) -> bool:
    """Tell whether only words of address and request stand between the last break and the verb."""
    breaks = [mark.end() for mark in _BREAK.finditer(sentence, since, at)]
    return _LEADS.fullmatch(sentence, breaks[-1] if breaks else since, at) is not None


def _is_forbidden(sentence: str, start: int, end: int) -> bool:
    """Tell whether a "không đọc…" extends to the verb, with no "nhưng", "chỉ" or object of its own in between."""
    for no in _FORBIDDEN.finditer(sentence, 0, end):
        between = sentence[no.end() : start]
        if _RESET.search(between) is None and _OBJECT.search(between) is None:
            return True
    return False
