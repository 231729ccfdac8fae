"""The answers to a template's questions: which ones cannot be taken, and the announcement that they make."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from bot.core.text import fold
from bot.features.announcements import schedule
from bot.features.announcements.model import LONGEST_TITLE, AnnouncementRefused
from bot.i18n import msg

from .lint import names_a_paper
from .templates import Template, TemplateQuestion

_SKIP = frozenset({"bo qua", "khong", "khong co", "thoi"})
_FIRST_LINE = 80
_WHEN_PAST = msg("Giờ này đã qua rồi. Bác gõ lại thời gian giúp tôi.")
_NO_PAPER = msg("Tôi chưa thấy số văn bản, như “12/UBND-VHXH” hay “30/2020/NĐ-CP”. Bác ghi lại cả số giúp tôi.")


class WrittenWords(Struct, frozen=True):
    """The result of the answers: the words, when they lose their worth, and the document they name ("" for none)."""

    title: str
    text: str
    expires_at: datetime | None
    source: str


def problem(template: Template, question: TemplateQuestion, answer: str, now: datetime) -> AnnouncementRefused | None:
    """Return why an answer is asked for again; None if it is taken."""
    if question.field == "when" and template.expires:
        when = schedule.find(answer, now)
        if when is not None and when.at <= now:
            return AnnouncementRefused(_WHEN_PAST)
    if question.field == "source" and not names_a_paper(answer):
        return AnnouncementRefused(_NO_PAPER)
    return None


def given(question: TemplateQuestion, answer: str) -> str:
    """Return an answer, "" for an optional one that somebody passes over."""
    return "" if question.optional and fold(answer) in _SKIP else answer


def made(template: Template, answers: Mapping[str, str], now: datetime) -> WrittenWords:
    """Return the announcement that all answers make."""
    when = schedule.find(answers.get("when", ""), now) if template.expires else None
    expires_at = None if when is None else when.at
    return WrittenWords(template.title, template.fill(answers), expires_at, answers.get("source", ""))


def titled(words: str, otherwise: str) -> tuple[str, str]:
    """Return title and text of words that were written freely: a short first line is the title, else `otherwise`."""
    first, _, rest = words.strip().partition("\n")
    if rest.strip() and len(first) <= min(_FIRST_LINE, LONGEST_TITLE):
        return first, rest
    return otherwise, words
