"""Each village's loudspeaker as a podcast."""

from __future__ import annotations

from aiohttp import web

from bot.features.loudspeaker import plays
from bot.handlers.kit.pages import Pages
from bot.office.ground import PageGround


def routes(ground: PageGround) -> list[web.RouteDef]:
    from bot.office import podcast

    shelf = ground.shelf
    return podcast.routes(podcast.Station(plays.announced, shelf.translate, ground.now, shelf.public_url))


PAGES = Pages(routes, addresses=("/loa/{unit}.xml",))
