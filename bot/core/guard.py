"""The guard: secrets that people type are masked before anything is written.

The bot never asks for a one-time code, a password, an identity or account number. Who types one anyway is warned, and
no later part of the program can see it. Pure functions; a phone number is not a secret.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

from .events import FIELDS, Commanded, Edited, Event, FileSent, Heard, PhotoSent, Said, Sender, VoiceSent
from .text import clean, fold

MASK = "[số đã ẩn]"
TOO_LONG = "too-long"
TEXT_LIMIT = 4000
"""Longest text in characters that a person may send; longer ones are refused with a word, not cut."""
NAME_LIMIT = 64

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
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    # Bank cards: 13 to 19 digits in one run, in fours, or as 4-6-5 (ISO/IEC 7812); four years in a row are none.
    (
        "card",
        re.compile(
            r"(?<![\w.,+])(?!(?:(?:19|20)\d\d[ -]){3})"
            r"(?:\d{13,19}|\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?|3\d{3}[ -]\d{6}[ -]\d{5})(?!\w)"
        ),
    ),
    # Số định danh: 12 digits, the first is 0 (codes of provinces and centuries, Nghị định 70/2024/NĐ-CP).
    ("id", re.compile(r"(?<![\w.,+])0\d{2}(?:[ .-]?\d{3}){3}(?!\w)")),
    ("id", re.compile(_IDENTITY + rf"\D{{0,24}}(?!{_PHONE}|{_FIGURE})" + r"(?P<secret>\d(?:[ .-]?\d){8,11})(?!\w)")),
    (
        "account",
        re.compile(_ACCOUNT + _NOT_CALLING + rf"(?!{_DATE}|{_FIGURE})(?P<secret>\d(?:[ .-]?\d){{5,18}})(?!\w)"),
    ),
    ("otp", re.compile(_OTP + rf"\D{{0,24}}(?!{_PHONE}|{_DATE})" + r"(?P<secret>\d(?:[ -]?\d){3,7})(?!\w)")),
    ("otp", re.compile(r"^\s*(?P<secret>\d{6}|\d{3}[ -]\d{3})\s*$")),
    ("password", re.compile(r"\b(?:pin|passcode)\b\D{0,6}(?P<secret>\d{4,8})(?![\w%])")),
    ("password", re.compile(_LOGIN + r"(?:\s+\w+){0,3}\s*(?:\bla\b|[:=])\s*(?P<secret>\S*\d\S*)")),
    ("password", re.compile(_LOGIN + r"\s*[:=]\s*(?P<secret>[^\s?]{4,})")),
)


# Every rule wants a digit of some script, or what stands between a password and its name.
_PERHAPS_SECRET = re.compile(r"[\d:=]")
# What stands unseen between digits that were copied from a page or an app: soft hyphen, joiners, keycaps.
_UNSEEN = re.compile(r"(?<=\d)[\u00ad\u200b-\u200d\u2060\ufe0e\ufe0f\u20e3]+(?=\d)")


def sanitize(event: Event) -> Event:
    """The event with harmless characters, secrets masked and `findings` filled in."""
    event = _harmless(event)
    if isinstance(event, Said | Edited | Heard):
        text, findings = mask(event.text)
        return replace(event, text=text, findings=findings) if findings else event
    if isinstance(event, Commanded):
        args, findings = mask(event.args)
        return replace(event, args=args, findings=findings) if findings else event
    if isinstance(event, PhotoSent | FileSent):
        caption, findings = mask(event.caption)
        return replace(event, caption=caption, findings=findings) if findings else event
    return event


def _harmless(event: Event) -> Event:
    """Half a surrogate pair anywhere (a title, forged data) cannot be stored: the update would come again for ever."""
    cleaned: dict[str, object] = {}
    for name in FIELDS[type(event)]:
        value = getattr(event, name)
        if isinstance(value, str) and (harmless := clean(value)) != value:
            cleaned[name] = harmless
    if (sender := _clean_sender(event.sender)) != event.sender:
        cleaned["sender"] = sender
    if cleaned:
        event = replace(event, **cleaned)  # type: ignore[arg-type]  # each as its field is
    if isinstance(event, VoiceSent | FileSent):
        return replace(event, file=replace(event.file, name=clean(event.file.name)))
    if isinstance(event, PhotoSent):
        return replace(event, files=tuple(replace(file, name=clean(file.name)) for file in event.files))
    return event


def mask(text: str) -> tuple[str, tuple[str, ...]]:
    """(`text` with every secret replaced by MASK, the kinds found). Too long a text comes back empty as TOO_LONG."""
    text = clean(text)
    if len(text) > TEXT_LIMIT:
        return "", (TOO_LONG,)
    if _PERHAPS_SECRET.search(text) is None:
        return text, ()
    found: list[str] = []
    text = _UNSEEN.sub("", text)
    aligned = _aligned(text)
    for kind, rule in _RULES:
        at = 0
        while (match := rule.search(aligned, at)) is not None:
            start, stop = match.span("secret") if "secret" in rule.groupindex else match.span()
            text = text[:start] + MASK + text[stop:]
            aligned = aligned[:start] + _aligned(MASK) + aligned[stop:]
            found.append(kind)
            # Its words may name the next one, too. From the beginning again, 330 of them took a second of everybody's.
            at = match.start()
    return text, tuple(dict.fromkeys(found))


def only_secret(text: str) -> bool:
    """Whether nothing worth answering is left of a masked text."""
    return MASK in text and len(fold(text.replace(MASK, " "))) < 24


def _clean_sender(sender: Sender) -> Sender:
    return replace(sender, name=" ".join(clean(sender.name).split())[:NAME_LIMIT])


def _aligned(text: str) -> str:
    """Folded, digits of any script as ASCII, one character for each of `text`: a match can be cut out of it."""
    return "".join(map(_aligned_character, text))


def _aligned_character(char: str) -> str:
    if char.isspace():
        return " "
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return (fold(char) or " ")[0]
