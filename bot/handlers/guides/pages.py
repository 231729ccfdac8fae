"""The guides as pages: the library, leaflets, and one file without a network."""

from __future__ import annotations

from aiohttp import web

from bot.handlers.kit.pages import NamedPage, Pages
from bot.i18n import msg
from bot.office import shelf, site
from bot.office.ground import PageGround


def routes(ground: PageGround) -> list[web.RouteDef]:
    from bot.office import leaflet_pages, library_pages, offline_page

    return [
        *library_pages.routes(ground.shelf, home=ground.home),
        *leaflet_pages.routes(ground.shelf),
        *offline_page.routes(ground.shelf, ground.picture),
    ]


PAGES = Pages(
    routes,
    [NamedPage(site.GUIDES, msg("Hướng dẫn"), 10)],
    (site.GUIDES, f"{site.GUIDES}/{{slug}}", site.STAGE, f"{site.GUIDES}/{{slug}}/{shelf.LEAFLET}", shelf.OFFLINE),
)
