"""Calls to other programs over HTTP: to the internet and nothing nearer, following nothing, reading next to nothing."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from bot.features.programs.deliveries import Post, PostAnswer
from bot.platforms._shared.http import public_socket
from bot.settings import Settings

PATIENCE = 10.0
"""Seconds for the whole call: other work of the machine waits meanwhile."""
_USER_AGENT = "langso-webhooks"


def post_of(settings: Settings) -> Post:
    """Return what posts to addresses outside; with `webhooks_anywhere` also to this machine and its network."""
    return Outside(anywhere=settings.webhooks_anywhere).post


class Outside:
    """`tls` replaces the usual checks of certificates, for tests."""

    def __init__(
        self, *, anywhere: bool = False, patience: float = PATIENCE, tls: ssl.SSLContext | None = None
    ) -> None:
        self._anywhere = anywhere
        self._timeout = ClientTimeout(total=patience)
        self._tls = tls

    async def post(self, address: str, headers: Mapping[str, str], body: bytes) -> PostAnswer:
        """Post a body. A name is checked after it was resolved, so it cannot lead elsewhere any more."""
        if not self._anywhere and not address.startswith("https://"):
            return PostAnswer(0, "not https")
        connector = TCPConnector(
            socket_factory=None if self._anywhere else public_socket, ssl=self._tls or True, force_close=True
        )
        try:
            async with (
                ClientSession(
                    connector=connector, timeout=self._timeout, cookie_jar=DummyCookieJar(), auto_decompress=False
                ) as http,
                http.post(
                    address, data=body, headers={**headers, "User-Agent": _USER_AGENT}, allow_redirects=False
                ) as answer,
            ):
                return PostAnswer(answer.status)
        except (ClientError, OSError, TimeoutError, ValueError) as error:
            return PostAnswer(0, type(error).__name__)
