"""A text in the HTML that messengers show: styles, links and new lines."""

from __future__ import annotations

from html import escape

from bot.core.text import Span, Text

_TAGS = {"bold": "strong", "italic": "em", "code": "code"}


def html_of(text: Text) -> str:
    """Return a text in HTML; what was typed stays words."""
    return "".join(map(_html, text.spans))


def _html(span: Span) -> str:
    words = escape(span.text).replace("\n", "<br>")
    tag = _TAGS.get(span.style)
    words = f"<{tag}>{words}</{tag}>" if tag else words
    return f'<a href="{escape(span.link)}">{words}</a>' if span.link else words


def is_styled(text: Text) -> bool:
    """Tell whether there is more than plain words."""
    return any(span.style != "plain" or span.link for span in text.spans)


def with_links(text: Text) -> str:
    """Return the plain words with each link's address behind its own."""
    return "".join(f"{span.text} ({span.link})" if span.link else span.text for span in text.spans)
