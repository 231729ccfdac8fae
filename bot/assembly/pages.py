"""The public pages of the commune, beside the addresses that every app has (`bot.framework.web_app`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.core.lean import patterns
from bot.features.commune.commune_settings import CommuneSettings, commune_id
from bot.features.commune.settings import Commune
from bot.framework.web_app import CHAT
from bot.handlers.kit.base import Content
from bot.handlers.kit.family import Family
from bot.handlers.kit.joints import FamilyError
from bot.handlers.kit.pages import Pages
from bot.office import shelf, site, styles
from bot.office.ground import PageGround
from bot.settings import Settings
from bot.storage.media import GUIDES, MediaFiles

_VARIABLE = patterns.compile(r"\{[^{}]*\}")


def named_pages(found: Iterable[Family]) -> list[tuple[str, str]]:
    """Return the addresses and labels that the head of every page leads to."""
    named = [one for family in found if family.pages is not None for one in family.pages.named]
    return [(one.path, one.label) for one in sorted(named, key=lambda one: one.order)]


def add_public(pages_app: web.Application, found: Iterable[Family], ground: PageGround) -> None:
    """Add the pages that families bring for everybody to read.

    Raises FamilyError for an address that belongs to another family, or to the bot itself.
    """
    pages_app.add_routes(styles.routes())
    add_brought(
        pages_app,
        [
            (family.name, route)
            for family in found
            for route in (() if family.pages is None else _routes(family.pages, ground))
        ],
    )


def _routes(pages: Pages, ground: PageGround) -> Sequence[web.RouteDef]:
    """Return the routes of a family, which it makes in a thread when the first of them is asked for."""
    if not pages.addresses:
        return pages.routes(ground)
    making = asyncio.Lock()
    made: dict[str, Handler] = {}

    async def answer(path: str, request: web.Request) -> web.StreamResponse:
        if not made:
            async with making:
                if not made:
                    found = await asyncio.to_thread(pages.routes, ground)
                    made.update({route.path: cast("Handler", route.handler) for route in found})
        return await made[path](request)

    shown = [path for path in pages.addresses if ground.home or path != site.STAGE]
    return [web.get(path, partial(answer, path)) for path in shown]


def add_brought(pages_app: web.Application, brought: Iterable[tuple[str, web.RouteDef]]) -> None:
    """Add addresses, each with the name of the family that brings it; raise FamilyError as `add_public` does."""
    owner = {_shape(resource.canonical): "the bot itself" for resource in pages_app.router.resources()}
    for name, route in brought:
        whose = owner.setdefault(_shape(route.path), name)
        if whose != name:
            raise FamilyError(f"{name}: the page {route.path!r} belongs to {whose}")
        pages_app.add_routes([route])


def _shape(path: str) -> str:
    """Return an address without the names of its variable parts."""
    return _VARIABLE.sub("{}", path)


def page_ground(
    pages_app: web.Application,
    settings: Settings,
    content: Content,
    commune_settings: CommuneSettings,
    links: Callable[[str], Sequence[str]],
    media: MediaFiles,
    now: Callable[[], datetime],
    named: Sequence[tuple[str, str]],
    *,
    home: bool,
) -> PageGround:
    """Return the ground of all pages; they lead to the chat if a platform has made one. `links` are the messengers'.

    Without `home` the address / belongs to the demo's phones, to which the pages lead back.
    """
    has_chat = any(resource.canonical == CHAT for resource in pages_app.router.resources())
    shown = shelf.Shelf(
        content.guides,
        content.search,
        lambda code: commune_settings.of(code) or commune_settings.own,
        content.catalogues.translate,
        content.catalogues.names,
        CHAT if has_chat else None,
        settings.web_origins,
        site.NOTICES,
        links,
        settings.public_url,
        content.recordings,
        named if home else [site.OF_DEMO, *named],
    )
    return PageGround(shown, _unit_of, now, lambda file: media.path(GUIDES + file), home)


def products_address(settings: Settings) -> str | None:
    """Return the address of the products, for a chat; None without a public address."""
    return None if settings.public_url is None else f"{settings.public_url}{shelf.PRODUCTS}"


def leaflet_address(settings: Settings) -> Callable[[str], str | None]:
    """Return the address of a guide's leaflet, for a chat; None without a guide or a public address."""
    public = settings.public_url
    return lambda slug: f"{public}{shelf.LIST}/{slug}/{shelf.LEAFLET}" if public is not None and slug else None


def read_address(settings: Settings) -> Callable[[str], str | None]:
    """Return the address at which the people of a village read an announcement; None without a public address."""
    public = settings.public_url
    return lambda code: None if public is None else f"{public}{site.NOTICE_OF_CODE}/{code}"


def notice_address(
    settings: Settings, commune_settings: CommuneSettings, last: str = ""
) -> Callable[[str, str], str | None]:
    """Return the address of an announcement's page, by its commune's code and label; None if not public."""
    public = settings.public_url

    def address(code: str, label: str) -> str | None:
        if public is None:
            return None
        return f"{public}{site.NOTICES}/{label}{last}" + (f"?xa={code}" if commune_settings.several else "")

    return address


def poster_address(settings: Settings, commune_settings: CommuneSettings) -> Callable[[str, str], str | None]:
    """Return the address of an announcement's poster, likewise."""
    return notice_address(settings, commune_settings, f"/{site.POSTER}")


async def _unit_of(commune: Commune) -> int | None:
    return await commune_id(commune.code)
