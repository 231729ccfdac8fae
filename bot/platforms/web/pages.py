"""Pages and files of the chat, with the headers that keep a page to its own code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from bot.core.guard import TEXT_LIMIT
from bot.core.lean import patterns
from bot.core.sessions import StoreUnavailable
from bot.platforms import Kit
from bot.platforms._shared.addresses import client_of
from bot.platforms._shared.http import up_to
from bot.settings import Settings

from . import words
from .files import FILES, add_files
from .line import TOO_LONG, Line
from .phone import Phone
from .room import Full, Room
from .upload import LIMIT, TOO_LARGE, UNSENT, Refused, Uploads
from .visitor import Visitor, is_own

if TYPE_CHECKING:
    from jinja2 import Environment

_HOST = patterns.compile(r"[A-Za-z0-9.:\[\]-]+")

_TICKET = 64

_TEMPLATES = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    """Return the templates. Their library is imported by whoever opens the first page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )


def mount_chat(kit: Kit, phones: Sequence[Phone], everybody: Visitor | None = None) -> None:
    """Add `/chat` (one phone, `?phone=KEY` picks another) and what is below it to `kit.web`.

    Each browser is a visitor of its own, unless `everybody` is one and the same.
    """
    chat = _Chat(kit, phones, everybody)
    kit.web.router.add_get("/chat", chat.page)
    kit.web.router.add_get("/chat/ws", chat.socket)
    kit.web.router.add_post("/chat/file", chat.upload)
    kit.web.router.add_post("/chat/renew", chat.renew)
    add_files(kit.web.router)


class _Chat:
    """Answer requests for the page, its socket, its files and its cookies."""

    def __init__(self, kit: Kit, phones: Sequence[Phone], everybody: Visitor | None) -> None:
        self._kit = kit
        self._first = phones[0].key
        self._by_key = {phone.key: phone for phone in phones}
        self._everybody = everybody
        self._room = Room(kit.clock)
        self._uploads = Uploads(kit)

    async def page(self, request: web.Request) -> web.StreamResponse:
        one = (self._wanted(request),)
        visitor = await self._visitor(request)
        title = self._kit.title or self._kit.words(words.TITLE)
        return await page(request, self._kit, "chat", title, one, visitor, notice=self._kit.words(words.NOTICE))

    async def socket(self, request: web.Request) -> web.StreamResponse:
        if not is_own(request, self._kit.settings):
            raise web.HTTPForbidden(text=self._kit.words(words.NOT_HERE))
        phone, holder = self._wanted(request), await self._visitor(request)
        address = client_of(request, self._kit.settings.proxies)
        try:
            with self._room.seat(address, "" if self._everybody else holder.id) as seat:
                return await Line(self._kit, phone, holder, seat).serve(request)
        except Full:
            raise web.HTTPServiceUnavailable(text=self._kit.words(words.CROWDED)) from None

    async def renew(self, request: web.Request) -> web.StreamResponse:
        """Give the page that changed its visitor's rights the cookie that goes with them.

        Sockets of other processes that the change left behind close by themselves, a little later.
        """
        phone, kit = self._wanted(request), self._kit
        try:
            ticket = (await up_to(_TICKET, request.content) or b"").decode("ascii", "replace")
            holder = await Visitor.renewed(request, kit, ticket) if is_own(request, kit.settings) else None
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable(text=self._kit.words(words.AWAY)) from None
        if holder is None:
            raise web.HTTPForbidden(text=self._kit.words(words.OPEN_AGAIN))
        response = web.Response(status=204)
        holder.remember(response, request, kit)
        await phone.platform.leave_to(phone.chat(holder.id).id, holder.standing)
        return response

    async def upload(self, request: web.Request) -> web.StreamResponse:
        phone = self._wanted(request)
        person = phone.person(request.query.get("person"))
        if not is_own(request, self._kit.settings) or person is None:
            raise web.HTTPForbidden(text=self._kit.words(words.NO_FILES_HERE))
        holder = await self._visitor(request)
        try:
            await self._uploads.take(request, phone, person, holder)
        except Refused as refused:
            say = await self._kit.words_of(phone.chat(holder.id))
            return web.Response(text=say(refused.text), status=refused.status)
        response = web.Response(text="")
        holder.remember(response, request, self._kit)
        return response

    async def _visitor(self, request: web.Request) -> Visitor:
        try:
            return self._everybody or await Visitor.of(request, self._kit)
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable(text=self._kit.words(words.AWAY)) from None

    def _wanted(self, request: web.Request) -> Phone:
        phone = self._by_key.get(request.query.get("phone", self._first))
        if phone is None:
            raise web.HTTPNotFound(text=self._kit.words(words.NO_PHONE))
        return phone


async def page(
    request: web.Request,
    kit: Kit,
    name: str,
    title: str,
    phones: Sequence[Phone],
    visitor: Visitor,
    **shows: object,
) -> web.StreamResponse:
    """Return a page with `phones` on it; `name` is that of its template and its script, `shows` what it has besides."""
    html = (
        _environment()
        .get_template(f"{name}.html")
        .render(
            title=title,
            name=name,
            phones=await _described(kit, phones, visitor),
            script=FILES[f"{name}.js"].address,
            style=FILES["chat.css"].address,
            font=FILES["be-vietnam-pro.woff2"].address,
            locale=kit.settings.locale,
            larger=kit.words(words.LARGER),
            needs_script=kit.words(words.NEEDS_SCRIPT),
            **shows,
        )
    )
    response = web.Response(text=html, content_type="text/html", headers=_headers(request, kit.settings))
    visitor.remember(response, request, kit)
    return response


async def _described(kit: Kit, phones: Sequence[Phone], visitor: Visitor) -> str:
    """Return the description of its phones that the page's script needs."""
    described = [
        {
            "key": phone.key,
            "title": phone.title,
            "note": phone.note,
            "persons": [{"key": person.key, "name": person.name} for person in phone.persons],
            "socket": f"/chat/ws?phone={phone.key}",
            "limit": TEXT_LIMIT,
            "files": f"/chat/file?phone={phone.key}",
            "renew": f"/chat/renew?phone={phone.key}",
            "largest": LIMIT,
            "words": {
                "long": say(TOO_LONG),
                "large": say(TOO_LARGE),
                "unsent": say(UNSENT),
                **words.of_script(kit.words, kit.settings.locale),
            },
        }
        for phone in phones
        for say in (await kit.words_of(phone.chat(visitor.id)),)
    ]
    return json.dumps(described, ensure_ascii=False)


def _headers(request: web.Request, settings: Settings) -> dict[str, str]:
    media = f"'self' {settings.public_url}" if settings.public_url is not None else "'self'"
    # Safari before 15.4 does not count ws: as 'self'.
    sockets = f"'self' ws://{request.host} wss://{request.host}" if _HOST.fullmatch(request.host) else "'self'"
    policy = (
        "default-src 'self'",
        "style-src 'self'",
        f"img-src {media}",
        f"media-src {media}",
        f"connect-src {sockets}",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        " ".join(("frame-ancestors 'self'", *settings.web_origins)),
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
