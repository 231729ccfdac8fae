"""Calls of an API that takes its token in the `Authorization` header: answers up to a limit, no token told."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import ClientError, ClientSession, ClientTimeout, FormData

from bot.core.platform import Unreachable
from bot.core.text import clean

from .http import download, unanswered, up_to

CALL_SECONDS = 20.0
ANSWER_LIMIT = 1024 * 1024
WORDS_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """`pause` is what `Retry-After` says, None when it says nothing."""

    status: int
    body: bytes
    pause: float | None = None


class BearerApi:
    """One account's calls of the server at `base`."""

    def __init__(self, base: str, token: str) -> None:
        self._base = base
        self._token = token
        self._session: ClientSession | None = None

    @property
    def _http(self) -> ClientSession:
        """Return the session, made when it is first needed: aiohttp wants a running loop."""
        if self._session is None:
            self._session = ClientSession(headers={"Authorization": f"Bearer {self._token}"})
            # aiohttp makes a PUT once more by itself; a call that failed is a decision here, and the core's to repeat.
            self._session._retry_connection = False  # noqa: SLF001 - there is no other way
        return self._session

    async def ask(
        self,
        method: str,
        path: str,
        *,
        fields: Mapping[str, object] | None = None,
        query: Mapping[str, str] | None = None,
        data: bytes | FormData | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = CALL_SECONDS,
        limit: int = ANSWER_LIMIT,
    ) -> Answer:
        """Return the answer, whatever it says; raise Unreachable where there is none that could be read."""
        content = io.BytesIO(data) if isinstance(data, bytes) else data
        within = ClientTimeout(total=seconds, sock_connect=10)
        try:
            async with self._http.request(
                method, f"{self._base}{path}", json=fields, params=query, data=content, headers=headers, timeout=within,
                allow_redirects=False,
            ) as response:  # fmt: skip
                status, body = response.status, await up_to(limit, response.content)
                pause = response.headers.get("Retry-After", "")
        except (ClientError, TimeoutError) as error:
            raise unanswered(error, path.partition("?")[0]) from None
        if body is None:
            raise Unreachable(f"an answer of more than {limit} bytes", maybe_sent=True)
        return Answer(status, body, float(pause) if pause.isascii() and pause.isdigit() else None)

    async def download(self, address: str, limit: int) -> bytes:
        """Return a file of at most `limit` bytes from a server of the same vendor; raise as `Platform.fetch` does."""
        return await download(self._http, address, limit)

    def words(self, text: str) -> str:
        """Return a vendor's words for logs and errors: short, and without the token, which it may say back."""
        return clean(text.replace(self._token, "…"))[:WORDS_LIMIT]

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
