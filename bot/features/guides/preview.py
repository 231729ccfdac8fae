"""All guides on one page: each step as it looks on phones of several kinds, and the graph of its steps.

The page is one HTML file without scripts and without any address to load from.
"""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from bot.core.messages import Button, Message
from bot.core.text import Span, Text

from .drawing import draw
from .markdown import plain
from .model import Guide

ReadPicture = Callable[[str], bytes]
"""The bytes of a picture by the media name that a message carries."""

_TAGS = {"bold": "strong", "italic": "em", "code": "code"}

_STYLE = """
:root { color-scheme: light; font: 16px/1.5 "Be Vietnam Pro", system-ui, sans-serif; color: #17231e; }
body { margin: 0; background: #eef2ee; }
header, main > section, nav { max-width: 66rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.35rem; border-top: 3px solid #0b5a45; padding-top: 1rem; }
h3 { font-size: 1rem; margin: 2rem 0 .4rem; } code { font-size: .9em; }
main > section { content-visibility: auto; contain-intrinsic-size: auto 20000px; }
nav ol { columns: 20rem; } a { color: #0b5a45; }
.scroll { overflow-x: auto; background: #fff; border: 1px solid #c6d0ca; border-radius: .6rem; }
.phones { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; }
.phone { width: 360px; max-width: 100%; box-sizing: border-box; padding: .7rem; border: 1px solid #66756e;
  border-radius: 1.2rem; background: #f7f9f7; }
.phone > p { margin: 0 0 .4rem; font-size: .8rem; color: #46534d; }
.message { background: #fff; border: 1px solid #c6d0ca; border-radius: 1rem; padding: .6rem .8rem;
  margin-bottom: .5rem; }
.message p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.message img { display: block; max-width: 100%; height: auto; border-radius: .6rem; margin-bottom: .5rem; }
.row { display: flex; gap: .3rem; margin-top: .3rem; }
.row span { flex: 1 1 0; min-width: 0; text-align: center; font-size: .85rem; font-weight: 700; color: #0b5a45;
  border: 2px solid #0b5a45; border-radius: .7rem; padding: .3rem .2rem; overflow-wrap: anywhere; }
.graph { display: block; margin: auto; }
.graph path { fill: none; stroke: #46534d; stroke-width: 1.5; }
.graph .again { stroke-dasharray: 5 4; stroke: #8a1c12; }
.graph polygon { fill: #46534d; } .graph rect { fill: #fff; stroke: #0b5a45; stroke-width: 2; }
.graph .quiz { fill: #fdf3d0; } .graph text { font-size: 13px; text-anchor: middle; fill: #17231e; }
.graph .leaves { font-size: 12px; font-weight: 700; fill: #07402f; }
"""


@dataclass(frozen=True, slots=True)
class Previewed:
    """A guide and the messages of each step on each profile: step id → profile's name → messages."""

    guide: Guide
    pages: Mapping[str, Mapping[str, Sequence[Message]]]


def render(guides: Sequence[Previewed], picture: ReadPicture) -> str:
    """Render the HTML file."""
    entries = "".join(
        f'<li><a href="#{one.guide.slug}">{escape(one.guide.title)}</a> <code>{one.guide.slug}</code></li>'
        for one in guides
    )
    sections = "".join(_guide(one, picture) for one in guides)
    return (
        '<!doctype html>\n<html lang="vi"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Xem trước các bài hướng dẫn</title><style>{_STYLE}</style></head><body>"
        f"<header><h1>Xem trước {len(guides)} bài hướng dẫn</h1>"
        "<p>Mỗi bước hiện hai lần: trên điện thoại có nút bấm và trên điện thoại chỉ có chữ.</p></header>"
        f'<nav aria-label="Các bài"><ol>{entries}</ol></nav><main>{sections}</main></body></html>\n'
    )


def _guide(one: Previewed, picture: ReadPicture) -> str:
    guide = one.guide
    anchor = f"{guide.slug}_"
    verified = "chưa kiểm tra" if guide.verified is None else f"kiểm tra ngày {guide.verified:%d/%m/%Y}"
    about = f"{guide.area} · {guide.minutes} phút · {verified} · phụ trách: {guide.owner}"
    steps = "".join(
        f'<h3 id="{anchor}{step.id}">{escape(plain(step.title))} <code>{step.id}</code></h3><div class="phones">'
        + "".join(_phone(name, messages, picture) for name, messages in one.pages[step.id].items())
        + "</div>"
        for step in (each.filled() for each in guide.steps.values())
    )
    return (
        f'<section id="{guide.slug}"><h2>{escape(guide.title)}</h2><p>{escape(about)}</p>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="Sơ đồ: {escape(guide.title)}">'
        f"{draw(guide, anchor)}</div>{steps}</section>"
    )


def _phone(name: str, messages: Sequence[Message], picture: ReadPicture) -> str:
    shown = "".join(_message(message, picture) for message in messages)
    return f'<div class="phone"><p>{escape(name)}</p>{shown}</div>'


def _message(message: Message, picture: ReadPicture) -> str:
    parts: list[str] = []
    if message.attachment is not None:
        mime = mimetypes.guess_type(message.attachment.media)[0] or "application/octet-stream"
        data = base64.b64encode(picture(message.attachment.media)).decode("ascii")
        parts.append(f'<img src="data:{mime};base64,{data}" alt="{escape(message.attachment.alt)}">')
    if message.text:
        parts.append(f"<p>{_html(message.text)}</p>")
    parts += [
        f'<div class="row">{"".join(f"<span>{escape(button.label)}</span>" for button in row)}</div>'
        for row in _rows(message)
    ]
    return f'<div class="message">{"".join(parts)}</div>'


def _rows(message: Message) -> list[Sequence[Button]]:
    rows: list[Sequence[Button]] = []
    at = 0
    for size in message.rows or (1,) * len(message.buttons):
        rows.append(message.buttons[at : at + size])
        at += size
    return rows


def _html(text: Text) -> str:
    return "".join(map(_span, text.spans))


def _span(span: Span) -> str:
    """Render a span; a link is named but not clickable, since this page leads nowhere."""
    shown = f"<u>{escape(span.text)}</u>" if span.link is not None else escape(span.text)
    tag = _TAGS.get(span.style)
    return shown if tag is None else f"<{tag}>{shown}</{tag}>"
