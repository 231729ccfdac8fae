"""The guides as pages that anybody can read, search and print without a script and without an account."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from aiohttp import web

from bot.features.guides.audiences import AUDIENCES, get, guides_for
from bot.features.guides.model import AREAS, Guide, GuideStep
from bot.features.search.index import MAX_CHARACTERS
from bot.i18n import SOURCE, msg

from . import site
from .guide_html import GuideHtml, Voice, about, help_box
from .html import Html, e, join, link, styled
from .shelf import LEAFLET, LIST, OFFLINE, Reading, Shelf

_NOTICES = msg("Thông báo của xã")
_NOT_BESIDE = {site.STAGE, site.GUIDES, site.NOTICES}
"""The page itself, what has a label of its own there, and the demo's phones."""


def routes(shelf: Shelf, *, home: bool) -> list[web.RouteDef]:
    """Return `/huong-dan` and `/huong-dan/SLUG`, and with `home` the list at `/` too."""

    async def show_list(request: web.Request) -> web.StreamResponse:
        return _Library(shelf, request).list()

    async def show_guide(request: web.Request) -> web.StreamResponse:
        return _Library(shelf, request).guide(request.match_info["slug"])

    own = [web.get(LIST, show_list), web.get(f"{LIST}/{{slug}}", show_guide)]
    return [*own, web.get("/", show_list)] if home else own


