"""Files given to whoever opens their address, from the data folder or from the store."""

from __future__ import annotations

import asyncio
import mimetypes

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.core.platform import FilesAway
from bot.core.text import msg
from bot.platforms import Words
from bot.storage.media import GUIDES, HeldFile, MediaFiles, is_drawn

AWAY = msg("The files cannot be fetched at the moment. Please open this address again in a few minutes.")
_EMBEDDED = frozenset({"image", "audio", "video", "empty"})
"""What a page shows or fetches itself comes from here: pages of ours take nothing from other sites. Messengers, which
do not say this, fetch pictures by the bare name of `store`, and some follow no redirection."""
_RETRY = "60"


def giving(media: MediaFiles, words: Words) -> Handler:
    """Return the page of a file's address."""

    async def file(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        path = await asyncio.to_thread(media.path, name)
        if path is not None:
            response = web.FileResponse(path)
            _mark(response, name)
            return response
        try:
            return await _from_store(request, media, name)
        except FilesAway:
            raise web.HTTPServiceUnavailable(text=words(AWAY), headers={"Retry-After": _RETRY}) from None

    return file


async def _from_store(request: web.Request, media: MediaFiles, name: str) -> web.StreamResponse:
    """Give a file of the store; raise FilesAway, or HTTPNotFound."""
    taken_away = "/" in name and request.headers.get("Sec-Fetch-Dest") not in _EMBEDDED
    if taken_away and (to := await media.address_in_store(name)):
        raise web.HTTPFound(to, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    try:
        asked = request.http_range
    except ValueError:
        raise web.HTTPRequestRangeNotSatisfiable from None
    held = await media.held(name, asked.start, asked.stop)
    if held is None:
        raise web.HTTPNotFound
    partial = asked.start is not None or asked.stop is not None
    if partial and held.begin >= held.end:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{held.size}"})
    if held.mark and request.headers.get("If-None-Match") == f'"{held.mark}"':
        response = web.Response(status=304, headers={"ETag": f'"{held.mark}"'})
        _mark(response, name)
        return response
    return await _streamed(request, held, name, partial=partial)


async def _streamed(request: web.Request, held: HeldFile, name: str, *, partial: bool) -> web.StreamResponse:
    response = web.StreamResponse(status=206 if partial else 200)
    response.content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response.content_length = held.end - held.begin
    response.headers["Accept-Ranges"] = "bytes"
    if held.mark:
        response.headers["ETag"] = f'"{held.mark}"'
    if partial:
        response.headers["Content-Range"] = f"bytes {held.begin}-{held.end - 1}/{held.size}"
    _mark(response, name)
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    try:
        async for part in held.parts:
            await response.write(part)
    except FilesAway:  # too late for another answer: the reader sees by the length that it is cut
        if request.transport is not None:
            request.transport.close()
        return response
    await response.write_eof()
    return response


def _mark(response: web.StreamResponse, name: str) -> None:
    """Say how long a file may be kept, and by whom."""
    kept = "public, max-age=86400" if name.startswith(GUIDES) else "private, max-age=3600"
    # What is deleted here, a screenshot or a list of names, is not to live on in a cache between. A drawing's name
    # is the hash of what is drawn.
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if is_drawn(name) else kept
    response.headers["X-Content-Type-Options"] = "nosniff"
