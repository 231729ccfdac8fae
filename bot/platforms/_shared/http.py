"""HTTP as every adapter needs it: failures as decisions, files of people, the secret of a webhook, pauses."""

from __future__ import annotations

import asyncio
import hmac
import socket
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import TypeVar

from aiohttp import (
    AddrInfoType,
    ClientConnectorError,
    ClientError,
    ClientHttpProxyError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    InvalidURL,
    StreamReader,
    TCPConnector,
    web,
)
from pydantic import BaseModel, ValidationError
from yarl import URL

from bot.core.platform import Rejected, Unreachable

from .addresses import is_public

_NOT_SENT = (ClientConnectorError, ClientHttpProxyError, ConnectionTimeoutError, InvalidURL)
_FETCHING = ClientTimeout(total=120, sock_connect=10, sock_read=30)
_LONGEST_PAUSE = 60.0

M = TypeVar("M", bound=BaseModel)


def read(model: type[M], raw: object) -> M | None:
    """Read a model from JSON bytes or from decoded JSON; None if they do not hold one."""
    try:
        return model.model_validate_json(raw) if isinstance(raw, bytes) else model.model_validate(raw)
    except ValidationError:
        return None


def unanswered(error: ClientError | TimeoutError, what: str) -> Unreachable:
    """Return the error for a request that got no answer, without the address, which may hold a token."""
    return Unreachable(f"{what}: {type(error).__name__}", maybe_sent=not isinstance(error, _NOT_SENT))


def has_secret(request: web.Request, header: str, secret: str) -> bool:
    """Tell whether a webhook's caller knows our secret, in constant time."""
    given = request.headers.get(header, "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, secret.encode())


def clock_of(date: str) -> datetime | None:
    """Return the time of a `Date` header, None for one that cannot be read."""
    try:
        return parsedate_to_datetime(date).astimezone(UTC)
    except ValueError:
        return None


def delay(failures: int) -> float:
    """Return the seconds to wait after so many failures in a row: 1, 2, 4, … 60."""
    return min(2.0 ** min(failures - 1, 6), _LONGEST_PAUSE)


async def up_to(limit: int, content: StreamReader) -> bytes | None:
    """Return a whole body; None if it is longer than `limit` bytes, and then no more than that is read."""
    try:
        await content.readexactly(limit + 1)
    except asyncio.IncompleteReadError as whole:
        return whole.partial
    return None


async def download(http: ClientSession, address: str, limit: int) -> bytes:
    """Return a file of at most `limit` bytes; raise as `Platform.fetch` does, without the address."""
    try:
        async with http.get(address, timeout=_FETCHING, allow_redirects=False) as answer:
            if answer.status == 429 or answer.status >= 500:
                raise Unreachable(f"the file: HTTP {answer.status}", maybe_sent=False)
            if answer.status != 200:
                raise Rejected(f"the file cannot be had: HTTP {answer.status}")
            too_large = (answer.content_length or 0) > limit
            data = None if too_large else await up_to(limit, answer.content)
    except ClientConnectorError as error:
        if isinstance(error.os_error, PermissionError):
            raise Rejected("the file's address is not a public one") from None
        raise Unreachable(f"the file: {type(error).__name__}", maybe_sent=False) from None
    except InvalidURL:
        raise Rejected("the file has no address") from None
    except (ClientError, TimeoutError) as error:
        raise Unreachable(f"the file: {type(error).__name__}", maybe_sent=False) from None
    if data is None:
        raise Rejected(f"the file is larger than {limit} bytes")
    return data


async def download_from_anywhere(address: str, limit: int) -> bytes:
    """Download as `download` does from an address chosen by others: over HTTPS and from the internet only."""
    if not address.startswith("https://"):
        raise Rejected("the file's address is not a safe one")
    connector = TCPConnector(socket_factory=public_socket)
    # Not unpacked: a few packed bytes can be a great many.
    async with ClientSession(
        connector=connector, auto_decompress=False, headers={"Accept-Encoding": "identity"}
    ) as http:
        return await download(http, address, limit)


def same_origin(one: str, other: str) -> bool:
    """Tell whether two addresses have scheme, host and port in common."""
    try:
        return URL(one).origin() == URL(other).origin()
    except ValueError:
        return False


def public_socket(info: AddrInfoType) -> socket.socket:
    """Refuse aiohttp's connector a socket to this machine or to its local network.

    Names are checked here after they are resolved, so the address cannot change any more.
    """
    family, kind, protocol, _, where = info
    if not is_public(ip_address(str(where[0]))):
        raise PermissionError("not a public address")
    return socket.socket(family, kind, protocol)
