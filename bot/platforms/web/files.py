"""The files of the chat's pages: each has the hash of its content in its address, so that browsers keep it for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web
from msgspec import Struct

from bot.core.lean import patterns

_FOLDER = Path(__file__).parent
_TYPES = {
    ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".txt": "text/plain",
}  # fmt: skip
_AT = "/chat/static"
_URL = patterns.compile(r'url\("([^"]+)"\)')


class File(Struct, frozen=True):
    """A file as it is served. `version` changes whenever a byte of it does."""

    name: str
    body: bytes
    version: str

    @property
    def address(self) -> str:
        return f"{_AT}/{self.version}/{self.name}"


def _read(path: Path) -> File:
    return _file(path.name, path.read_bytes())


def _file(name: str, body: bytes) -> File:
    return File(name, body, hashlib.sha256(body).hexdigest()[:12])


def _style(path: Path, others: Mapping[str, File]) -> File:
    """Return the style; it names the font by its address."""
    text = _URL.sub(lambda found: f'url("{others[found[1]].address}")', path.read_text("utf-8"))
    return _file(path.name, text.encode())


_STATIC = {path.name: _read(path) for path in sorted((_FOLDER / "static").iterdir())}
FILES = {**_STATIC, "chat.css": _style(_FOLDER / "source" / "chat.css", _STATIC)}


_ICON = _read(_FOLDER / "source" / "icon.svg")
"""Asked for by browsers at the address that they know by themselves, when they have a page's other files."""


def add_files(router: web.UrlDispatcher) -> None:
    """Add the addresses of the files."""
    router.add_get(f"{_AT}/{{version}}/{{name}}", _serve)
    router.add_get("/favicon.ico", _icon)


async def _icon(request: web.Request) -> web.StreamResponse:
    headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=_ICON.body, content_type=_TYPES[Path(_ICON.name).suffix], headers=headers)


async def _serve(request: web.Request) -> web.StreamResponse:
    file = FILES.get(request.match_info["name"])
    if file is None:
        raise web.HTTPNotFound
    # While an installation is brought up to date, a page of the one version may ask a process of the other: what it
    # gets then is not what the address says, and nobody may keep it.
    current = request.match_info["version"] == file.version
    headers = {
        "Content-Type": _TYPES[Path(file.name).suffix],
        "Cache-Control": "public, max-age=31536000, immutable" if current else "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(body=file.body, headers=headers)
