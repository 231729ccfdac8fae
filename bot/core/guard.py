"""The guard: secrets that people type are masked before anything is written.

The bot never asks for a one-time code, a password, an identity or account number. A person who types one anyway is
warned, and no later part of the program can see it. Pure functions; a phone number is not a secret.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Generator
from dataclasses import replace
from functools import lru_cache

from bot.core.lean import patterns
from bot.core.machine import clock

from .events import FIELDS, Commanded, Edited, Event, FileSent, Heard, PhotoSent, Sender, TextSent, VoiceSent
from .text import clean, fold

MASK = "[số đã ẩn]"
TOO_LONG = "too-long"
TEXT_LIMIT = 4000
"""Longest text in characters that a person may send; longer ones are refused with a word, not cut."""
NAME_LIMIT = 64
AT_ONCE = 500
"""Characters that are read through without a pause; of a person's messages one in a thousand is longer."""
_IN_A_SLICE = 25
_LONGEST_REST = 0.05
Masked = tuple[str, tuple[str, ...]]

_OTP = r"(?:\botp\b|ma xac (?:nhan|thuc|minh)|ma kich hoat)"
_LOGIN = r"(?:mat khau|password|\bpass\b|\bmk\b)"
_IDENTITY = r"(?:cmnd|cmt|cccd|can cuoc|chung minh|dinh danh)"
_ACCOUNT = r"(?:\bstk\b|\btk\b|tai khoan)"
# What stands where a secret might and is none: "không nhận được OTP, gọi 0912 345 678", "tài khoản có 1.200.000 đồng".
_PHONE = r"(?:84|0)[ .-]?(?:[35789](?:[ .-]?\d){8}|2(?:[ .-]?\d){9})(?!\d)"
_DATE = r"\d{1,2}[./-]\d{1,2}[./-]\d{4}(?!\d)"
_FIGURE = r"[1-9]\d{0,2}(?:\.\d{3})+\s*(?:dong|d|vnd|trieu|ty|nguoi|ho|the|luot|khach|tai khoan)\b"
# An account's number is often a telephone number; only words of calling tell that it is not meant as one.
_NOT_CALLING = r"(?:(?!\b(?:goi|dien thoai|sdt|so dt|dt|lien he|alo|hotline)\b)\D){0,24}"
# A code that is read out: digit by digit in words, or typed with something between the digits.
_WORDS = ("khong", "mot", "hai", "ba", "bon", "tu", "nam", "lam", "sau", "bay", "tam", "chin")
_WORD = rf"(?:{'|'.join(_WORDS)})"
_DIGIT = rf"(?:\d|{_WORD})(?!\w)"
_NEXT = rf"[ .-]{{1,2}}{_DIGIT}"
_GOES_ON = rf"[ ,.-]{{1,3}}{_DIGIT}"
# More digits before or behind make it a telephone number. What begins like counting is no code but a list of days.
_BEGINS = (
    r"(?<!\w)"
    + "".join(rf"(?<!\b{one}{gap})" for one in (*_WORDS, r"\d") for gap in ("[ ,.-]", "[,.-] ", " [,.-] "))
    + r"(?!(?:(?:1|mot)[ .-]+)?(?:2|hai)[ .-]+(?:3|ba)\b)"
)
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    # Bank cards: 13 to 19 digits in one run, in fours, or as 4-6-5 (ISO/IEC 7812); four years in a row are none.
    (
        "card",
        patterns.compile(
            r"(?<![\w.,+])(?!(?:(?:19|20)\d\d[ -]){3})"
            r"(?:\d{13,19}|\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?|3\d{3}[ -]\d{6}[ -]\d{5})(?!\w)"
        ),
    ),
    # Số định danh: 12 digits, the first is 0 (codes of provinces and centuries, Nghị định 70/2024/NĐ-CP).
    ("id", patterns.compile(r"(?<![\w.,+])0\d{2}(?:[ .-]?\d{3}){3}(?!\w)")),
    (
        "id",
        patterns.compile(_IDENTITY + rf"\D{{0,24}}(?!{_PHONE}|{_FIGURE})" + r"(?P<secret>\d(?:[ .-]?\d){8,11})(?!\w)"),
    ),
    (
        "account",
        patterns.compile(_ACCOUNT + _NOT_CALLING + rf"(?!{_DATE}|{_FIGURE})(?P<secret>\d(?:[ .-]?\d){{5,18}})(?!\w)"),
    ),
    ("otp", patterns.compile(_OTP + rf"\D{{0,24}}(?!{_PHONE}|{_DATE})" + r"(?P<secret>\d(?:[ -]?\d){3,7})(?!\w)")),
    ("otp", patterns.compile(r"^\s*(?P<secret>\d{6}|\d{3}[ -]\d{3})\s*$")),
    (
        "otp",
        patterns.compile(
            rf"{_OTP}(?:(?!\b{_DIGIT}{_GOES_ON})\D){{0,24}}?(?<!\w)"
            rf"(?P<secret>{_DIGIT}(?:{_GOES_ON}){{3,7}})(?!{_GOES_ON})"
        ),
    ),
    (
        "otp",
        patterns.compile(
            rf"(?={_DIGIT}{_NEXT}){_BEGINS}(?=(?:\d[ .-]{{1,2}})*{_WORD})"
            rf"(?P<secret>{_DIGIT}(?:{_NEXT}){{5,7}})(?!{_GOES_ON})"
        ),
    ),
    (
        "otp",
        patterns.compile(
            rf"^\s*(?:(?:ma|so|code)(?: la)?[ :]+)?{_BEGINS}(?P<secret>\d(?:[ .-]{{1,2}}\d){{5,7}})"
            r"(?:[ ,]+(?:a|nhe|day|chau|em|oi))*[ .!]*$"
        ),
    ),
    ("password", patterns.compile(r"\b(?:pin|passcode)\b\D{0,6}(?P<secret>\d{4,8})(?![\w%])")),
    ("password", patterns.compile(_LOGIN + r"(?:\s+\w+){0,3}\s*(?:\bla\b|[:=])\s*(?P<secret>\S*\d\S*)")),
    ("password", patterns.compile(_LOGIN + r"\s*[:=]\s*(?P<secret>[^\s?]{4,})")),
)


