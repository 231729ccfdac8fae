"""The frame of the public pages: plain HTML that needs no script, escaped where it is built."""

from __future__ import annotations

import base64
import hashlib

from aiohttp import web
from msgspec import Struct

from . import styles
from .rich_text import Html as Html
from .templates import ready, render

CONTENT = "_noi-dung"
"""Id of the main part; step ids have no underscore, so that no step can take it."""


class Way(Struct, frozen=True):
    """To one of the other pages, or `current`."""

    label: str
    address: str
    current: bool = False


class Frame(Struct, frozen=True):
    """The frame around every page. `name` of the office leads to `home`; `languages` are (label, code, address).

    `feed` is the address of an Atom feed of the page's content, "" for none. `ways` lead to the other pages, and
    `among` is their label for a screen reader.
    """

    lang: str
    name: str
    home: str
    skip: str
    languages: tuple[tuple[str, str, str], ...]
    origins: tuple[str, ...] = ()
    feed: str = ""
    ways: tuple[Way, ...] = ()
    among: str = ""


def digest(inline: str) -> str:
    """Return the hash of a style or a script inside a file that is to be kept, for its content security policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"


def page(frame: Frame, title: str, content: Html, *, status: int = 200, style: str = "") -> web.Response:
    """Return a whole page. `style` is the name of one that is added to the common one.

    Its content security policy allows nothing but our own pictures, sounds and styles.
    """
    names = (styles.PAGE, style) if style else (styles.PAGE,)
    addresses = [styles.address(name) for name in names]
    html = render("layout.html", frame=frame, title=title, content=ready(content), styles=addresses, id=CONTENT)
    policy = (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        " ".join(("frame-ancestors 'self'", *frame.origins)),
    )
    headers = {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
    return web.Response(text=html, content_type="text/html", headers=headers, status=status)
