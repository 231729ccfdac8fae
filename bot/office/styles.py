"""Styles of the public pages: files named by their content, so that browsers keep them for ever."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from aiohttp import web

FOLDER = Path(__file__).parent / "static"
_AT = "/kieu"
PAGE, LEAFLET, NOTICE, POSTER, PRODUCTS, FOUNDING = "trang", "to-roi", "tin", "ap-phich", "san-pham", "cai-dat"
"""Their names: a page asks for the first one, and at most one of the others."""
_PARTS: Mapping[str, tuple[str, ...]] = {
    PAGE: ("page",),
    LEAFLET: ("paper", "leaflet"),
    NOTICE: ("urgent",),
    POSTER: ("paper", "urgent", "poster"),
    PRODUCTS: ("products",),
    FOUNDING: ("founding",),
}


def part(file: str) -> str:
    """Return a file of the folder: a page that is to be kept has it inside."""
    return (FOLDER / file).read_text("utf-8")


@cache
def _content(name: str) -> bytes:
    return "\n".join(part(f"{one}.css") for one in _PARTS[name]).encode()


@cache
def address(name: str) -> str:
    """Return the address of a style."""
    return f"{_AT}/{sha256(_content(name)).hexdigest()[:12]}/{name}.css"


def routes() -> list[web.RouteDef]:
    return [web.get(f"{_AT}/{{version}}/{{name}}.css", _serve)]


async def _serve(request: web.Request) -> web.StreamResponse:
    """Answer with a style. While an installation is brought up to date, a page of the one version may ask a process of
    the other: that one gets the style that there is, not to be kept.
    """
    name = request.match_info["name"]
    if name not in _PARTS:
        raise web.HTTPNotFound
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if address(name) == request.path else "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(body=_content(name), content_type="text/css", charset="utf-8", headers=headers)
