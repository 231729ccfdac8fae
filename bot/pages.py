"""The web addresses that belong to no platform: files, health, the public library. Part of bot.app."""

from __future__ import annotations

from aiohttp import web
from tortoise.backends.base.client import BaseDBAsyncClient

from bot.office import library_pages
from bot.settings import Settings
from bot.storage.media import MediaFiles
from bot.wiring import Content

CHAT = "/chat"


def add_library(pages_app: web.Application, settings: Settings, content: Content, *, home: bool) -> None:
    """The public pages; they lead to the chat where a platform has made one."""
    has_chat = any(resource.canonical == CHAT for resource in pages_app.router.resources())
    shelf = library_pages.Shelf(
        content.guides,
        content.index,
        lambda: content.commune,
        content.catalogues.translate,
        content.catalogues.names,
        CHAT if has_chat else None,
        settings.web_origins,
    )
    library_pages.mount(pages_app, shelf, home=home)


def add_routes(pages_app: web.Application, media: MediaFiles, db: BaseDBAsyncClient) -> None:
    async def file(request: web.Request) -> web.StreamResponse:
        path = media.path(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        response = web.FileResponse(path)
        response.headers["Cache-Control"] = "public, max-age=86400"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    async def healthz(request: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(request: web.Request) -> web.Response:
        await db.execute_query_dict("select 1 as ok")
        return web.Response(text="ok\n")

    pages_app.router.add_get("/media/{name:.+}", file)
    pages_app.router.add_get("/healthz", healthz)
    pages_app.router.add_get("/readyz", readyz)
