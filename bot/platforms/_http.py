"""HTTP as every adapter needs it: failures as decisions, files of people, the secret of a webhook, pauses."""

from __future__ import annotations

import asyncio
import hmac
import socket
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

_NOT_SENT = (ClientConnectorError, ClientHttpProxyError, ConnectionTimeoutError, InvalidURL)
_FETCHING = ClientTimeout(total=120, sock_connect=10, sock_read=30)
_LONGEST_PAUSE = 60.0

M = TypeVar("M", bound=BaseModel)


def read(model: type[M], raw: object) -> M | None:
    """From JSON bytes or from decoded JSON; None when it is not one."""
    try:
        return model.model_validate_json(raw) if isinstance(raw, bytes) else model.model_validate(raw)
    except ValidationError:
        return None


def unanswered(error: ClientError | TimeoutError, what: str) -> Unreachable:
    """The decision for a request that got no answer, without the address, which may hold a token."""
    return Unreachable(f"{what}: {type(error).__name__}", maybe_sent=not isinstance(error, _NOT_SENT))


def has_secret(request: web.Request, header: str, secret: str) -> bool:
    """Whether a webhook's caller knows our secret; takes as long for a wrong one as for the right one."""
    given = request.headers.get(header, "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, secret.encode())


def delay(failures: int) -> float:
    """Seconds to wait after so many failures in a row: 1, 2, 4, … 60."""
    return min(2.0 ** min(failures - 1, 6), _LONGEST_PAUSE)


async def up_to(limit: int, content: StreamReader) -> bytes | None:
    """A whole body, None if it is longer than `limit` bytes: then no more of it than that was read."""
    try:
        await content.readexactly(limit + 1)
    except asyncio.IncompleteReadError as whole:
        return whole.partial
    return None


async def download(http: ClientSession, address: str, limit: int) -> bytes:
    """A file of at most `limit` bytes; raises as `Platform.fetch` does, without the address."""
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
    """As `download`, of an address that somebody else chose: over HTTPS and from the internet only."""
    if not address.startswith("https://"):
        raise Rejected("the file's address is not a safe one")
    connector = TCPConnector(socket_factory=_public_socket)
    # Not unpacked: a few packed bytes can be a great many.
    async with ClientSession(
        connector=connector, auto_decompress=False, headers={"Accept-Encoding": "identity"}
    ) as http:
        return await download(http, address, limit)


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses have scheme, host and port in common."""
    try:
        return URL(one).origin() == URL(other).origin()
    except ValueError:
        return False


def _public_socket(info: AddrInfoType) -> socket.socket:
    """For aiohttp's connector: no socket to this machine or to the network it stands in.

    What a name stands for is known only here, and here it cannot change any more.
    """
    family, kind, protocol, _, where = info
    if not ip_address(str(where[0])).is_global:
        raise PermissionError("not a public address")
    return socket.socket(family, kind, protocol)
