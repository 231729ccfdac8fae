"""Who looks at the page: a random cookie, and the id that is derived from it."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from aiohttp import web

from bot.platforms import Kit
from bot.settings import Settings

COOKIE = "langso_visitor"
_COOKIE_VALUE = re.compile(r"[A-Za-z0-9_-]{22,86}")  # 128 bits and more, as `token_urlsafe` writes them
_COOKIE_SECONDS = 90 * 24 * 3600  # how long a place in a guide is kept after the last contact


@dataclass(frozen=True, slots=True)
class Visitor:
    """`id` names the visitor in chats, logs and the database; the cookie itself is kept by the browser only.

    Without a cookie everybody is the same visitor, as on the demo's stage.
    """

    id: str
    cookie: str

    @classmethod
    def of(cls, request: web.Request, kit: Kit) -> Visitor:
        cookie = request.cookies.get(COOKIE, "")
        if not _COOKIE_VALUE.fullmatch(cookie):
            cookie = secrets.token_urlsafe(24)
        return cls(kit.derive(f"web visitor {cookie}")[:32], cookie)

    def remember(self, response: web.StreamResponse, settings: Settings) -> None:
        """Give the browser its cookie, or a longer life to the one it has."""
        if not self.cookie:
            return
        secure = (settings.public_url or "").startswith("https://")
        response.set_cookie(
            COOKIE, self.cookie, max_age=_COOKIE_SECONDS, httponly=True, samesite="Lax", secure=secure, path="/"
        )


def is_own(request: web.Request, settings: Settings) -> bool:
    """Whether the page that opens this socket is ours; browsers always say where they are (RFC 6455, 10.2)."""
    own = {f"http://{request.host}", f"https://{request.host}", *settings.web_origins}
    if settings.public_url is not None:
        own.add(settings.public_url)
    return request.headers.get("Origin") in own
