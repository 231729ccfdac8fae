"""The guides as pages: the library, leaflets, and one file without a network."""

from __future__ import annotations

from aiohttp import web

from bot.handlers.kit.pages import NamedPage, Pages
from bot.i18n import msg
from bot.office import leaflet_pages, library_pages, offline_page, site
from bot.office.ground import PageGround


def routes(ground: PageGround) -> list[web.RouteDef]:
    return [
        *library_pages.routes(ground.shelf, home=ground.home),
        *leaflet_pages.routes(ground.shelf),
        *offline_page.routes(ground.shelf, ground.picture),
    ]


PAGES = Pages(routes, [NamedPage(site.GUIDES, msg("Hướng dẫn"), 10)])
