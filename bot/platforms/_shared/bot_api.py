"""`POST …/botTOKEN/METHOD`, answered by `{"ok": …}`: Telegram's form of an API, which Zalo took over.

The token stands in every address: no exception of the HTTP client leaves this module, and no error carries the token.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from aiohttp import ClientError, ClientSession, ClientTimeout, FormData, InvalidURL
from msgspec.json import Encoder
from pydantic import BaseModel, ValidationError
from yarl import URL

from bot.core.platform import Unreachable
from bot.core.text import clean

from .http import clock_of, download, unanswered

WORDS_LIMIT = 200
TOO_LARGE = 413
_JSON = Encoder()
_IS_JSON = {"Content-Type": "application/json"}


class _Parameters(BaseModel, defer_build=True):
    retry_after: float | None = None
    migrate_to_chat_id: int | None = None


class _Answer(BaseModel, defer_build=True):
    ok: bool
    result: object = None
    error_code: int = 0
    description: str | None = None
    parameters: _Parameters | None = None


class Refused(Exception):
    """The vendor said no, with its error code and its words; `retry_after` (seconds) and `moved_to` where it tells."""

    def __init__(self, code: int, words: str, retry_after: float | None = None, moved_to: int | None = None) -> None:
        super().__init__(f"error {code}: {words}")
        self.code = code
        self.words = words
        self.retry_after = retry_after
        self.moved_to = moved_to


@lru_cache(maxsize=8)
def _limit(seconds: float) -> ClientTimeout:
    return ClientTimeout(total=seconds, sock_connect=10)


class BotApi:
    """One bot's methods. `proxy` is the address of an HTTP proxy."""

    def __init__(self, base: str, token: str, proxy: str | None = None) -> None:
        self._base = base
        self._token = token
        self._proxy = proxy
        self._http: ClientSession | None = None
        self._date = ""
        self._addresses: dict[str, URL] = {}

    @property
    def http(self) -> ClientSession:
        """Return the session, made when it is first needed: aiohttp wants a running loop."""
        if self._http is None:
            self._http = ClientSession(proxy=self._proxy)
        return self._http

    @property
    def clock(self) -> datetime | None:
        """Return the vendor's time at its last answer."""
        return clock_of(self._date)

    async def call(self, method: str, body: Mapping[str, object] | FormData, seconds: float) -> object:
        """Call a method and return the `result` of the answer; raise Refused or Unreachable."""
        # The library would write JSON with Python's own encoder, and take each address apart anew.
        data, headers = (body, None) if isinstance(body, FormData) else (_JSON.encode(body), _IS_JSON)
        try:
            async with self.http.post(
                self._address(method), data=data, headers=headers, timeout=_limit(seconds), allow_redirects=False
            ) as response:
                status, raw = response.status, await response.read()
                self._date = response.headers.get("Date", "")
        except (ClientError, TimeoutError) as error:
            raise unanswered(error, method) from None
        try:
            answer = _Answer.model_validate_json(raw)
        except ValidationError:
            if status == TOO_LARGE:  # by a proxy on the way, in HTML
                raise Refused(status, "Request Entity Too Large") from None
            raise Unreachable(f"{method}: HTTP {status} without a readable answer", maybe_sent=True) from None
        if answer.ok:
            return answer.result
        words = clean((answer.description or "").replace(self._token, "…"))[:WORDS_LIMIT]
        more = answer.parameters or _Parameters()
        raise Refused(answer.error_code or status, words, more.retry_after, more.migrate_to_chat_id)

    def _address(self, method: str) -> URL:
        if (known := self._addresses.get(method)) is None:
            address = f"{self._base}/bot{self._token}/{method}"
            try:
                known = self._addresses[method] = URL(address)
            except ValueError:
                raise InvalidURL(address) from None
        return known

    async def download(self, path: str, limit: int) -> bytes:
        """Return at most `limit` bytes of a file on the server of the methods; raise as `Platform.fetch` does."""
        return await download(self.http, f"{self._base}/file/bot{self._token}/{path}", limit)

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
