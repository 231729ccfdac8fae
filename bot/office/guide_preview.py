"""All guides on one page: each step as it looks on phones of several kinds, and the graph of its steps.

The page is one HTML file without scripts and without any address to load from.
"""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable, Sequence

from msgspec import Struct

from bot.core.messages import Message
from bot.core.text import Span
from bot.features.guides.drawing import draw
from bot.features.guides.markdown import plain
from bot.features.guides.preview import Previewed

from . import styles, templates
from .html import digest

ReadPicture = Callable[[str], bytes]
"""The bytes of a picture by the media name that a message carries."""


class _ShownMessage(Struct, frozen=True):
    """`picture` is a whole picture as an address, "" for none; `rows` are the labels of the buttons."""

    picture: str
    alt: str
    spans: Sequence[Span]
    rows: Sequence[Sequence[str]]


class _ShownStep(Struct, frozen=True):
    id: str
    title: str
    phones: Sequence[tuple[str, Sequence[_ShownMessage]]]


class _ShownGuide(Struct, frozen=True):
    """`drawn` is the graph of the steps, as SVG."""

    slug: str
    title: str
    about: str
    drawn: str
    steps: Sequence[_ShownStep]


def render(guides: Sequence[Previewed], picture: ReadPicture) -> str:
    """Render the HTML file."""
    style = styles.part("preview.css")
    return templates.render(
        "preview.html",
        policy=f"default-src 'none'; img-src data:; style-src {digest(style)}",
        style=style,
        guides=[_guide(one, picture) for one in guides],
    )


def _guide(one: Previewed, picture: ReadPicture) -> _ShownGuide:
    guide = one.guide
    verified = "chưa kiểm tra" if guide.verified is None else f"kiểm tra ngày {guide.verified:%d/%m/%Y}"
    steps = [
        _ShownStep(
            step.id,
            plain(step.title),
            [
                (name, [_message(message, picture) for message in messages])
                for name, messages in one.pages[step.id].items()
            ],
        )
        for step in (each.filled() for each in guide.steps.values())
    ]
    about = f"{guide.area} · {guide.minutes} phút · {verified} · phụ trách: {guide.owner}"
    return _ShownGuide(guide.slug, guide.title, about, draw(guide, f"{guide.slug}_"), steps)


def _message(message: Message, picture: ReadPicture) -> _ShownMessage:
    address, alt = "", ""
    if message.attachment is not None:
        mime = mimetypes.guess_type(message.attachment.media)[0] or "application/octet-stream"
        data = base64.b64encode(picture(message.attachment.media)).decode("ascii")
        address, alt = f"data:{mime};base64,{data}", message.attachment.alt
    return _ShownMessage(address, alt, message.text.spans, _rows(message))


def _rows(message: Message) -> list[list[str]]:
    rows: list[list[str]] = []
    at = 0
    for size in message.rows or (1,) * len(message.buttons):
        rows.append([button.label for button in message.buttons[at : at + size]])
        at += size
    return rows
