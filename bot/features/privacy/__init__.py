"""Consent, everything that is kept of a person, erasing it, and how long it is kept."""

from . import chats, consent, erased_list, personal_data, retention
from .chats import FORGET, blank
from .erasure import Erased, Privacy
from .personal_table import Fact, GuideTitle, Held, PersonalTable, Subject, TranslatedWord, Value

__all__ = [
    "FORGET",
    "Erased",
    "Fact",
    "GuideTitle",
    "Held",
    "PersonalTable",
    "Privacy",
    "Subject",
    "TranslatedWord",
    "Value",
    "blank",
    "chats",
    "consent",
    "erased_list",
    "personal_data",
    "retention",
]
