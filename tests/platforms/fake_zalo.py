"""A Zalo Bot Platform on 127.0.0.1, with its limits and its awkward sides.

What the server accepted (`accepted`) is recorded apart from how it answered (`answers`): a call can be carried out and
its answer lost. `says`, `sends_photo` … act as a person and return when the message is delivered (webhook) or waits
for a poll.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

import aiohttp
from aiohttp import web
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from bot.core.text import utf16_len

SECRET_HEADER = "X-Bot-Api-Secret-Token"
GROUP_PREFIX = "zgr-"
TOKEN = "123456789:langso-secret-of-a-test"
STYLES = frozenset({"b", "i", "u", "s", "f_13", "f_15", "f_18", "f_20", "lst_1", "lst_2"})

Json = dict[str, JsonValue]


@dataclass(frozen=True)
class Fault:
    """How one call goes wrong. `accepts`: the call is carried out first and only its answer is spoilt."""

    kind: Literal["error", "drop", "html", "half", "delay"]
    accepts: bool = False
    code: int = 0
    words: str = ""
    status: int = 0
    seconds: float = 0


def error(code: int, words: str = "", *, status: int | None = None) -> Fault:
    """`ok: false` with `code`; the HTTP status is the code too unless `status` says otherwise."""
    return Fault("error", code=code, words=words, status=code if status is None else status)


DROP_BEFORE = Fault("drop")
DROP_AFTER = Fault("drop", accepts=True)
HTML_502 = Fault("html", accepts=True, status=502)
HALF_BODY = Fault("half", accepts=True)


@dataclass(frozen=True)
class Accepted:
    """A message that the server took; `delivered` is False where the real one says ok and shows nothing."""

    method: str
    chat_id: str
    message_id: str
    text: str = ""
    styles: tuple[tuple[int, int, tuple[str, ...]], ...] = ()
    photo: str = ""
    voice: str = ""
    delivered: bool = True


class _Style(BaseModel):
    model_config = ConfigDict(extra="forbid")
    start: int
    len: int
    st: tuple[str, ...]


class _Body(BaseModel):
    """All that the methods read; the server ignores what it does not know."""

    chat_id: str = ""
    text: str = ""
    text_styles: tuple[_Style, ...] = ()
    photo: str = ""
    caption: str = ""
    voice_url: str = ""
    sticker: str = ""
    timeout: str | int = "30"
    url: str = ""
    secret_token: str = ""


def _now() -> int:
    """Milliseconds: the vendor's unit."""
    return int(time.time() * 1000)


class _No(Exception):
    def __init__(self, code: int, words: str, status: int | None = None) -> None:
        super().__init__(words)
        self.code = code
        self.words = words
        self.status = code if status is None else status


