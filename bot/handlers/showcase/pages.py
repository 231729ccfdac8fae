"""The products of the villages as a page."""

from __future__ import annotations

from aiohttp import web

from bot.handlers.kit.pages import NamedPage, Pages
from bot.i18n import msg
from bot.office import site
from bot.office.ground import PageGround


def routes(ground: PageGround) -> list[web.RouteDef]:
    from bot.office import product_pages

    async def products(request: web.Request) -> web.StreamResponse:
        return await product_pages.page(product_pages.Market(ground.shelf, ground.unit_of, ground.now), request)

    return [web.get(site.PRODUCTS, products)]


PAGES = Pages(routes, [NamedPage(site.PRODUCTS, msg("Hàng của bà con"), 30)], (site.PRODUCTS,))
