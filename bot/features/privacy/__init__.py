"""Consent, everything that is kept of a person, erasing it, and how long it is kept."""

from . import chats, consent, erased_list, holdings, retention
from .chats import FORGET, blank
from .erasure import Erased, Privacy
from .holding import Fact, Held, Holding, Subject, Title, Value, Word

__all__ = [
    "FORGET",
    "Erased",
    "Fact",
    "Held",
    "Holding",
    "Privacy",
    "Subject",
    "Title",
    "Value",
    "Word",
    "blank",
    "chats",
    "consent",
    "erased_list",
    "holdings",
    "retention",
]