# Every rule wants a digit of some script, what stands between a password and its name, or four digits read out.
_PERHAPS_SECRET = patterns.compile(
    r"[\d:=]|(?:\b(?:kh[oô]ng|m[oộ]t|hai|ba|b[oố]n|t[uư]|n[aă]m|l[aă]m|s[aá]u|b[aảẩ]y|t[aá]m|ch[ií]n)\b[ ,.-]*){4}",
    re.IGNORECASE,
)
# What stands unseen between digits that were copied from a page or an app: soft hyphen, joiners, keycaps.
_UNSEEN = patterns.compile(r"(?<=\d)[\u00ad\u200b-\u200d\u2060\ufe0e\ufe0f\u20e3]+(?=\d)")


def sanitize(event: Event) -> Event:
    """Return the event with harmless characters, secrets masked and `findings` filled in."""
    event = _harmless(event)
    return _guarded(event, mask(_text_of(event)))


class Rest:
    """Long work in steps, with twice as long for others after each: what they wait for takes many short steps."""

    def __init__(self) -> None:
        self._since = clock.elapsed()

    async def take(self) -> None:
        await asyncio.sleep(min(2 * (clock.elapsed() - self._since), _LONGEST_REST))
        self._since = clock.elapsed()


class Guard:
    """Sanitize and mask events, serving others while a long text is looked through, one such text at a time."""

    def __init__(self) -> None:
        self._one_long = asyncio.Lock()
        self._busy: dict[tuple[str, str], asyncio.Future[None]] = {}

    async def __call__(self, event: Event) -> Event:
        """Return the event as `sanitize` does, after those of the same chat that came before."""
        key = event.chat.platform, event.chat.id
        before = self._busy.get(key)
        if before is None and not takes_long(event):
            return sanitize(event)
        done = self._busy[key] = asyncio.get_running_loop().create_future()
        try:
            if before is not None:
                await before
            event = _harmless(event)
            return _guarded(event, await self.mask(_text_of(event)))
        finally:
            done.set_result(None)
            if self._busy.get(key) is done:
                del self._busy[key]

    async def mask(self, text: str) -> Masked:
        """Mask as the function does, giving others their turn after each rule."""
        if len(text) <= AT_ONCE:
            return mask(text)
        async with self._one_long:
            masking, rest = _masking(text), Rest()
            try:
                while True:
                    next(masking)
                    await rest.take()
            except StopIteration as done:
                masked: Masked = done.value
                return masked


