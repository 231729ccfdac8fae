"""How the desk looks: templates with everything from elsewhere escaped, and files that are named by what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web
from msgspec import Struct

from bot.features.calendar.vietnam import VIETNAM
from bot.i18n import number, percent, short_date, short_time
from bot.office.templates import rich

from .forms import new_id

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
FILES = "/ban/tep"
_FONT = "be-vietnam-pro.woff2"
_TYPES: Mapping[str, str] = {
    "desk.css": "text/css",
    "desk.js": "text/javascript",
    "htmx.js": "text/javascript",
    "hx-sse.js": "text/javascript",
    "icon.svg": "image/svg+xml",
    _FONT: "font/woff2",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    # What stands on a desk is for one person: neither a proxy nor the next one at this computer may have it.
    "Cache-Control": "no-store",
}


@cache
def _content(name: str) -> bytes:
    """Return a file of ours; a style names the font by its address."""
    content = (STATIC / name).read_bytes()
    return content.replace(_FONT.encode(), address(_FONT).encode()) if name.endswith(".css") else content


@cache
def address(name: str) -> str:
    """Return the address of a file of ours; another content has another address, so browsers keep it for ever."""
    return f"{FILES}/{sha256(_content(name)).hexdigest()[:12]}/{name}"


async def static(request: web.Request) -> web.StreamResponse:
    """Answer with a file of the desk's own."""
    name = request.match_info["name"]
    if name not in _TYPES or address(name) != request.path:
        raise web.HTTPNotFound
    response = web.Response(body=_content(name), content_type=_TYPES[name])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


class Look(Struct, frozen=True):
    """The templates: those of the desk itself, and of each family in a folder of its own."""

    folders: Mapping[str, Path]

    def page(self, template: str, shows: Mapping[str, object]) -> str:
        return _environment(tuple(sorted(self.folders.items()))).get_template(template).render(shows)


@cache
def _environment(families: tuple[tuple[str, Path], ...]) -> Environment:
    """Return the templates' environment. The library is imported by the first who comes to the desk."""
    from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

    folders = {"desk": _HERE / "templates", **dict(families)}
    loaders = {name: FileSystemLoader(folder) for name, folder in folders.items()}
    made = Environment(
        loader=PrefixLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["file"] = address
    made.globals["forms_id"] = new_id
    made.filters["rich"] = rich
    return made


class Written(Struct, frozen=True):
    """Numbers and times as people of a language write them, for templates."""

    locale: str

    def count(self, value: int) -> str:
        return number(value, self.locale)

    def share(self, value: float) -> str:
        return percent(value, self.locale)

    def day(self, at: datetime) -> str:
        return short_date(at.astimezone(VIETNAM).date(), self.locale)

    def date(self, day: date) -> str:
        return short_date(day, self.locale)

    def hour(self, at: datetime) -> str:
        return short_time(at.astimezone(VIETNAM).time(), self.locale)

    def moment(self, at: datetime) -> str:
        return f"{self.hour(at)} {self.day(at)}"
