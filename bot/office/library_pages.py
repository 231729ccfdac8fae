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
from .guide_html import GuideHtml, ShownSound, Voice, about, help_box
from .html import Html
from .shelf import LEAFLET, LIST, OFFLINE, Reading, Shelf
from .templates import render

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
        chat = self.shelf.chat
        others = [(path, label) for path, label in self.shelf.pages if path not in _NOT_BESIDE]
        notices = [(self.shelf.notices, _NOTICES)] if self.shelf.notices else []
        title = self.t("Hướng dẫn của {commune}", commune=self.commune.full_name).plain
        content = self._listed(
            title,
            missing=False,
            chat=self.address(chat) if chat else "",
            news=[(self.address(path), self.word(label)) for path, label in [*notices, *others]],
            heading=self.t("Bài về “{query}”", query=self._query).plain,
            found=self._links(self._found()) if self._query else (),
            audiences=() if self._query else self._audiences(),
            offline=self.address(OFFLINE),
        )
        return self.page(title, content)

    def guide(self, slug: str) -> web.Response:
        guide = self.shelf.library.get(slug)
        if guide is None:
            return self.missing()
        title, chat = self.title(guide), self.shelf.chat
        body = GuideHtml(
            guide,
            self._voice,
            self.to,
            lambda file: f"/media/guides/{quote(file)}",
            aloud=lambda step: self._aloud(guide, step),
        )
        content = render(
            "one_guide.html",
            word=self.word,
            title=title,
            lang=self._voice.lang(guide.title, title),
            about=about(guide, self._voice),
            chat=self.address(chat, start=f"g_{guide.slug}") if chat else "",
            leaflet=self.address(f"{LIST}/{guide.slug}/{LEAFLET}"),
            found=body.steps(),
            box=help_box(self._voice),
            back=self.address(LIST),
        )
        return self.page(title, content)

    def _aloud(self, guide: Guide, step: GuideStep) -> ShownSound | None:
        """Return the recording of a step, if it has one."""
        found = self.shelf.recordings.of(guide, step, self.locale, self.shelf.translate)
        if found is None:
            return None
        only = "" if found.locale == self.locale else self.word("Bước này mới có tiếng Việt.")
        by_machine = self.word("Giọng máy đọc.") if found.by_machine else ""
        return ShownSound(f"/media/{quote(found.media)}", self.word("Nghe bước này"), only, by_machine)

    def missing(self) -> web.Response:
        sorry = self.word("Không có bài hướng dẫn này.")
        return self.page(sorry, self._listed(sorry, missing=True), status=404)

    # The list

    def _listed(self, title: str, **shows: object) -> Html:
        kept = [] if self.locale == SOURCE else [("lang", self.locale)]
        if self.home == self.commune.code != "":
            kept.append(("xa", self.home))
        search = {"to": LIST, "kept": kept, "query": self._query, "longest": MAX_CHARACTERS}
        back, areas = self.address(LIST), self._areas()
        return render("library.html", word=self.word, title=title, search=search, areas=areas, back=back, **shows)

    def _found(self) -> Sequence[Guide]:
        hits = self.shelf.search.find(self._query)
        return [guide for hit in hits if (guide := self.shelf.library.get(hit.slug)) is not None]

    def _audiences(self) -> Sequence[tuple[str, str, bool]]:
        """Return the choice of an audience, everybody or one of the audiences: address, label, whether it is shown."""
        library = self.shelf.library
        ways = [(self.address(LIST), self.word("Tất cả các bài"), self._audience is None)]
        for one in AUDIENCES:
            count = len(guides_for(one, library))
            label = self.t("Cho {audience} ({count})", audience=self.word(one.name), count=count).plain
            ways += [(self.address(LIST, audience=one.code), label, one is self._audience)] if count else []
        return ways

    def _areas(self) -> Sequence[tuple[str, Sequence[tuple[str, str, str]]]]:
        """Return the areas with the links of their guides."""
        library = self.shelf.library
        shown = list(library) if self._audience is None else guides_for(self._audience, library)
        return [
            (self.word(area).capitalize(), self._links(guides))
            for area in AREAS
            if (guides := [guide for guide in shown if guide.area == area])
        ]

    def _links(self, guides: Sequence[Guide]) -> Sequence[tuple[str, str, str]]:
        """Return address, title and language of each; the language only where it is not the page's."""
        return [
            (self.to(guide.slug), self.title(guide), self._voice.lang(guide.title, self.title(guide)))
            for guide in guides
        ]