def takes_long(event: Event) -> bool:
    """Tell whether others would have to wait while its words are looked through."""
    return len(_text_of(event)) > AT_ONCE


def _text_of(event: Event) -> str:
    match event:
        case TextSent() | Edited() | Heard():
            return event.text
        case Commanded():
            return event.args
        case PhotoSent() | FileSent():
            return event.caption
    return ""


def _guarded(event: Event, masked: Masked) -> Event:
    text, findings = masked
    if not findings:
        return event
    match event:
        case TextSent() | Edited() | Heard():
            return replace(event, text=text, findings=findings)
        case Commanded():
            return replace(event, args=text, findings=findings)
        case PhotoSent() | FileSent():
            return replace(event, caption=text, findings=findings)
    return event


def _harmless(event: Event) -> Event:
    """Clean every text of an event (a title, forged data).

    Half a surrogate pair cannot be stored: the platform would repeat the update for ever.
    """
    cleaned: dict[str, object] = {}
    for name in FIELDS[type(event)]:
        value = getattr(event, name)
        if isinstance(value, str) and (harmless := clean(value)) != value:
            cleaned[name] = harmless
    if (sender := _clean_sender(event.sender)) is not event.sender:
        cleaned["sender"] = sender
    if cleaned:
        event = replace(event, **cleaned)  # type: ignore[arg-type]  # each as its field is
    if isinstance(event, VoiceSent | FileSent):
        return replace(event, file=replace(event.file, name=clean(event.file.name)))
    if isinstance(event, PhotoSent):
        return replace(event, files=tuple(replace(file, name=clean(file.name)) for file in event.files))
    return event


def mask(text: str) -> Masked:
    """Return `text` with every secret replaced by MASK, and the kinds found; too long a text becomes "", TOO_LONG."""
    masking = _masking(text)
    try:
        while True:
            next(masking)
    except StopIteration as done:
        masked: Masked = done.value
        return masked


def _masking(text: str) -> Generator[None, None, Masked]:
    """Mask as `mask` does, yielding between steps that take a while."""
    text = clean(text)
    if len(text) > TEXT_LIMIT:
        return "", (TOO_LONG,)
    if _PERHAPS_SECRET.search(text) is None:
        return text, ()
    found: list[str] = []
    text = _UNSEEN.sub("", text)
    aligned = _aligned(text)
    for _ in _RULES:
        latest = 0
        for place, (kind, rule) in enumerate(_RULES):
            at = 0
            yield
            while (match := rule.search(aligned, at)) is not None:
                start, stop = match.span("secret") if "secret" in rule.groupindex else match.span()
                text = text[:start] + MASK + text[stop:]
                aligned = aligned[:start] + _MASK_ALIGNED + aligned[stop:]
                found.append(kind)
                latest = place
                # Its words may name the next one, too. From the beginning again, 330 took a second of everybody's.
                at = match.start()
                if len(found) % _IN_A_SLICE == 0:
                    yield
        if not latest:  # a rule may find more once a later one has masked what stood between
            break
    return text, tuple(dict.fromkeys(found))


def only_secret(text: str) -> bool:
    """Tell whether nothing worth answering is left of a masked text."""
    return MASK in text and len(fold(text.replace(MASK, " "))) < 24


def _clean_sender(sender: Sender) -> Sender:
    name = " ".join(clean(sender.name).split())[:NAME_LIMIT]
    return sender if name == sender.name else replace(sender, name=name)


def _aligned(text: str) -> str:
    """Fold case, diacritics and digits of any script to ASCII, one character for each of `text`: offsets stay equal."""
    return "".join(map(_aligned_character, text))


@lru_cache(maxsize=4096)
def _aligned_character(char: str) -> str:
    if char.isspace():
        return " "
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return (fold(char) or " ")[0]


_MASK_ALIGNED = _aligned(MASK)
