"""Pages and files of the chat, with the headers that keep a page to its own code."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from aiohttp import web

from bot.core.guard import TEXT_LIMIT
from bot.platforms import Kit
from bot.settings import Settings

from .line import TOO_LONG, Line
from .phone import Phone
from .room import Full, Room, address_of
from .upload import LIMIT, TOO_LARGE, UNSENT, Refused, Uploads
from .visitor import Visitor, is_own

STATIC = Path(__file__).parent / "static"
_FILES = frozenset(path.name for path in STATIC.iterdir())
_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]+")

_PAGE = """<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="/chat/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/chat/static/chat.css">
<script type="module" src="/chat/static/main.js"></script>
</head>
<body class="{name}">
<header class="top">
{header}
<button type="button" class="size" id="size" aria-pressed="false">A+<span class="unseen"> Chữ to hơn</span></button>
</header>
<main id="phones" data-phones="{phones}">
<noscript><p>Trang này cần JavaScript. Bác bật JavaScript trong trình duyệt rồi mở lại giúp nhé.</p></noscript>
</main>
</body>
</html>
"""

_CHAT_HEADER = """<div><h1>Máy trả lời của xã</h1>
<p>Máy trả lời tự động, không phải người. Bác đừng gửi mã OTP, mật khẩu hay số căn cước ở đây.</p></div>"""


def mount_chat(kit: Kit, phones: Sequence[Phone], everybody: Visitor | None = None) -> None:
    """Add `/chat` (one phone, `?phone=KEY` picks another), `/chat/ws`, `/chat/file` and `/chat/static/…` to `kit.web`.

    Each browser is a visitor of its own, unless `everybody` is one and the same.
    """
    by_key = {phone.key: phone for phone in phones}
    room = Room(kit.clock)
    uploads = Uploads(kit)

    def visitor(request: web.Request) -> Visitor:
        return everybody or Visitor.of(request, kit)

    def wanted(request: web.Request) -> Phone:
        phone = by_key.get(request.query.get("phone", phones[0].key))
        if phone is None:
            raise web.HTTPNotFound(text="Không có điện thoại này.")
        return phone

    async def chat(request: web.Request) -> web.StreamResponse:
        one = (wanted(request),)
        return await page(request, kit, "chat", "Máy trả lời của xã", _CHAT_HEADER, one, visitor(request))

    async def socket(request: web.Request) -> web.StreamResponse:
        if not is_own(request, kit.settings):
            raise web.HTTPForbidden(text="Trang này không được phép mở cuộc trò chuyện.")
        try:
            with room.seat(address_of(request)) as pace:
                return await Line(kit, wanted(request), visitor(request), pace).serve(request)
        except Full:
            raise web.HTTPServiceUnavailable(text="Đang có đông người quá. Bác thử lại sau ít phút.") from None

    async def upload(request: web.Request) -> web.StreamResponse:
        phone, holder = wanted(request), visitor(request)
        person = phone.person(request.query.get("person"))
        if not is_own(request, kit.settings) or person is None:
            raise web.HTTPForbidden(text="Trang này không được phép gửi tệp.")
        try:
            await uploads.take(request, phone, person, holder)
        except Refused as refused:
            words = await kit.words_of(phone.chat(holder.id))
            return web.Response(text=words(refused.text), status=refused.status)
        response = web.Response(text="")
        holder.remember(response, kit.settings)
        return response

    kit.web.router.add_get("/chat", chat)
    kit.web.router.add_get("/chat/ws", socket)
    kit.web.router.add_post("/chat/file", upload)
    kit.web.router.add_get("/chat/static/{name}", _static)


async def page(
    request: web.Request, kit: Kit, name: str, title: str, header: str, phones: Sequence[Phone], visitor: Visitor
) -> web.StreamResponse:
    """A page with `phones` on it; `header` is HTML of ours."""
    described = escape(await _described(kit, phones, visitor))
    html = _PAGE.format(title=escape(title), name=name, header=header, phones=described)
    response = web.Response(text=html, content_type="text/html", headers=_headers(request, kit.settings))
    visitor.remember(response, kit.settings)
    return response


async def _described(kit: Kit, phones: Sequence[Phone], visitor: Visitor) -> str:
    """What the page's script has to know about its phones."""
    described = [
        {
            "key": phone.key,
            "title": phone.title,
            "note": phone.note,
            "persons": [{"key": person.key, "name": person.name} for person in phone.persons],
            "socket": f"/chat/ws?phone={phone.key}",
            "limit": TEXT_LIMIT,
            "files": f"/chat/file?phone={phone.key}",
            "largest": LIMIT,
            "words": {"long": words(TOO_LONG), "large": words(TOO_LARGE), "unsent": words(UNSENT)},
        }
        for phone in phones
        for words in (await kit.words_of(phone.chat(visitor.id)),)
    ]
    return json.dumps(described, ensure_ascii=False)


def _headers(request: web.Request, settings: Settings) -> dict[str, str]:
    media = f"'self' {settings.public_url}" if settings.public_url is not None else "'self'"
    # Safari before 15.4 does not count ws: as 'self'.
    sockets = f"'self' ws://{request.host} wss://{request.host}" if _HOST.fullmatch(request.host) else "'self'"
    policy = (
        "default-src 'self'",
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


async def _static(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name not in _FILES:
        raise web.HTTPNotFound
    return web.FileResponse(STATIC / name, headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"})
