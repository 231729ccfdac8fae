"""The desk put together: the pages of all families, with conversation, sessions and language behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from bot.core.platform import Platform
from bot.core.router import Router
from bot.core.sessions import Key, StoreUnavailable
from bot.features.desk.sessions import PLATFORM
from bot.framework.sharing import Sharing
from bot.handlers.kit.base import Content, Services
from bot.handlers.kit.family import Family
from bot.handlers.kit.pages import DeskPage
from bot.office.desk import components
from bot.office.desk.desk import Desk, Grounds
from bot.office.desk.look import Look
from bot.platforms._shared.addresses import client_of
from bot.platforms.web.visitor import is_own
from bot.platforms.workdesk import Desk as DeskPlatform
from bot.settings import Settings


def add(
    pages_app: web.Application,
    platform: Platform,
    families: Sequence[Family],
    pages: Sequence[DeskPage],
    settings: Settings,
    content: Content,
    services: Services,
    shared: Sharing,
    router: Router,
    demo: Callable[[], Awaitable[Mapping[str, tuple[str, int]]]] | None = None,
) -> None:
    """Add the routes of the desk, on whose `platform` acts are events; `demo` names who may sit down there.

    The demo has a page of all components besides, for who changes how the desk looks.
    """
    if not isinstance(platform, DeskPlatform):
        raise TypeError(f"{platform.name} is no desk")

    async def locale_of(person_id: int) -> str:
        try:
            session = await shared.store().load(Key(PLATFORM, str(person_id)), "private")
        except StoreUnavailable:
            return settings.locale
        return session.locale or settings.locale

    def secure(request: web.Request) -> bool:
        return f"https://{request.host}" in (settings.public_url, *settings.web_origins)

    grounds = Grounds(
        services.desk,
        services.audit,
        platform,
        content.catalogues.translate,
        locale_of,
        services.now,
        asyncio.get_running_loop().time,
        lambda request: client_of(request, settings.proxies),
        secure,
        lambda request: is_own(request, settings),
        content.commune.name,
        router,
        demo,
    )
    folders = {family.name: family.templates for family in families if family.templates is not None}
    for_demo = [] if demo is None else [components.page()]
    desk = Desk(grounds, [*pages, *for_demo], Look(folders))
    pages_app.add_routes(desk.routes())
    pages_app.on_shutdown.append(desk.stop)
