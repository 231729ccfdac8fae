"""The reference gateway with faults: its answers break, its clock is the bot's, and it keeps what people see."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
import sqlite3
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Self

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.core.platform import Clock
from bot.platforms.bridge.wire import Out
from docs.gateway import Gateway
from tests.kit import StillClock

SECRET = "a secret that a gateway and a bot have in common"
RICH_CHAT: Mapping[str, object] = {
    "text_limit": 2000, "caption_limit": 1000, "buttons": 10, "row_width": 3, "label_limit": 40, "button_bytes": 64,
    "styles": True, "links": True, "edit": True, "photos": True, "audio_limit": 20_000_000, "file_limit": 20_000_000,
}  # fmt: skip
RICH_PROFILE: Mapping[str, object] = {
    "private": RICH_CHAT,
    "group": {**RICH_CHAT, "hears_everything": False, "sees_replies": True, "join_events": True},
}


@dataclass(frozen=True)
class Fault:
    """What breaks one call: the message is `taken` or not, then this answer goes out, or none where `status` is 0.

    `hangs`: no answer comes until the gateway ends or restarts.
    """

    status: int = 0
    body: str = ""
    taken: bool = False
    half: bool = False
    hangs: bool = False


def refuse(status: int, error: str, **more: str | float) -> Fault:
    return Fault(status, json.dumps({"error": error, "reason": "no", **more}))


class FakeGateway(Gateway):
    """`faults` break the next messages one by one. `delivered` are the bodies of what was taken, in order.

    `calls` counts messages asked for, `asked` the capabilities.
    """

    def __init__(
        self,
        profile: Mapping[str, object] = RICH_PROFILE,
        *,
        secret: str = SECRET,
        db: str = ":memory:",
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or StillClock()
        super().__init__(secret, "", profile, db, now=lambda: self.clock.now().timestamp())
        self._file = db
        weakref.finalize(self, self.db.close)  # many tests never serve it
        self.faults: deque[Fault] = deque()
        self.keys: list[str] = []
        self.delivered: list[Out] = []
        self.photos: dict[str, bytes] = {}
        self.photo_faults: deque[Fault] = deque()
        self.hung, self._end = asyncio.Event(), asyncio.Event()
        self.calls = 0
        self.answered = b""
        self.asked = 0
        self.away: Fault | None = None
        self._server: TestServer | None = None

    @property
    def base(self) -> str:
        assert self._server is not None
        return str(self._server.make_url("")).rstrip("/")

    def options(self) -> dict[str, str]:
        return {"url": self.base, "secret": self.secret}

    async def __aenter__(self) -> Self:
        app = self.app()
        app.middlewares.append(self._disturb)
        app.router.add_get("/photo/{name}", self._photo)
        self._server = TestServer(app)
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._end.set()
        await self._server.close()
        self.db.close()

    async def goes_away(self) -> None:
        """Answer nobody any more."""
        assert self._server is not None
        self._end.set()
        await self._server.close()

    def deliver(self, body: dict[str, dict[str, str]]) -> None:
        self.delivered.append(Out.model_validate(body))

    def restarts(self) -> None:
        """It knows what is on its disk and nothing else."""
        self._end.set()
        self._end = asyncio.Event()
        self.db.close()
        self.db = sqlite3.connect(self._file, isolation_level=None)
        weakref.finalize(self, self.db.close)

    def texts(self) -> list[str]:
        return [body.message.text for body in self.delivered]

    async def posts(
        self, body: bytes, secret: str | None, *, skew: float = 0, at: str | None = None, altered: bytes | None = None
    ) -> int:
        """A raw body, signed with any secret, or not at all with None; `at` and `altered` are put in afterwards."""
        timestamp = str(int(self.now() + skew))
        headers = {}
        if secret is not None:
            mark = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
            given = timestamp if at is None else at
            headers = {"X-Bridge-Timestamp": given, "X-Bridge-Signature": f"sha256={mark}"}
        async with (
            ClientSession() as http,
            http.post(f"{self.bot}{self.hook}", data=io.BytesIO(altered or body), headers=headers) as answer,
        ):
            self.answered = await answer.read()
            return answer.status

    @web.middleware
    async def _disturb(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if request.path == "/capabilities":
            self.asked += 1
            return await self._broken(request, self.away) if self.away is not None else await handler(request)
        if request.path != "/messages":
            return await handler(request)
        self.calls += 1
        self.keys.append(request.headers["Idempotency-Key"])
        assert json.loads(await request.read())["key"] == self.keys[-1]
        if not self.faults:
            return await handler(request)
        fault = self.faults.popleft()
        if fault.taken:
            answer = await handler(request)
            assert answer.status == 200, "the fake would not have taken it"
        return await self._broken(request, fault)

    async def _broken(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        assert request.transport is not None
        if fault.hangs:
            self.hung.set()
            await self._end.wait()
            return web.Response()
        if fault.half:
            response = web.StreamResponse(status=fault.status or 200, headers={"Content-Length": "1000"})
            await response.prepare(request)
            await response.write(b'{"id": "1')
            request.transport.close()
            return response
        if not fault.status:
            request.transport.close()
            await asyncio.sleep(0)
        return web.Response(status=fault.status or 500, text=fault.body)

    async def _photo(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if self.photo_faults:
            return await self._broken(request, self.photo_faults.popleft())
        return web.Response(body=self.photos[name]) if name in self.photos else web.Response(status=404)
