"""An announcement for the notice board: large letters, no more than is read standing, and a code to the rest.

On the screen the page also has a short version, for a post or a message.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from bot.core.lean import patterns
from bot.core.text import Text, upper_first
from bot.features.announcements.letter import moment
from bot.features.announcements.public import PublicNotice
from bot.features.commune.settings import Commune
from bot.i18n import msg

from . import urgent
from .html import Html
from .paper import PaperCode
from .templates import render

_ROOM, _SHORT = 360, 160
"""Characters of the text on one A4 sheet, and in the short version."""
_LINES = 6
_LITTLE_TITLE, _LITTLE_TEXT, _LITTLE_LINES = 45, 120, 3
"""So much fits in larger letters still."""
_END = patterns.compile(r"[.!?…](?=\s)|\n")

_BEHIND = msg("Thông báo này đã được đính chính, đừng in tờ cũ. Mời xem {label}")
_SCAN = msg("Quét mã này để đọc trên điện thoại")
_GENUINE = msg("Thông báo **{label}**, {at}.\nThật hay giả: nhắn cho máy trả lời của xã “kiểm tra {label}”.")
_PHONE = msg("Hỏi thêm: **{phone}**")


class Words(Struct, frozen=True):
    """In the reader's language: `say` fills a text in, `locale` is for dates."""

    say: Callable[[str], str]
    locale: str

    def text(self, message: str, **values: str) -> Text:
        return Text.of(self.say(message), **values)


def sheet(one: PublicNotice, label: str, commune: Commune, words: Words, page: str, address: str) -> Html:
    """Render the sheet.

    `page` is the path of the whole announcement, `address` its full address, for readers of the paper.
    """
    text, cut = opening(one.text.plain, _ROOM)
    told = words.text(_GENUINE, label=label, at=moment(one.at, words.locale))
    phone = words.text(f"\n{words.say(_PHONE)}", phone=commune.phone) if commune.phone else Text()
    return render(
        "poster.html",
        corrected=None,
        word=words.say,
        locale=words.locale,
        page=page,
        little=_is_little(one.title, text),
        urgent=one.urgent,
        office=upper_first(commune.full_name),
        title=one.title or label,
        text=text,
        cut=cut,
        foot=told + phone,
        code=PaperCode(address, words.say(_SCAN)),
        short=short(one, label, commune, address),
    )


def _is_little(title: str, text: str) -> bool:
    return len(title) <= _LITTLE_TITLE and len(text) <= _LITTLE_TEXT and len(text.splitlines()) <= _LITTLE_LINES


def corrected(by: str, words: Words, page: str) -> Html:
    """Render, instead of a wrong sheet, a link to its correction; `by` is the label of the correction."""
    return render("poster.html", corrected=(page, words.text(_BEHIND, label=by).plain))


def short(one: PublicNotice, label: str, commune: Commune, address: str) -> str:
    text, _ = opening(one.text.plain, _SHORT)
    name = f"{one.title}. " if one.title else ""
    first = f"{urgent.URGENT.upper()}. " if one.urgent else ""
    return f"{first}{upper_first(commune.full_name)}, {label}: {name}{' '.join(text.split())}\n{address}"


def opening(text: str, room: int) -> tuple[str, bool]:
    """Return as many whole sentences and lines as fit, else words; and whether anything was left out."""
    whole = text.strip()
    text = "\n".join(whole.splitlines()[:_LINES])
    if len(text) <= room:
        return text, len(text) < len(whole)
    ends = [found.end() for found in _END.finditer(text, 0, room)]
    if ends:
        return text[: ends[-1]].rstrip(), True
    at = text.rfind(" ", 0, room)
    return text[: at if at > 0 else room].rstrip() + " …", True
