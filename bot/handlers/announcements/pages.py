"""The announcements of the commune as pages and a feed."""

from __future__ import annotations

from aiohttp import web

from bot.features.announcements import public
from bot.handlers.kit.pages import NamedPage, Pages
from bot.i18n import msg
from bot.office import site
from bot.office.ground import PageGround


def routes(ground: PageGround) -> list[web.RouteDef]:
    from bot.office import notice_pages

    shelf = ground.shelf
    board = notice_pages.Board(
        public,
        shelf.commune,
        ground.unit_of,
        shelf.translate,
        shelf.languages,
        site.GUIDES,
        ground.now,
        shelf.public_url,
        shelf.origins,
        shelf.pages,
        shelf.chat,
    )
    return notice_pages.routes(board)


_OF_ONE = f"{site.NOTICES}/{{label}}"
PAGES = Pages(
    routes,
    [NamedPage(site.NOTICES, msg("Thông báo"), 20)],
    (site.NOTICES, _OF_ONE, f"{_OF_ONE}/{site.POSTER}", f"{site.NOTICES}.xml", f"{site.NOTICE_OF_CODE}/{{code}}"),
)
