"""The web application, and its addresses that belong to no platform: files, health, library. Part of bot.app."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.features.announcements import public
from bot.features.commune import Commune
from bot.features.commune_book import CommuneBook, commune_id
from bot.features.loudspeaker import plays
from bot.office import leaflet_pages, library_pages, notice_pages, offline_page, podcast, shelf
from bot.services import Content
from bot.settings import Settings
from bot.storage.media import GUIDES, MediaFiles

log = logging.getLogger(__name__)

CHAT = "/chat"
_PACKED = frozenset({"gzip", "deflate", "br", "zstd"})
PACKED_BODY = "Máy của xã không nhận nội dung đã nén. Bác gửi lại, không nén, giúp nhé."
_REFUSED: Mapping[int, str] = {
    404: "Không có trang hay tệp này, hoặc đã xóa rồi. Bác xem lại đường dẫn giúp nhé.",
    405: "Địa chỉ này không mở như một trang được. Bác xem lại đường dẫn giúp nhé.",
}
_REFUSED_OTHERWISE = "Máy của xã không làm được việc này. Bác xem lại đường dẫn, hoặc hỏi cán bộ xã giúp nhé."


def application() -> web.Application:
    """Where platforms and pages put their addresses."""
    return web.Application(middlewares=[_let_leave, _in_our_words, _refuse_packed])


@web.middleware
async def _let_leave(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Who goes away in the middle of what they send, a phone that lost its network, is no fault of ours."""
    try:
        return await handler(request)
    except OSError as error:
        if error is not request.content.exception():
            raise
        log.debug("somebody went away in the middle of a body: %s", type(error).__name__)
        return web.Response(status=400)  # which nobody hears


@web.middleware
async def _in_our_words(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Where aiohttp refuses with nothing but its English name for it, people are told in words."""
    try:
        return await handler(request)
    except web.HTTPClientError as refused:
        if refused.text == f"{refused.status}: {refused.reason}":
            refused.text = _REFUSED.get(refused.status, _REFUSED_OTHERWISE)
        raise


@web.middleware
async def _refuse_packed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """No browser and no messenger packs what it sends, and of a gzip that was cut off aiohttp hands out the beginning
    as if it were all."""
    if request.headers.get("Content-Encoding", "").lower() in _PACKED:
        raise web.HTTPUnsupportedMediaType(text=PACKED_BODY)
    return await handler(request)


def add_library(
    pages_app: web.Application,
    settings: Settings,
    content: Content,
    book: CommuneBook,
    links: Callable[[str], Sequence[str]],
    media: MediaFiles,
    *,
    home: bool,
) -> shelf.Shelf:
    """The public pages; they lead to the chat where a platform has made one. `links` are those of the messengers."""
    has_chat = any(resource.canonical == CHAT for resource in pages_app.router.resources())
    shown = shelf.Shelf(
        content.guides,
        content.index,
        lambda code: book.of(code) or book.own,
        content.catalogues.translate,
        content.catalogues.names,
        CHAT if has_chat else None,
        settings.web_origins,
        notice_pages.LIST,
        links,
        settings.public_url,
        content.recordings,
    )
    library_pages.mount(pages_app, shown, home=home)
    leaflet_pages.mount(pages_app, shown)
    offline_page.mount(pages_app, shown, lambda file: media.path(GUIDES + file))
    return shown


def add_products(pages_app: web.Application, shown: shelf.Shelf, now: Callable[[], datetime]) -> None:
    """`/san-pham`: what the villages sell."""

    async def products(request: web.Request) -> web.StreamResponse:
        from bot.office import product_pages  # read when somebody asks

        return await product_pages.page(product_pages.Market(shown, _unit_of, now), request)

    pages_app.router.add_get(shelf.PRODUCTS, products)


def products_address(settings: Settings) -> str | None:
    """Where the products are, for a chat; None without a public address."""
    return None if settings.public_url is None else f"{settings.public_url}{shelf.PRODUCTS}"


def leaflet_address(settings: Settings) -> Callable[[str], str | None]:
    """Where the leaflet of a guide is, for a chat; None without a guide or a public address."""
    site = settings.public_url
    return lambda slug: f"{site}{shelf.LIST}/{slug}/{shelf.LEAFLET}" if site is not None and slug else None


def poster_address(settings: Settings, book: CommuneBook) -> Callable[[str, str], str | None]:
    """Where the poster of an announcement is, by its commune's code and its label; None without a public address."""
    site = settings.public_url

    def address(code: str, label: str) -> str | None:
        if site is None:
            return None
        return f"{site}{notice_pages.LIST}/{label}/{notice_pages.POSTER}" + (f"?xa={code}" if book.several else "")

    return address


def add_notices(
    pages_app: web.Application, settings: Settings, content: Content, book: CommuneBook, now: Callable[[], datetime]
) -> None:
    """What the commune has announced: pages, feed, and each village's loudspeaker as a podcast."""
    translate, names = content.catalogues.translate, content.catalogues.names

    board = notice_pages.Board(
        public,
        lambda code: book.of(code) or book.own,
        _unit_of,
        translate,
        names,
        shelf.LIST,
        now,
        settings.public_url,
        settings.web_origins,
    )
    notice_pages.mount(pages_app, board)
    podcast.mount(pages_app, podcast.Station(plays.announced, translate, now, settings.public_url))


async def _unit_of(commune: Commune) -> int | None:
    return await commune_id(commune.code)


def add_routes(pages_app: web.Application, media: MediaFiles) -> None:
    async def file(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        path = media.path(name)
        if path is None:
            raise web.HTTPNotFound
        response = web.FileResponse(path)
        # What is deleted here, a screenshot or a list of names, is not to live on in a cache between.
        response.headers["Cache-Control"] = (
            "public, max-age=86400" if name.startswith(GUIDES) else "private, max-age=3600"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    async def healthz(request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    pages_app.router.add_get("/media/{name:.+}", file)
    pages_app.router.add_get("/healthz", healthz)
