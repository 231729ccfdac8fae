"""The words of an announcement as an article: a title, the text, and where to read it again."""

from __future__ import annotations

from bot.core.context import Translate
from bot.core.text import Text
from bot.features.announcements.letter import words
from bot.features.announcements.model import Announcement
from bot.i18n import msg

from .rules import LONGEST_TITLE

_READ = msg("Đọc lại, xem tin thật hay giả ở: {address}")
_OFFICE = msg("Muốn hỏi lại, bà con gọi Ủy ban nhân dân {commune} và nói số {label}")


def title(one: Announcement, commune: str) -> str:
    """Return the title, which tells whose the news is and by which number it is asked about."""
    return f"{commune}, {one.label}: {one.heading}"[:LONGEST_TITLE]


def text(
    one: Announcement, *, commune: str, corrects: str, address: str | None, translate: Translate, locale: str
) -> Text:
    """Return what is pasted into the article; `address` is its public page, None without one."""
    last = (
        Text.of(translate(locale, _OFFICE), commune=commune, label=one.label)
        if address is None
        else Text.of(translate(locale, _READ), address=address)
    )
    return words(
        one, commune=commune, corrects=corrects, translate=translate, locale=locale, at=one.speaks_of, last=last
    )
