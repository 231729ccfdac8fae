"""Words with their styles as HTML: the one place where text becomes HTML without a template, as templates use it."""

from __future__ import annotations

from html import escape
from typing import NewType

from bot.core.text import Text

Html = NewType("Html", str)
"""HTML of ours, with everything from elsewhere escaped."""

_TAGS = {"bold": "strong", "italic": "em", "code": "code"}


def styled(text: Text) -> Html:
    """Render text with its styles; only web addresses become links."""
    parts: list[str] = []
    for span in text.spans:
        words = escape(span.text).replace("\n", "<br>")
        tag = _TAGS.get(span.style)
        words = words if tag is None else f"<{tag}>{words}</{tag}>"
        web_link = span.link is not None and span.link.startswith(("https://", "http://"))
        parts.append(f'<a href="{escape(span.link or "")}" rel="noreferrer">{words}</a>' if web_link else words)
    return Html("".join(parts))
