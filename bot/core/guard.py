"""The guard: secrets that people type are masked before anything is written.

The bot never asks for a one-time code, a password, an identity or account number. Who types one anyway is warned, and
no later part of the program can see it. Pure functions; a phone number is not a secret.
"""

from __future__ import annotations

import re
from dataclasses import replace

from .events import Commanded, Edited, Event, FileSent, PhotoSent, Said, Sender
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
_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    # Bank cards: 13 to 19 digits, in groups or not (ISO/IEC 7812).
    ("card", re.compile(r"(?<![\w.,])\d(?:[ -]?\d){12,18}(?!\w)")),
    # Số định danh: 12 digits, the first is 0 (codes of provinces and centuries, Nghị định 70/2024/NĐ-CP).
    ("id", re.compile(r"(?<![\w.,+])0\d{2}(?:[ .-]?\d{3}){3}(?!\w)")),
    ("id", re.compile(_IDENTITY + r"\D{0,24}(?P<secret>\d(?:[ .-]?\d){8,11})(?!\w)")),
    ("account", re.compile(_ACCOUNT + r"\D{0,24}(?P<secret>\d(?:[ .-]?\d){5,18})(?!\w)")),
    ("otp", re.compile(_OTP + r"\D{0,24}(?P<secret>\d(?:[ -]?\d){3,7})(?!\w)")),
    ("otp", re.compile(r"^\s*(?P<secret>\d{6}|\d{3}[ -]\d{3})\s*$")),
    ("password", re.compile(r"\b(?:pin|passcode)\b\D{0,6}(?P<secret>\d{4,8})(?![\w%])")),
    ("password", re.compile(_LOGIN + r"(?:\s+\w+){0,3}\s*(?:\bla\b|[:=])\s*(?P<secret>\S*\d\S*)")),
    ("password", re.compile(_LOGIN + r"\s*[:=]\s*(?P<secret>[^\s?]{4,})")),
)


def sanitize(event: Event) -> Event:
    """The event with harmless characters, secrets masked and `findings` filled in."""
    event = replace(event, sender=_clean_sender(event.sender))
    if isinstance(event, Said | Edited):
        text, findings = mask(event.text)
        return replace(event, text=text, findings=findings)
    if isinstance(event, Commanded):
        args, findings = mask(event.args)
        return replace(event, args=args, findings=findings)
    if isinstance(event, PhotoSent | FileSent):
        caption, findings = mask(event.caption)
        return replace(event, caption=caption, findings=findings)
    return event


def mask(text: str) -> tuple[str, tuple[str, ...]]:
    """(`text` with every secret replaced by MASK, the kinds found). Too long a text comes back empty as TOO_LONG."""
    text = clean(text)
    if len(text) > TEXT_LIMIT:
        return "", (TOO_LONG,)
    if not any(char.isdigit() for char in text) and ":" not in text and "=" not in text:
        return text, ()
    found: list[str] = []
    for kind, rule in _RULES:
        while (match := rule.search(_aligned(text))) is not None:
            start, stop = match.span("secret") if "secret" in rule.groupindex else match.span()
            text = text[:start] + MASK + text[stop:]
            found.append(kind)
    return text, tuple(dict.fromkeys(found))


def only_secret(text: str) -> bool:
    """Whether nothing worth answering is left of a masked text."""
    return MASK in text and len(fold(text.replace(MASK, " "))) < 24


def _clean_sender(sender: Sender) -> Sender:
    return replace(sender, name=" ".join(clean(sender.name).split())[:NAME_LIMIT])


def _aligned(text: str) -> str:
    """Folded like `fold`, but with one character for each of `text`, so that a match can be cut out of it."""
    return "".join((fold(char) or " ")[0] if not char.isspace() else " " for char in text)
