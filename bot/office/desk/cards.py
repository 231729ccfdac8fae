"""A page of cards: things with a few lines and the conversation's own buttons, in sections."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from msgspec import Struct

from bot.core.messages import Button
from bot.core.text import Text

from .addresses import Leaf, Row
from .visit import Grade, Sheet, Visit

_NOTHING = Text()


class Card(Struct, frozen=True):
    """One thing. `state` stands as a badge of `badge`; `folded` are lines that open with a press.

    `to` is the address of a page about it.
    """

    title: str
    lines: Sequence[Text | str] = ()
    state: str = ""
    badge: Grade = "fine"
    buttons: Sequence[Button] = ()
    folded: Sequence[str] = ()
    to: str = ""


class Section(Struct, frozen=True):
    """Cards below a heading, "" for the only ones; `empty` says how to begin where there is none."""

    heading: str
    cards: Sequence[Card]
    empty: str = ""


class Top(Struct, frozen=True):
    """The head of a page of cards: buttons for what is new, commands as (name, label), links as (label, query, here).

    `search` is what was searched for, None where the page has no search.
    """

    buttons: Sequence[Button] = ()
    commands: Sequence[tuple[str, str]] = ()
    links: Sequence[tuple[str, str, bool]] = ()
    search: str | None = None
    note: Text = _NOTHING


def sheet_of(
    visit: Visit, title: Text, sections: Sequence[Section], top: Top | None = None, page: Leaf[Row] | None = None
) -> Sheet:
    """Return the page; `page` tells of the next and the previous one, whose address keeps what was asked for."""
    kept = urlencode([(name, value) for name, value in visit.query.items() if name not in ("trang", "tra")])
    query = f"{kept}&" if kept else ""
    shows = {"sections": sections, "top": top or Top(), "page": page, "query": query}
    return Sheet("desk/cards.html", title, shows)
