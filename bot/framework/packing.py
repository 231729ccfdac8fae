"""Answers that are text go out compressed, and a page that a reader has already does not go out again.

Compressing tells something of a secret when a stranger can make a browser ask, with its cookie, for a page in which the
secret stands beside words of the stranger's choosing, and sees how long the answers are (BREACH). No answer that is
compressed here has a secret: cookies are in headers, which stay as they are, pages have no token of a form, what is
refused or answered to programs is neither HTML nor a feed, and a page with words from its address (the search) is the
same for everybody. Files that people sent, lists and tables go through /media and are not touched. A page with a secret
must not come through here; `tests/test_public_routes.py` looks for the cookie in each of them.
"""

from __future__ import annotations

import asyncio
import gzip
from collections import OrderedDict
from hashlib import sha256

from aiohttp import ETag, web
from aiohttp.typedefs import Handler

MOST_KEPT = 2 * 1024 * 1024
"""Bytes of compressed answers that are kept: the guides of an installation in two languages are 1.5 MB."""
_TYPES = frozenset(
    {"text/html", "text/css", "text/javascript", "image/svg+xml", "application/atom+xml", "application/rss+xml"}
)
_LEAST = 512
"""Shorter ones fit into one packet anyway."""
_AT_ONCE = 64 * 1024
"""Bytes that are compressed within a few milliseconds; for more nobody else waits."""


class Packed:
    """Compressed answers by the hash of what is in them, each made once; the ones asked for last are kept."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._size = 0
        self._made: OrderedDict[bytes, bytes] = OrderedDict()

    @web.middleware
    async def packing(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Compress an answer for a browser that takes gzip; answer 304 for a page that it has as it is."""
        response = await handler(request)
        if not isinstance(response, web.Response) or response.content_type not in _TYPES:
            return response
        body = response.body
        if not isinstance(body, bytes) or "Content-Encoding" in response.headers:
            return response
        digest = sha256(body).digest()
        if response.status == 200 and response.headers.get("Cache-Control") == "no-cache" and response.etag is None:
            response.etag = ETag(digest.hex()[:32], is_weak=True)
            if request.if_none_match and any(
                known.value in (response.etag.value, "*") for known in request.if_none_match
            ):
                return _unchanged(response)
        response.headers.add("Vary", "Accept-Encoding")
        if len(body) >= _LEAST and takes_gzip(request.headers.getall("Accept-Encoding", ())):
            # A page for one person alone has another token each time: kept, it would only push out what is asked again.
            alone = response.headers.get("Cache-Control") == "no-store"
            response.body = await _made(body) if alone else await self._of(digest, body)
            response.headers["Content-Encoding"] = "gzip"
            if response.etag is not None:  # it does not name these very bytes any more
                response.etag = ETag(response.etag.value, is_weak=True)
        return response

    async def _of(self, digest: bytes, body: bytes) -> bytes:
        made = self._made.get(digest)
        if made is not None:
            self._made.move_to_end(digest)
            return made
        made = await _made(body)
        if digest not in self._made:  # somebody else asked for it meanwhile
            self._made[digest] = made
            self._size += len(made)
        while self._size > self._most:
            self._size -= len(self._made.popitem(last=False)[1])
        return made


async def _made(body: bytes) -> bytes:
    return _compressed(body) if len(body) <= _AT_ONCE else await asyncio.to_thread(_compressed, body)


def takes_gzip(accepted: list[str] | tuple[str, ...]) -> bool:
    """Tell whether these values of Accept-Encoding take gzip: named, or by "*", and not with a weight of 0."""
    weights: dict[str, bool] = {}
    for one in ",".join(accepted).lower().split(","):
        name, _, rest = one.partition(";")
        weight = rest.replace(" ", "").removeprefix("q=")
        weights[name.strip()] = weight.strip("0.") != "" or not weight
    return weights.get("gzip", weights.get("*", False))


def _compressed(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


def _unchanged(response: web.Response) -> web.Response:
    """Return the answer for a reader who has it, with the headers that renew what was kept."""
    kept = ("ETag", "Cache-Control", "Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options")
    headers = {name: response.headers[name] for name in kept if name in response.headers}
    return web.Response(status=304, headers={**headers, "Vary": "Accept-Encoding"})
