"""Feeds: XML that readers ask for again and again, so that what has not changed is not sent again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote
from xml.etree import ElementTree as ET

from aiohttp import web

from bot.core.text import clean

ATOM = "http://www.w3.org/2005/Atom"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
ET.register_namespace("itunes", ITUNES)
ET.register_namespace("atom", ATOM)

MIMES: Mapping[str, str] = {
    "mp3": "audio/mpeg", "ogg": "audio/ogg", "m4a": "audio/mp4", "wav": "audio/wav", "pdf": "application/pdf",
    "png": "image/png", "jpg": "image/jpeg", "webp": "image/webp",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


def add(parent: ET.Element, name: str, text: str = "", /, **attributes: str) -> ET.Element:
    """Add an element to another; characters that XML cannot hold are stripped."""
    made = ET.SubElement(parent, name, {key: clean(value) for key, value in attributes.items()})
    made.text = clean(text) or None
    return made


def media_path(name: str) -> str:
    return f"/media/{quote(name)}"


def mime_of(media: str) -> str:
    return MIMES.get(media.rpartition(".")[2].lower(), "application/octet-stream")


def origin(request: web.Request, public_url: str | None) -> str:
    """Return the base of a feed's addresses: the public address, else the one that was asked."""
    return public_url or f"{request.scheme}://{request.host}"


def answer(request: web.Request, root: ET.Element, newest: datetime | None, content_type: str) -> web.Response:
    """Return the feed, or 304 for a reader who has it already."""
    body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    response = web.Response(body=body, content_type=content_type, charset="utf-8")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["X-Content-Type-Options"] = "nosniff"
    etag = hashlib.sha256(body).hexdigest()[:32]
    response.headers["ETag"] = f'"{etag}"'
    if newest is not None:
        response.last_modified = newest
    if _known(request, etag, newest):
        headers = {
            name: response.headers[name]
            for name in ("ETag", "Cache-Control", "Last-Modified")
            if name in response.headers
        }
        return web.Response(status=304, headers=headers)
    return response


def _known(request: web.Request, etag: str, newest: datetime | None) -> bool:
    """Tell whether the reader has this version. If an ETag is sent, it decides alone (RFC 9110, 13.2.2)."""
    if request.if_none_match is not None:
        return any(known.value in (etag, "*") for known in request.if_none_match)
    since = request.if_modified_since
    return since is not None and newest is not None and newest.astimezone(UTC).replace(microsecond=0) <= since
