"""An announcement for the notice board: large letters, no more than is read standing, and a code to the rest.

On the screen the page also has a short version, for a post or a message.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.core.text import Text, upper_first
from bot.features.announcements.letter import moment
from bot.features.announcements.public import PublicNotice
from bot.features.commune.settings import Commune
from bot.i18n import SOURCE, msg

from . import urgent
from .html import Html, e, join, link, styled
from .paper import STYLE as PAPER
from .paper import qr_code, to_copy

_ROOM, _SHORT = 360, 160
"""Characters of the text on one A4 sheet, and in the short version."""
_LINES = 6
_LITTLE_TITLE, _LITTLE_TEXT, _LITTLE_LINES = 45, 120, 3
"""So much fits in larger letters still."""
_END = re.compile(r"[.!?…](?=\s)|\n")

STYLE = (
    PAPER
    + urgent.STYLE
    + """
.poster h1 { font-size: 2.2rem; line-height: 1.2; }
.poster .words { font-size: 1.3rem; white-space: pre-line; }
.poster .foot { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; }
.poster .foot > p { flex: 1 1 14rem; }
@media print {
  .poster { border: 0; padding: 0; font-size: 16pt; line-height: 1.35; }
  .poster h1 { font-size: 32pt; margin: 6mm 0; }
  .poster .words { font-size: 22pt; }
  .little h1 { font-size: 54pt; }
  .little .words { font-size: 36pt; }
  .poster .foot { flex-wrap: nowrap; gap: 8mm; border-top: 2pt solid #000; padding-top: 4mm; break-inside: avoid; }
  .poster .qr { width: 45mm; flex: none; }
  .poster.urgent { border: 3mm solid #000; padding: 6mm; }
  .poster .band { font-size: 34pt; line-height: 1.2; text-align: center; }
}
"""
)
_PRINT = msg("Để in: bấm Ctrl và P, hoặc chọn “In” trong trình duyệt, khổ giấy A4.")
_BEHIND = msg("Thông báo này đã được đính chính, đừng in tờ cũ. Mời xem {label}")
_REST = msg("Còn nữa: quét mã để đọc hết.")
_SCAN = msg("Quét mã này để đọc trên điện thoại")
_GENUINE = msg("Thông báo **{label}**, {at}.\nThật hay giả: nhắn cho máy trả lời của xã “kiểm tra {label}”.")
_PHONE = msg("Hỏi thêm: **{phone}**")
_SHORT_HINT = msg("Chép đoạn này để đăng lên mạng xã hội, gắn vào giấy mời hoặc nhắn cho người khác.")


@dataclass(frozen=True, slots=True)
class Words:
    """In the reader's language: `say` fills a text in, `locale` is for dates."""

    say: Callable[[str], str]
    locale: str

    def text(self, message: str, **values: str) -> Text:
        return Text.of(self.say(message), **values)


def sheet(one: PublicNotice, label: str, commune: Commune, words: Words, page: str, address: str) -> Html:
    """Render the sheet.

    `page` is the path of the whole announcement, `address` its full address, for readers of the paper.
    """
    vietnamese = f' lang="{SOURCE}"' if words.locale != SOURCE else ""
    text, cut = opening(one.text.plain, _ROOM)
    size = " little" if _is_little(one.title, text) else ""
    css, band = (f"box poster{size} urgent", urgent.band(words.say)) if one.urgent else (f"box poster{size}", "")
    told = words.text(_GENUINE, label=label, at=moment(one.at, words.locale))
    phone = words.text(f"\n{words.say(_PHONE)}", phone=commune.phone) if commune.phone else Text()
    return join(
        f'<p class="screen note">{e(words.say(_PRINT))}<br>{link(page, words.say(msg("Xem thông báo")))}</p>',
        f'<article class="{css}">{band}<p class="office">{e(upper_first(commune.full_name))}</p>',
        f"<h1{vietnamese}>{e(one.title or label)}</h1>",
        f'<p class="words"{vietnamese}>{e(text)}</p>',
        f"<p><b>{e(words.say(_REST))}</b></p>" if cut else "",
        '<div class="foot"><p>',
        styled(told + phone),
        "</p>",
        qr_code(address, words.say(_SCAN)),
        "</div></article>",
        to_copy(words.say(msg("Bản ngắn")), words.say(_SHORT_HINT), short(one, label, commune, address), SOURCE),
    )


def _is_little(title: str, text: str) -> bool:
    return len(title) <= _LITTLE_TITLE and len(text) <= _LITTLE_TEXT and len(text.splitlines()) <= _LITTLE_LINES


def corrected(by: str, words: Words, page: str) -> Html:
    """Render, instead of a wrong sheet, a link to its correction; `by` is the label of the correction."""
    return Html(f'<p class="warning">{link(page, words.text(_BEHIND, label=by).plain)}</p>')


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
