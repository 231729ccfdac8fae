"""Forms of the desk: a token that only our own pages know, an id that acts once, and fields read with limits."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import sha256

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import BadHttpMessage
from msgspec import Struct

from bot.core.lean import patterns
from bot.core.machine import chance
from bot.core.text import clean

from .visit import Upload

TOKEN, ID = "the", "phieu"
_ID = patterns.compile(r"[0-9a-f]{32}")
_MOST_FIELDS = 12_000
"""A pasted table of 10,000 cells is one field; a form of that many inputs is none of ours."""
_MOST_PARTS = 200
"""Of a form with files; each one costs far more time than a field of the other kind."""
_BYTES = 32


class Sent(Struct, frozen=True):
    """The content of a form. `id` is "" where it is none of ours."""

    fields: Mapping[str, Sequence[str]]
    files: Mapping[str, Upload]
    id: str
    token: str


class TooLarge(Exception):
    """A form that brings more than its page takes."""


class Malformed(Exception):
    """A form with files that was cut, or that no browser made."""


def new_id() -> str:
    return chance.token_hex(16)


def token(secret: str) -> str:
    """Return the token of a session's forms, each time in other letters.

    Pages are compressed, and a token that always looks the same could be guessed from their length (BREACH).
    """
    mask = chance.token_bytes(_BYTES)
    return urlsafe_b64encode(mask + _mixed(_digest(secret), mask)).decode()


def fits(given: str, secret: str) -> bool:
    """Tell whether a token is one of this session's."""
    try:
        raw = urlsafe_b64decode(given.encode())
    except ValueError:
        return False
    return len(raw) == 2 * _BYTES and hmac.compare_digest(_mixed(raw[_BYTES:], raw[:_BYTES]), _digest(secret))


def _digest(secret: str) -> bytes:
    return sha256(f"desk form {secret}".encode()).digest()


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


async def read(request: web.Request, largest: int) -> Sent:
    """Read a form of any of the two kinds; raise TooLarge or Malformed."""
    fields: dict[str, list[str]] = {}
    files: dict[str, Upload] = {}
    if (request.content_length or 0) > largest:
        raise TooLarge
    if request.content_type == "multipart/form-data":
        await _parts(request, largest, fields, files)
    else:
        body = bytearray()
        async for chunk in request.content.iter_chunked(64 * 1024):
            body += chunk
            if len(body) > largest:
                raise TooLarge
        for name, value in _pairs(bytes(body)):
            fields.setdefault(name, []).append(value)
    if sum(map(len, fields.values())) > _MOST_FIELDS:
        raise TooLarge
    own_id = next(iter(fields.pop(ID, ())), "")
    own_token = next(iter(fields.pop(TOKEN, ())), "")
    return Sent(fields, files, own_id if _ID.fullmatch(own_id) else "", own_token)


def _pairs(body: bytes) -> Sequence[tuple[str, str]]:
    from urllib.parse import parse_qsl

    try:
        found = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise TooLarge from None
    return [(name, _lines(value)) for name, value in found]


def _lines(value: str) -> str:
    """Return a value as people typed it: browsers send a line's end as two characters."""
    return clean(value.replace("\r\n", "\n"))


async def _each(request: web.Request) -> AsyncIterator[BodyPartReader]:
    """Return the parts one after the other; raise Malformed."""
    try:
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise Malformed
            yield part
    except (ValueError, AssertionError, BadHttpMessage) as error:
        raise Malformed from error


async def _parts(request: web.Request, largest: int, fields: dict[str, list[str]], files: dict[str, Upload]) -> None:
    # Browsers say how much they send. Without that, heads of parts could come for ever, and nothing counts those.
    if request.content_length is None:
        raise Malformed
    count = 0
    async for part in _each(request):
        count += 1
        if count > _MOST_PARTS:
            raise TooLarge
        if part.name is None:
            continue
        data = bytearray()
        while chunk := await part.read_chunk():
            data += chunk
        if part.filename:
            mime = part.headers.get("Content-Type", "application/octet-stream").partition(";")[0]
            files[part.name] = Upload(clean(part.filename)[:120], mime, bytes(data))
        elif part.filename is None:
            fields.setdefault(part.name, []).append(_lines(data.decode("utf-8", "replace")))
