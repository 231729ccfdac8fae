"""GapoWork on 127.0.0.1: its key, its 64-bit ids, exactly one receiver; a webhook that repeats itself."""

from __future__ import annotations

import io
import itertools
import json
import unicodedata
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web
from pydantic import BaseModel, ConfigDict, JsonValue, StrictInt, ValidationError

from bot.core.text import utf16_len

from .fake_zalo import Fault

BOT_ID = 5800000000000000001
PERSON, GROUP = 6900000000000000001, 555
TOKEN, OPENAPI_KEY = "gapo-token-of-a-test", "gapo-directory-key-of-a-test"
MENTION = "@Bot "
SEND, STAFF = "/3rd-bot/v1.0/3rd/messages", "/open-api/v2.0/exchange"
Json = dict[str, JsonValue]


@dataclass(frozen=True)
class Accepted:
    chat_id: str
    text: str


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: str
    text: str
    is_markdown_text: bool


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    bot_id: StrictInt
    receiver_id: StrictInt | None = None
    thread_id: StrictInt | None = None
    collab_id: StrictInt | None = None
    body: _Content


class FakeGapo:
    """`async with FakeGapo() as gapo:`; give `gapo.options(secret)` to the adapter and its webhook to `gapo.hook`.

    `faults`: the next sends go wrong, one fault a call. `delivers_all`: what is said in a group without a mention too.
    `people`: who may be written to.
    """

    def __init__(self) -> None:
        self.base = ""
        self.hook = ""
        self.delivers_all = False
        self.staff = {"NV001": PERSON}
        self.people = {PERSON}
        self.sends = 0
        self.look_ups = 0
        self.accepted: list[Accepted] = []
        self.faults: deque[Fault] = deque()
        self.pushed: list[bytes] = []
        self._ids = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self._client: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post(SEND, self._send)
        app.router.add_get(STAFF, self._look_up)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
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
        if self._runner is not None:
            await self._runner.cleanup()

    def options(self, secret: str) -> dict[str, str]:
        return {
            "bot_id": str(BOT_ID), "token": TOKEN, "hook_secret": secret, "openapi_key": OPENAPI_KEY,
            "api_base": self.base,
        }  # fmt: skip

    def heard(self, chat_id: int) -> list[str]:
        return [item.text for item in self.accepted if item.chat_id == str(chat_id)]

    async def says(self, text: str, *, group: bool = False, mention: bool = False, who: int = PERSON) -> int:
        """Returns the status that the webhook gave, 0 when the message was not forwarded. Words come decomposed."""
        if group and not mention and not self.delivers_all:
            return 0
        words = unicodedata.normalize("NFD", text)
        mentions: JsonValue = (
            [{"target": str(BOT_ID), "offset": 0, "length": len(MENTION) - 1}] if group and mention else []
        )
        message: Json = {
            "id": f"m{next(self._ids)}", "type": "text", "text": MENTION + words if mentions else words,
            "payload": "", "thread": {"id": GROUP if group else 7, "type": "group" if group else "direct"},
            "metadata": {"mentions": mentions, "is_markdown_text": False, "reply_to_message": {}},
        }  # fmt: skip
        return await self.push({
            "id": f"ev{next(self._ids)}", "event": "message_created", "thread_id": GROUP if group else 7,
            "from_user_id": who, "to_bot_id": BOT_ID, "message": message,
        })  # fmt: skip

    async def push(self, update: Json) -> int:
        self.pushed.append(json.dumps(update, ensure_ascii=False).encode())
        return await self.again()

    async def again(self) -> int:
        """The newest update (once more), as after an answer that came too late."""
        return await self.post(self.pushed[-1], self.hook)

    async def post(self, body: bytes, address: str) -> int:
        if self._client is None:
            raise RuntimeError("the server does not run")
        async with self._client.post(address, data=io.BytesIO(body)) as response:
            return response.status

    async def _send(self, request: web.Request) -> web.StreamResponse:
        self.sends += 1
        fault = self.faults.popleft() if self.faults else None
        if fault is not None and fault.kind == "error":
            return web.json_response({"message": fault.words}, status=fault.status)
        answer = self._take(request, await request.read()) if fault is None or fault.accepts else web.Response()
        if fault is None:
            return answer
        if fault.kind == "html":
            return web.Response(status=fault.status, text="<html>Bad Gateway</html>", content_type="text/html")
        half = web.StreamResponse(headers={"Content-Length": "1000"})
        if fault.kind == "half":
            await half.prepare(request)
            await half.write(b'{"mess')
        if request.transport is not None:
            request.transport.close()
        return half if fault.kind == "half" else answer

    def _take(self, request: web.Request, raw: bytes) -> web.Response:
        if request.headers.get("x-gapo-api-key") != TOKEN:
            return web.json_response({"message": "unauthorized"}, status=401)
        try:
            body = _Body.model_validate_json(raw)
        except ValidationError:
            return web.json_response({"message": "invalid body"}, status=400)
        named = [each for each in (body.receiver_id, body.thread_id, body.collab_id) if each is not None]
        if len(named) != 1 or body.bot_id != BOT_ID or not body.body.text or utf16_len(body.body.text) > 2000:
            return web.json_response({"message": "invalid body"}, status=400)
        if (body.receiver_id or PERSON) not in self.people or (body.thread_id or GROUP) != GROUP:
            return web.json_response({"message": "not found"}, status=404)
        self.accepted.append(Accepted(str(named[0]), body.body.text))
        return web.json_response({"message": "success", "data": {"id": next(self._ids)}})

    async def _look_up(self, request: web.Request) -> web.Response:
        self.look_ups += 1
        if request.headers.get("x-gapo-openapi-key") != OPENAPI_KEY:
            return web.json_response({"message": "unauthorized"}, status=401)
        found = self.staff.get(request.query.get("identifier_code", ""))
        return web.json_response({"message": "ok", "data": {"user_id": found} if found else None})
