"""The visitor of the page: a random cookie that the server signed, and the id that is derived from it."""

from __future__ import annotations

import hmac

from aiohttp import web
from msgspec import Struct

from bot.core.lean import patterns
from bot.core.lean.values import replace
from bot.core.machine import chance
from bot.platforms import Kit
from bot.settings import Settings

COOKIE, HOST_COOKIE = "langso_visitor", "__Host-langso_visitor"
"""The second where the page comes over https: a browser takes such a one from this very name only, and from no page
beside or below it. On http, on this machine or in a network without certificates, it would not be kept."""
_KEY = patterns.compile(r"[A-Za-z0-9_-]{43}")  # 256 bits, as `token_urlsafe` writes them
_COOKIE_SECONDS = 90 * 24 * 3600  # how long a place in a guide is kept after the last contact


class Visitor(Struct, frozen=True):
    """`id` names the visitor in chats, logs and the database; the cookie itself is kept by the browser only.

    `key` is the cookie's random part. `standing` is what the visitor may, when the cookie was looked at: the signature
    is for both, so that a cookie from before a change of rights is nobody's. Without a key everybody is the same
    visitor, as on the demo's stage.
    """

    id: str
    key: str
    standing: str = ""

    @classmethod
    async def of(cls, request: web.Request, kit: Kit) -> Visitor:
        """Return the visitor of the cookie, a new one where it is none of ours; raise StoreUnavailable."""
        key, _, signature = _cookie(request, kit.settings)
        if _KEY.fullmatch(key):
            found = await cls._now(key, kit)
            if _same(signature, found.signature(kit)):
                return found
        return await cls._now(chance.token_urlsafe(32), kit)

    @classmethod
    async def renewed(cls, request: web.Request, kit: Kit, ticket: str) -> Visitor | None:
        """Return the visitor whose cookie was good until their rights changed, or None.

        `ticket` was given to the page that changed them.
        """
        key, _, _ = _cookie(request, kit.settings)
        if not _KEY.fullmatch(key):
            return None
        found = await cls._now(key, kit)
        return found if _same(ticket, found.ticket(kit)) else None

    @classmethod
    async def _now(cls, key: str, kit: Kit) -> Visitor:
        name = kit.derive(f"web visitor {key}")[:32]
        return cls(name, key, await kit.standing(name))

    async def changed(self, kit: Kit) -> Visitor | None:
        """Return the same visitor with other rights, None as long as they are what they were."""
        if not self.key:
            return None
        standing = await kit.standing(self.id)
        return None if standing == self.standing else replace(self, standing=standing)

    def mark(self, kit: Kit) -> str:
        """Return the mark of these rights in the entries of the log."""
        return mark_of(kit, self.id, self.standing)

    def ticket(self, kit: Kit) -> str:
        """Return the ticket for which a page gets the cookie that goes with these rights."""
        return kit.derive(f"web renewal {self.key} {self.standing}")[:32]

    def remember(self, response: web.StreamResponse, request: web.Request, kit: Kit) -> None:
        """Give the browser its cookie, or a longer life to the one it has."""
        if not self.key:
            return
        secure = _is_secure(request, kit.settings)
        response.set_cookie(
            HOST_COOKIE if secure else COOKIE,
            f"{self.key}.{self.signature(kit)}",
            max_age=_COOKIE_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=secure,
            path="/",
        )

    def signature(self, kit: Kit) -> str:
        """Return the other part of the cookie."""
        return kit.derive(f"web cookie {self.key} {self.standing}")[:32]


def mark_of(kit: Kit, visitor: str, standing: str) -> str:
    """Return a mark that tells one standing from another and nothing of either; "" for a stranger's."""
    return kit.derive(f"web rights {visitor} {standing}")[:16] if standing else ""


def _cookie(request: web.Request, settings: Settings) -> tuple[str, str, str]:
    return request.cookies.get(HOST_COOKIE if _is_secure(request, settings) else COOKIE, "").partition(".")


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())


def _is_secure(request: web.Request, settings: Settings) -> bool:
    """Tell whether the page is the one at an https address of the settings, and not a way past it in the office."""
    return f"https://{request.host}" in (settings.public_url, *settings.web_origins)


def is_own(request: web.Request, settings: Settings) -> bool:
    """Tell whether the page that opens this socket is ours; browsers always name its origin (RFC 6455, 10.2)."""
    own = {f"http://{request.host}", f"https://{request.host}", *settings.web_origins}
    if settings.public_url is not None:
        own.add(settings.public_url)
    return request.headers.get("Origin") in own
