"""A base of fakes: HTTP on 127.0.0.1, faults on request, and three books that are kept apart.

Calls that were made (`calls`), things that the server took (`accepted`) and its answers (`answers`) differ on a bad
line: a call can be carried out and its answer lost. A fake enforces the vendor's limits in `carry_out`, by raising
`No`.
"""

from __future__ import annotations

import asyncio
import io
from abc import ABC, abstractmethod
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

import aiohttp
from aiohttp import web


@dataclass(frozen=True)
class Fault:
    """How one call goes wrong. `accepts`: the call is carried out first and only its answer is spoilt.

    error: the vendor says no, with `code` and `words`. drop: the line breaks. html: a page of a proxy. half: the answer
    breaks off. odd: an answer in the vendor's form that says neither yes nor no. delay: it takes `seconds`.
    """

    kind: Literal["error", "drop", "html", "half", "odd", "delay"]
    accepts: bool = False
    code: int = 0
    words: str = ""
    status: int = 0
    seconds: float = 0
    retry_after: int = 0


def error(code: int, words: str = "", *, status: int | None = None, retry_after: int = 0) -> Fault:
    """Refuse with `code`; the HTTP status is the code too unless `status` says otherwise."""
    return Fault("error", code=code, words=words, status=code if status is None else status, retry_after=retry_after)


DROP_BEFORE = Fault("drop")
DROP_AFTER = Fault("drop", accepts=True)
HTML_502 = Fault("html", accepts=True, status=502)
HALF_BODY = Fault("half", accepts=True)
ODD = Fault("odd", accepts=False)
PHOTO = "photo"
"""The call by which what people sent is had; its faults are named so."""


class No(Exception):
    """The vendor refuses a call."""

    def __init__(self, code: int, words: str, status: int | None = None) -> None:
        super().__init__(words)
        self.code = code
        self.words = words
        self.status = code if status is None else status


class Vendor(ABC):
    """`async with Vendor() as vendor:`; give `vendor.base` to the adapter.

    `photos`: what lies at `BASE/photo/NAME`. `fail(call, …)`: the next calls of that name go wrong, one fault a call.
    """

    half = b'{"id'
    """How an answer begins that breaks off."""
    odd = b"{}"
    """An answer that nobody understands."""

    def __init__(self) -> None:
        self.base = ""
        self.calls: list[str] = []
        self.answers: list[tuple[str, str]] = []
        self.photos: dict[str, bytes] = {}
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._called = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._client: aiohttp.ClientSession | None = None

    @abstractmethod
    def routes(self, app: web.Application) -> None:
        """Add the vendor's addresses; their handlers call `serve`."""

    @abstractmethod
    async def carry_out(self, call: str, request: web.Request) -> web.Response:
        """Do what is asked within the vendor's limits; raise No."""

    @abstractmethod
    def refusal(self, no: No, retry_after: int = 0) -> web.Response:
        """Return the vendor's form of a no."""

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        self.routes(app)
        app.router.add_get("/photo/{name}", self._serve_photo)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.base = f"http://{host}:{port}"
        self._client = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, e: BaseException | None, t: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.close()
        await self.goes_away()

    async def goes_away(self) -> None:
        """Answer nobody any more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def fail(self, call: str, *faults: Fault) -> None:
        """Let the next calls of this name go wrong, one fault a call."""
        self._faults[call].extend(faults)

    async def called(self, call: str, times: int) -> None:
        """Return when `call` was made so often (10 s at most)."""
        async with asyncio.timeout(10), self._called:
            await self._called.wait_for(lambda: self.calls.count(call) >= times)

    async def post_to(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Post a raw body to the bot, as the vendor or as anybody; return the status."""
        if self._client is None:
            raise RuntimeError("the server does not run")
        async with self._client.post(url, data=io.BytesIO(body), headers=headers) as response:
            return response.status

    async def serve(self, call: str, request: web.Request) -> web.StreamResponse:
        """Answer a call, or break it as the next fault of its name says."""
        async with self._called:
            self.calls.append(call)
            self._called.notify_all()
        fault = self._faults[call].popleft() if self._faults[call] else None
        if fault is not None and fault.kind == "error":
            return self._say(call, self.refusal(No(fault.code, fault.words, fault.status), fault.retry_after))
        if fault is not None and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        if fault is None or fault.kind == "delay":
            return self._say(call, await self._carried_out(call, request))
        answer = await self._carried_out(call, request) if fault.accepts else web.Response()
        return await self._spoil(call, request, fault, answer)

    async def _carried_out(self, call: str, request: web.Request) -> web.Response:
        try:
            return await self.carry_out(call, request)
        except No as no:
            return self.refusal(no)

    def _say(self, call: str, answer: web.Response) -> web.Response:
        self.answers.append((call, str(answer.status)))
        return answer

    async def _serve_photo(self, request: web.Request) -> web.StreamResponse:
        data = self.photos.get(request.match_info["name"])
        answer = web.Response(body=data) if data is not None else web.Response(status=404)
        fault = self._faults[PHOTO].popleft() if self._faults[PHOTO] else None
        if fault is not None and fault.kind == "error":
            return web.Response(status=fault.status)
        return await self._spoil(PHOTO, request, fault, answer) if fault is not None else answer

    async def _spoil(self, call: str, request: web.Request, fault: Fault, answer: web.Response) -> web.StreamResponse:
        self.answers.append((call, fault.kind))
        if fault.kind == "html":
            return web.Response(status=fault.status, text="<html>Bad Gateway</html>", content_type="text/html")
        if fault.kind == "odd":
            return web.Response(body=self.odd, content_type="application/json")
        half = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
        if fault.kind == "half":
            await half.prepare(request)
            await half.write(self.half)
        if request.transport is not None:
            request.transport.close()
        return half if fault.kind == "half" else answer