class _Library(Reading):
    """The list, and one guide."""

    def __init__(self, shelf: Shelf, request: web.Request) -> None:
        super().__init__(shelf, request)
        self._audience = get(request.query.get("cho", ""))
        self._query = " ".join(request.query.get("q", "")[:MAX_CHARACTERS].split())
        self._voice = Voice(self.locale, shelf.translate, self.commune)

    # Pages

    def list(self) -> web.Response:
        """Return all guides by area, those for one audience, or those that match the query."""
        title = self.t("Hướng dẫn của {commune}", commune=self.commune.full_name).plain
        chat = self.shelf.chat
        invitation, ask = self.word("Mời bà con chọn bài để đọc hoặc in ra giấy."), self.word("Hỏi máy trả lời của xã")
        button = f"<p>{link(self.address(chat), ask, 'button')}</p>" if chat else ""
        others = [(path, label) for path, label in self.shelf.pages if path not in _NOT_BESIDE]
        notices = [(self.shelf.notices, _NOTICES)] if self.shelf.notices else []
        news = join(*(f"<p>{link(self.address(path), self.word(label))}</p>" for path, label in [*notices, *others]))
        found = self._found() if self._query else join(self._audiences(), self._areas())
        content = join(f"<h1>{e(title)}</h1><p>{e(invitation)}</p>", button, news, self._search(), found, self._take())
        return self.page(title, content)

    def guide(self, slug: str) -> web.Response:
        guide = self.shelf.library.get(slug)
        if guide is None:
            return self.missing()
        title = self.title(guide)
        body = GuideHtml(
            guide,
            self._voice,
            self.to,
            lambda file: f"/media/guides/{quote(file)}",
            aloud=lambda step: self._aloud(guide, step),
        )
        content = join(
            f"<h1{self._voice.lang(guide.title, title)}>{e(title)}</h1>",
            self._about(guide),
            body.steps(),
            help_box(self._voice),
            self._back(),
        )
        return self.page(title, content)

    def _aloud(self, guide: Guide, step: GuideStep) -> Html:
        """Render a player for a step that has a recording."""
        found = self.shelf.recordings.of(guide, step, self.locale, self.shelf.translate)
        if found is None:
            return Html("")
        only = "" if found.locale == self.locale else f"<p>{e(self.word('Bước này mới có tiếng Việt.'))}</p>"
        by_machine = f"<p>{e(self.word('Giọng máy đọc.'))}</p>" if found.by_machine else ""
        label = e(self.word("Nghe bước này"))
        return Html(
            f'<div class="screen">{only}{by_machine}<audio controls preload="none" aria-label="{label}"'
            f' src="/media/{e(quote(found.media))}"></audio></div>'
        )

    def missing(self) -> web.Response:
        sorry = self.word("Không có bài hướng dẫn này.")
        return self.page(sorry, join(f"<h1>{e(sorry)}</h1>", self._search(), self._areas()), status=404)

    # The list

    def _search(self) -> Html:
        language = "" if self.locale == SOURCE else f'<input type="hidden" name="lang" value="{e(self.locale)}">'
        if self.home == self.commune.code != "":
            language += f'<input type="hidden" name="xa" value="{e(self.home)}">'
        label, button = self.word("Tìm bài, có dấu hay không dấu đều được"), self.word("Tìm")
        return Html(
            f'<form action="{LIST}" role="search">{language}<label for="_tim">{e(label)}</label>'
            f'<input type="search" id="_tim" name="q" value="{e(self._query)}" maxlength="{MAX_CHARACTERS}">'
            f"<button>{e(button)}</button></form>"
        )

    def _found(self) -> Html:
        hits = self.shelf.search.find(self._query)
        guides = [guide for hit in hits if (guide := self.shelf.library.get(hit.slug)) is not None]
        if not guides:
            sorry = self.word("Chưa có bài nào về việc này. Mời bà con thử vài chữ khác, hoặc chọn trong danh sách.")
            return join(f"<p>{e(sorry)}</p>", self._areas())
        heading = self.t("Bài về “{query}”", query=self._query).plain
        return join(f'<section class="box"><h2>{e(heading)}</h2>', self._links(guides), "</section>", self._back())

    def _audiences(self) -> Html:
        """Render the choice of an audience: everybody, or one of the audiences."""
        library = self.shelf.library
        ways = [(self.address(LIST), self.word("Tất cả các bài"), self._audience is None)]
        for one in AUDIENCES:
            count = len(guides_for(one, library))
            label = self.t("Cho {audience} ({count})", audience=self.word(one.name), count=count).plain
            ways += [(self.address(LIST, audience=one.code), label, one is self._audience)] if count else []
        items = (f"<li>{_way(address, label, here)}</li>" for address, label, here in ways)
        return join(
            f'<nav class="screen" aria-label="{e(self.word("Bài dành cho ai"))}"><ul class="among">',
            *items,
            "</ul></nav>",
        )

    def _areas(self) -> Html:
        library = self.shelf.library
        shown = list(library) if self._audience is None else guides_for(self._audience, library)
        return join(
            *(
                f'<section class="box"><h2>{e(self.word(area).capitalize())}</h2>{self._links(guides)}</section>'
                for area in AREAS
                if (guides := [guide for guide in shown if guide.area == area])
            )
        )

    def _links(self, guides: Sequence[Guide]) -> Html:
        entries = (
            f"<li{self._voice.lang(guide.title, self.title(guide))}>{link(self.to(guide.slug), self.title(guide))}</li>"
            for guide in guides
        )
        return join('<ul class="list">', *entries, "</ul>")

    def _take(self) -> Html:
        label = self.word("Tải tất cả các bài trong một tệp, đọc được khi không có mạng")
        return Html(f'<p class="screen">{link(self.address(OFFLINE), label)}</p>')

    # A guide

    def _about(self, guide: Guide) -> Html:
        chat = self.shelf.chat
        ask = self.word("Hỏi máy trả lời từng bước")
        paper = link(self.address(f"{LIST}/{guide.slug}/{LEAFLET}"), self.word("In tờ rơi, gửi cho ông bà, đọc loa"))
        button = (
            f'<p class="screen">{link(self.address(chat, start=f"g_{guide.slug}"), ask, "button")}</p>' if chat else ""
        )
        return join(
            f'<p class="note">{styled(about(guide, self._voice))}</p>', button, f'<p class="screen">{paper}</p>'
        )

    def _back(self) -> Html:
        label = self.word("Xem tất cả các bài")
        return Html(f'<p class="screen">{link(self.address(LIST), label)}</p>')


def _way(address: str, label: str, here: bool) -> Html:
    return Html(f'<a href="{e(address)}"{" aria-current=" + chr(34) + "page" + chr(34) if here else ""}>{e(label)}</a>')
