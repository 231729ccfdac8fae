"""Shared parts of the guides' pages: the source of their content, and the reader for whom one page is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from aiohttp import web
from msgspec import Struct

from bot.core.context import Translate
from bot.core.text import Text, upper_first
from bot.features.commune.settings import Commune
from bot.features.guides import pages
from bot.features.guides.library import Library
from bot.features.guides.model import Guide
from bot.features.guides.recordings import Recordings
from bot.i18n import SOURCE
from bot.understanding.ranking import Ranking

from . import site
from .html import Frame, Html, page

LIST = site.GUIDES
LEAFLET = "to-roi"
"""Last part of a leaflet's address, after its guide's."""
OFFLINE = f"{LIST}/tat-ca.html"
"""No slug has a dot."""
PRODUCTS = site.PRODUCTS


class Shelf(Struct, frozen=True):
    """The content of the pages. `languages` by code; `chat` is the address of the web chat, None if there is none.

    `commune` takes the value of `?xa=`, "" when it is absent. `notices` is the address of the announcements.

    `origins` are the sites that may show these pages inside their own. `links` are the addresses at which a messenger
    opens as if `/start CODE` was said there, the best one first. `public_url` is the address of the pages, if it is
    set. `pages` are the links in the head of each page.
    """

    library: Library
    search: Ranking
    commune: Callable[[str], Commune]
    translate: Translate
    languages: Mapping[str, str]
    chat: str | None
    origins: tuple[str, ...] = ()
    notices: str | None = None
    links: Callable[[str], Sequence[str]] = lambda code: ()
    public_url: str | None = None
    recordings: Recordings = Recordings()
    pages: Sequence[tuple[str, str]] = ()


class Reading:
    """One page for one reader: the language and the commune that the address names."""

    def __init__(self, shelf: Shelf, request: web.Request) -> None:
        self.shelf = shelf
        self.home = request.query.get("xa", "")[:64]
        self.commune = shelf.commune(self.home)
        self.path = request.path
        wanted = request.query.get("lang", SOURCE)
        self.locale = wanted if wanted in shelf.languages else SOURCE

    def page(self, title: str, content: Html, *, status: int = 200, style: str = "") -> web.Response:
        languages = tuple(
            (label, code, self.address(self.path, lang=code))
            for code, label in self.shelf.languages.items()
            if code != self.locale
        )
        frame = Frame(
            self.locale,
            office_name(self.commune),
            self.address(LIST),
            self.word("Đến nội dung chính"),
            languages,
            self.shelf.origins,
            ways=site.ways(self.shelf.pages, self.word, self.address, self.path),
            among=self.word(site.AMONG),
        )
        return page(frame, title, content, status=status, style=style)

    def title(self, guide: Guide) -> str:
        return pages.title(guide, self.locale, self.shelf.translate)

    def word(self, message: str) -> str:
        return self.shelf.translate(self.locale, message)

    def t(self, message: str, /, **values: Text | str | int) -> Text:
        return Text.of(self.word(message), **values)

    def to(self, slug: str, step: str = "") -> str:
        return self.address(f"{LIST}/{slug}") + (f"#{step}" if step else "")

    def address(self, path: str, *, start: str = "", lang: str = "", audience: str = "") -> str:
        language = lang or self.locale
        query = {"start": start} if start else {}
        query |= {"cho": audience} if audience else {}
        query |= {"xa": self.home} if self.home == self.commune.code != "" else {}
        query |= {"lang": language} if language != SOURCE and path != self.shelf.chat else {}
        return f"{path}?{urlencode(query)}" if query else path


def office_name(commune: Commune) -> str:
    """Return the commune's name for the head of a page."""
    return upper_first(commune.full_name)
