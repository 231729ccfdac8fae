"""A store that speaks as much of S3's protocol as the bot asks for, on loopback; signatures are not checked."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from aiohttp import web

BUCKET = "tep"
KEY, SECRET = "ai-do", "bi-mat-cua-kho"
_PAGE = 2
"""Objects of one page of a list: few, so that tests turn pages."""


@dataclass
class FakeStore:
    """`objects` by key; `away` answers every request with 503; `stop_after` lets only so many writes pass."""

    objects: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    away: bool = False
    no_bucket: bool = False
    spoils: bool = False
    stop_after: int | None = None
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    requests: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def address(self) -> str:
        return f"s3://{BUCKET}/xa?endpoint={self.url}"

    @property
    def environ(self) -> dict[str, str]:
        return {"BOT_FILES_URL": self.address, "BOT_FILES_KEY": KEY, "BOT_FILES_SECRET": SECRET}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        self.requests.append(f"{request.method} {key}")
        if self.away:
            return web.Response(status=503)
        if self.no_bucket:
            return web.Response(status=404, text="<Error><Code>NoSuchBucket</Code></Error>")
        if request.method == "POST":
            named = re.findall(r"<Key>([^<]+)</Key>", await request.text())
            for one in named:
                self.objects.pop(one, None)
            rows = "".join(f"<Deleted><Key>{one}</Key></Deleted>" for one in named)
            return web.Response(text=f"<DeleteResult>{rows}</DeleteResult>", content_type="application/xml")
        if not key:
            return self._list(request)
        if request.method == "PUT":
            return await self._put(request, key)
        if key not in self.objects:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        return self._get(request, key)

    async def _put(self, request: web.Request, key: str) -> web.Response:
        data = await request.read()
        if self.stop_after == 0:
            self.stopped.set()
            await asyncio.Event().wait()
        if self.stop_after is not None:
            self.stop_after -= 1
        self.objects[key] = (data[:-1] if self.spoils else data, datetime.now(UTC))
        return web.Response(headers={"ETag": _tag(data)})

    def _get(self, request: web.Request, key: str) -> web.Response:
        data, written = self.objects[key]
        headers = {"ETag": _tag(data), "Last-Modified": written.strftime("%a, %d %b %Y %H:%M:%S GMT")}
        if not data:  # of an empty answer to HEAD the server would leave it out, which S3 does not
            headers["Content-Length"] = "0"
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("Range", ""))
        if asked is None:
            return web.Response(body=data, headers=headers)
        begin, end = int(asked[1]), min(int(asked[2]) + 1, len(data))
        headers["Content-Range"] = f"bytes {begin}-{end - 1}/{len(data)}"
        return web.Response(status=206, body=data[begin:end], headers=headers)

    def _list(self, request: web.Request) -> web.Response:
        prefix, after = request.query.get("prefix", ""), request.query.get("continuation-token", "")
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(self.objects[key][0])}</Size><ETag>x</ETag>"
            f"<LastModified>{self.objects[key][1]:%Y-%m-%dT%H:%M:%S.000Z}</LastModified></Contents>"
            for key in keys[:_PAGE]
        )
        more = f"<NextContinuationToken>{keys[_PAGE - 1]}</NextContinuationToken>" if len(keys) > _PAGE else ""
        text = f"<ListBucketResult><IsTruncated>{str(bool(more)).lower()}</IsTruncated>{more}{rows}</ListBucketResult>"
        return web.Response(text=text, content_type="application/xml")


def _tag(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()[:32]}"'


@asynccontextmanager
async def store() -> AsyncIterator[FakeStore]:
    """A store that listens until the end of the block."""
    fake = FakeStore()
    app = web.Application(client_max_size=1 << 30)
    app.router.add_route("*", f"/{BUCKET}{{slash:/?}}{{key:.*}}", fake.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield fake
    finally:
        await runner.cleanup()