class FakeZalo:
    """`async with FakeZalo() as zalo:`; give `zalo.base` and `zalo.token` to the adapter.

    `window` is how long an empty poll waits at most, in seconds. `replay`: a poll gets the last update again when there
    is no new one. `keeps`: messages wait for a poller (the real server may lose them). `wrapped`: the form of webhook
    bodies. `quota`: messages until error 429. `errors_are_200`: errors come with HTTP 200. `gone`: chats that are not
    there any more. `photos`: what lies at `BASE/photo/NAME`.
    """

    def __init__(
        self,
        *,
        token: str = TOKEN,
        account_name: str = "bot.langso",
        window: float = 0.05,
        allow_local_webhook: bool = True,
    ) -> None:
        self.token = token
        self.account_name = account_name
        self.window = window
        self.allow_local_webhook = allow_local_webhook
        self.replay = False
        self.keeps = True
        self.wrapped = True
        self.photo_field: Literal["photo", "photo_url"] = "photo_url"
        self.quota: int | None = None
        self.errors_are_200 = False
        self.gone: set[str] = set()
        self.photos: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.answers: list[tuple[str, str]] = []
        self.accepted: list[Accepted] = []
        self.undelivered: list[Json] = []
        self.polls_answered = 0
        self.webhook: tuple[str, str] | None = None
        self.base = ""
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._updates: deque[Json] = deque()
        self._last: Json | None = None
        self._arrived = asyncio.Event()
        self._call = asyncio.Condition()
        self._pollers = 0
        self._ids = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self._client: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._serve)
        app.router.add_get("/photo/{name}", self._serve_photo)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
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

    # What a test sets up and looks at.

    def fail(self, method: str, *faults: Fault) -> None:
        """The next calls of `method` go wrong, one fault a call."""
        self._faults[method].extend(faults)

    @property
    def sends(self) -> int:
        """Calls that send something, accepted or not."""
        return sum(1 for method in self.calls if method.startswith("send"))

    def heard(self, chat_id: str) -> list[str]:
        """What the people of a chat have been shown."""
        return [item.text for item in self.accepted if item.chat_id == chat_id and item.delivered]

    async def called(self, method: str, times: int) -> None:
        """Returns when `method` has been called so often (10 s at most)."""
        async with asyncio.timeout(10), self._call:
            await self._call.wait_for(lambda: self.calls.count(method) >= times)

    # What a person does.

    async def says(
        self, text: str, *, who: str = "u1", name: str = "An", chat: str = "", mention: str | None = None
    ) -> int:
        """A text. `chat` is a group ("zgr-…") or, by default, private; in a group without `mention` nobody forwards it.

        Returns the status that the webhook gave, 200 when the update waits for a poll, 0 when it was not forwarded.
        """
        if chat and mention is None:
            return 0
        return await self._deliver("text", who, name, chat, {"text": f"@{mention} {text}" if chat else text})

    async def sends_photo(
        self,
        url: str,
        caption: str = "",
        *,
        who: str = "u1",
        name: str = "An",
        chat: str = "",
        mention: str | None = None,
    ) -> int:
        if chat and mention is None:
            return 0
        words = f"@{mention} {caption}" if chat else caption
        return await self._deliver("image", who, name, chat, {self.photo_field: url, "caption": words})

    async def sends_voice(self, url: str, *, who: str = "u1", name: str = "An") -> int:
        return await self._deliver("voice", who, name, "", {"voice_url": url})

    async def sends_sticker(self, *, who: str = "u1", name: str = "An") -> int:
        return await self._deliver("sticker", who, name, "", {"sticker": "s1", "url": "https://zalo.example/s1.png"})

    async def sends_unsupported(self, *, who: str = "u1", name: str = "An") -> int:
        return await self._deliver("unsupported", who, name, "", {})

    async def push(self, update: Json) -> int:
        """Any update: to the webhook if one is set, else to whoever polls."""
        if self.webhook is None:
            if self.keeps or self._pollers:
                self._updates.append(update)
                self._arrived.set()
            else:
                self.undelivered.append(update)
            return 200
        url, secret = self.webhook
        body: Json = {"ok": True, "result": update} if self.wrapped else update
        return await self.post(url, json.dumps(body).encode(), secret)

    async def post(self, url: str, body: bytes, secret: str | None) -> int:
        """A raw webhook body; `secret` None sends no header."""
        if self._client is None:
            raise RuntimeError("the server does not run")
        headers = {"Content-Type": "application/json"} | ({} if secret is None else {SECRET_HEADER: secret})
        async with self._client.post(url, data=io.BytesIO(body), headers=headers) as response:
            return response.status

    async def _deliver(self, kind: str, who: str, name: str, chat: str, content: Json) -> int:
        sender: Json = {"id": who, "display_name": name, "is_bot": False}
        where: Json = {"id": chat or who, "chat_type": "GROUP" if chat else "PRIVATE"}
        message: Json = {
            "from": sender, "chat": where, "message_id": f"in{next(self._ids)}", "date": _now(), **content,
        }  # fmt: skip
        return await self.push({"event_name": f"message.{kind}.received", "message": message})

    # The server.

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        async with self._call:
            self.calls.append(method)
            self._call.notify_all()
        if request.match_info["token"] != self.token:
            return self._say(method, self._refusal(_No(401, "Unauthorized")))
        fault = self._faults[method].popleft() if self._faults[method] else None
        if fault is not None and fault.kind == "error":
            return self._say(method, self._refusal(_No(fault.code, fault.words, fault.status)))
        if fault is not None and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        if fault is None or fault.kind == "delay":
            return self._say(method, await self._carry_out(method, request))
        answer = await self._carry_out(method, request) if fault.accepts else web.Response()
        return await self._spoil(method, request, fault, answer)

    async def _serve_photo(self, request: web.Request) -> web.StreamResponse:
        data = self.photos.get(request.match_info["name"])
        answer = web.Response(body=data) if data is not None else web.Response(status=404)
        fault = self._faults["photo"].popleft() if self._faults["photo"] else None
        return await self._spoil("photo", request, fault, answer) if fault is not None else answer

    async def _spoil(self, method: str, request: web.Request, fault: Fault, answer: web.Response) -> web.StreamResponse:
        self.answers.append((method, fault.kind))
        if fault.kind == "html":
            return web.Response(status=fault.status, text="<html>Bad Gateway</html>", content_type="text/html")
        half = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
        if fault.kind == "half":
            await half.prepare(request)
            await half.write(b'{"ok":true,"result":{"mess')
        if request.transport is not None:
            request.transport.close()
        return half if fault.kind == "half" else answer

    def _say(self, method: str, answer: web.Response) -> web.Response:
        self.answers.append((method, str(answer.status)))
        return answer

    def _refusal(self, no: _No) -> web.Response:
        body = {"ok": False, "description": no.words, "error_code": no.code}
        return web.json_response(body, status=200 if self.errors_are_200 else no.status)

    async def _carry_out(self, method: str, request: web.Request) -> web.Response:
        try:
            raw = await request.read()
            result = await self._run(method, _Body.model_validate_json(raw or b"{}"), request)
        except ValidationError:
            return self._refusal(_No(400, "Bad request"))
        except _No as no:
            return self._refusal(no)
        return web.json_response({"ok": True, "result": result, "error_code": 0})

    async def _run(self, method: str, body: _Body, request: web.Request) -> JsonValue:
        match method:
            case "getMe":
                return {"id": "1", "account_name": self.account_name, "account_type": "BASIC", "can_join_groups": True}
            case "getUpdates":
                return await self._poll(float(body.timeout), request)
            case "setWebhook":
                return self._set_webhook(body)
            case "deleteWebhook":
                self.webhook = None
                return {"url": "", "updated_at": _now()}
            case "getWebhookInfo":
                if self.webhook is None:
                    raise _No(404, "Not Found")
                return {"url": self.webhook[0], "updated_at": _now()}
            case "sendMessage" | "sendPhoto" | "sendVoice" | "sendSticker":
                return self._send(method, body)
            case "sendChatAction":
                return {"ok": True}
        raise _No(404, "Not Found")

    async def _poll(self, seconds: float, request: web.Request) -> JsonValue:
        if self.webhook is not None:
            raise _No(400, "Bad request: a webhook is set")
        self._pollers += 1
        try:
            if not self._updates and self.replay and self._last is not None:
                self.polls_answered += 1
                return self._last
            while not self._updates:
                self._arrived.clear()
                await asyncio.wait_for(self._arrived.wait(), min(seconds, self.window))
        except TimeoutError:
            raise _No(408, "Request timeout") from None
        finally:
            self._pollers -= 1
        if request.transport is None or request.transport.is_closing():
            raise _No(408, "Request timeout")  # the poller hung up: the update waits for the next one
        self._last = self._updates.popleft()
        self.polls_answered += 1
        return self._last

    def _set_webhook(self, body: _Body) -> JsonValue:
        local = body.url.startswith("http://127.0.0.1:")
        if not body.url.startswith("https://") and not (local and self.allow_local_webhook):
            raise _No(400, "Bad request: the webhook must be a public HTTPS address")
        if not 8 <= len(body.secret_token) <= 256:
            raise _No(400, "Bad request: secret_token has 8 to 256 characters")
        self.webhook = (body.url, body.secret_token)
        return {"url": body.url, "updated_at": _now(), "verification": {"ok": True, "status_code": 200}}

    def _send(self, method: str, body: _Body) -> JsonValue:
        if not body.chat_id or body.chat_id in self.gone:
            raise _No(404, "Not found")
        if self.quota is not None and len(self.accepted) >= self.quota:
            raise _No(429, "Quota exceeded")
        text = body.text if method == "sendMessage" else body.caption
        length = utf16_len(text)
        if length > 2000 or (method == "sendMessage" and not text):
            raise _No(400, "Bad request: text has 1 to 2000 characters")
        if any(style.start < 0 or style.len < 1 or style.start + style.len > length for style in body.text_styles):
            raise _No(400, "Bad request: text_styles outside the text")
        if any(code not in STYLES for style in body.text_styles for code in style.st):
            raise _No(400, "Bad request: unknown style")
        if method == "sendPhoto" and not body.photo.startswith(("https://", "http://")):
            raise _No(400, "Bad request: photo is not a public address")
        if method == "sendVoice" and not body.voice_url.endswith(".aac"):
            raise _No(400, "Bad request: voice_url is not an .aac file")
        message_id = f"out{next(self._ids)}"
        styles = tuple((style.start, style.len, style.st) for style in body.text_styles)
        delivered = method != "sendVoice" or not body.chat_id.startswith(GROUP_PREFIX)
        self.accepted.append(
            Accepted(method, body.chat_id, message_id, text, styles, body.photo, body.voice_url, delivered)
        )
        return {"message_id": message_id, "date": _now()}
