"""A Zalo Bot Platform on 127.0.0.1, with its limits and its awkward sides.

What the server accepted (`accepted`) is recorded apart from how it answered (`answers`): a call can be carried out and
its answer lost. `says`, `sends_photo` … act as a person and return when the message is delivered (webhook) or waits
for a poll.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from bot.core.text import utf16_len
from bot.testing.vendor import DROP_AFTER, DROP_BEFORE, HALF_BODY, HTML_502, Fault, No, Vendor, error

__all__ = [
    "DROP_AFTER",
    "DROP_BEFORE",
    "HALF_BODY",
    "HTML_502",
    "TOKEN",
    "Accepted",
    "FakeZalo",
    "Fault",
    "Plan",
    "error",
]

SECRET_HEADER = "X-Bot-Api-Secret-Token"
GROUP_PREFIX = "zgr-"
TOKEN = "123456789:langso-secret-of-a-test"
STYLES = frozenset({"b", "i", "u", "s", "f_13", "f_15", "f_18", "f_20", "lst_1", "lst_2"})

Json = dict[str, JsonValue]


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


@dataclass(frozen=True)
class Plan:
    """What a plan allows: messages of a month, people, groups. `inbound`: what people write counts, too."""

    messages: int = 3000
    people: int = 50
    groups: int = 3
    inbound: bool = False


class FakeZalo(Vendor):
    """`async with FakeZalo() as zalo:`; give `zalo.base` and `zalo.token` to the adapter.

    `window` is how long an empty poll waits at most, in seconds. `replay`: a poll gets the last update again when there
    is no new one. `keeps`: messages wait for a poller (the real server may lose them). `reaches`: the webhook's
    address can be called. `wrapped`: the form of webhook bodies. `quota`: messages until error 429. `errors_are_200`:
    errors come with HTTP 200. `gone`: chats that are not there any more. `photos`: what lies at `BASE/photo/NAME`.
    `plan`: what is beyond it is refused, and who is beyond it is not forwarded; `writers` is who wrote each message.
    `now` is the server's clock. `pushed` are the bodies that went to the webhook; `noted`: the newest was taken.
    """

    half = b'{"ok":true,"result":{"mess'
    odd = b'{"result":{}}'

    def __init__(
        self,
        *,
        token: str = TOKEN,
        account_name: str = "bot.langso",
        window: float = 0.05,
        allow_local_webhook: bool = True,
        plan: Plan | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.plan = plan
        self.now = now
        self.used: Counter[str] = Counter()
        self.members: set[str] = set()
        self.writers: list[str] = []
        self.token = token
        self.account_name = account_name
        self.window = window
        self.allow_local_webhook = allow_local_webhook
        self.replay = False
        self.keeps = True
        self.reaches = True
        self.wrapped = True
        self.photo_field: Literal["photo", "photo_url"] = "photo_url"
        self.quota: int | None = None
        self.errors_are_200 = False
        self.gone: set[str] = set()
        self.accepted: list[Accepted] = []
        self.undelivered: list[Json] = []
        self.pushed: list[bytes] = []
        self.noted = False
        self.polls_answered = 0
        self.webhook: tuple[str, str] | None = None
        self._updates: deque[Json] = deque()
        self._last: Json | None = None
        self._arrived = asyncio.Event()
        self._pollers = 0
        self._ids = itertools.count(1)

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/bot{token}/{method}", self._asked)

    async def _asked(self, request: web.Request) -> web.StreamResponse:
        return await self.serve(request.match_info["method"], request)

    # What a test sets up and looks at.

    @property
    def sends(self) -> int:
        """Calls that send something, accepted or not."""
        return sum(1 for method in self.calls if method.startswith("send"))

    def heard(self, chat_id: str) -> list[str]:
        """What the people of a chat have been shown."""
        return [item.text for item in self.accepted if item.chat_id == chat_id and item.delivered]

    # What a person does.

    async def says(
        self,
        text: str,
        *,
        who: str = "u1",
        name: str = "An",
        chat: str = "",
        mention: str | None = None,
        is_bot: bool = False,
    ) -> int:
        """A text. `chat` is a group ("zgr-…") or, by default, private; in a group without `mention` nobody forwards it.

        Returns the status that the webhook gave, 200 when the update waits for a poll, 0 when it was not forwarded.
        """
        if chat and mention is None:
            return 0
        words: Json = {"text": f"@{mention} {text}" if chat else text}
        return await self._deliver("text", who, name, chat, words, is_bot=is_bot)

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
        body: Json = {"ok": True, "result": update} if self.wrapped else update
        self.pushed.append(json.dumps(body).encode())
        return await self.again()

    async def again(self) -> int:
        """The newest update (once more), as after an answer that came too late."""
        assert self.webhook is not None
        status = await self.post(self.webhook[0], self.pushed[-1], self.webhook[1])
        self.noted = status == 200
        return status

    async def post(self, url: str, body: bytes, secret: str | None) -> int:
        """A raw webhook body; `secret` None sends no header."""
        headers = {"Content-Type": "application/json"} | ({} if secret is None else {SECRET_HEADER: secret})
        return await self.post_to(url, body, headers)

    def _now(self) -> int:
        """Milliseconds: the vendor's unit."""
        return int(self.now() * 1000)

    def _month(self) -> str:
        """The month in Vietnam, by which a plan counts."""
        return time.strftime("%Y-%m", time.gmtime(self.now() + 7 * 3600))

    def _lets_in(self, chat: str) -> bool:
        """Tell whether the plan has room for this person or group; it has for those who were here before."""
        if self.plan is None or chat in self.members:
            return True
        group = chat.startswith(GROUP_PREFIX)
        alike = sum(one.startswith(GROUP_PREFIX) == group for one in self.members)
        if alike >= (self.plan.groups if group else self.plan.people):
            return False
        self.members.add(chat)
        return True

    async def _deliver(self, kind: str, who: str, name: str, chat: str, content: Json, *, is_bot: bool = False) -> int:
        if not all(self._lets_in(each) for each in (who, chat) if each):
            return 0
        self.writers.append(who)
        if self.plan is not None and self.plan.inbound:
            self.used[self._month()] += 1
        sender: Json = {"id": who, "display_name": name, "is_bot": is_bot}
        where: Json = {"id": chat or who, "chat_type": "GROUP" if chat else "PRIVATE"}
        message: Json = {
            "from": sender, "chat": where, "message_id": f"in{next(self._ids)}", "date": self._now(), **content,
        }  # fmt: skip
        return await self.push({"event_name": f"message.{kind}.received", "message": message})

    # The server.

    def refusal(self, no: No, retry_after: int = 0) -> web.Response:
        body: Json = {"ok": False, "description": no.words, "error_code": no.code}
        if retry_after:
            body["parameters"] = {"retry_after": retry_after}
        return web.json_response(body, status=200 if self.errors_are_200 else no.status)

    async def carry_out(self, call: str, request: web.Request) -> web.Response:
        if request.match_info["token"] != self.token:
            raise No(401, "Unauthorized")
        try:
            body = _Body.model_validate_json(await request.read() or b"{}")
        except ValidationError:
            raise No(400, "Bad request") from None
        return web.json_response({"ok": True, "result": await self._run(call, body, request), "error_code": 0})

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
                return {"url": "", "updated_at": self._now()}
            case "getWebhookInfo":
                if self.webhook is None:
                    raise No(404, "Not Found")
                return {"url": self.webhook[0], "updated_at": self._now()}
            case "sendMessage" | "sendPhoto" | "sendVoice" | "sendSticker":
                return self._send(method, body)
            case "sendChatAction":
                return {"ok": True}
        raise No(404, "Not Found")

    async def _poll(self, seconds: float, request: web.Request) -> JsonValue:
        if self.webhook is not None:
            raise No(400, "Bad request: a webhook is set")
        self._pollers += 1
        try:
            if not self._updates and self.replay and self._last is not None:
                self.polls_answered += 1
                return self._last
            while not self._updates:
                self._arrived.clear()
                await asyncio.wait_for(self._arrived.wait(), min(seconds, self.window))
        except TimeoutError:
            raise No(408, "Request timeout") from None
        finally:
            self._pollers -= 1
        if request.transport is None or request.transport.is_closing():
            raise No(408, "Request timeout")  # the poller hung up: the update waits for the next one
        self._last = self._updates.popleft()
        self.polls_answered += 1
        return self._last

    def _set_webhook(self, body: _Body) -> JsonValue:
        local = body.url.startswith("http://127.0.0.1:")
        if not body.url.startswith("https://") and not (local and self.allow_local_webhook):
            raise No(400, "Bad request: the webhook must be a public HTTPS address")
        if not 8 <= len(body.secret_token) <= 256:
            raise No(400, "Bad request: secret_token has 8 to 256 characters")
        self.webhook = (body.url, body.secret_token)
        return {"url": body.url, "updated_at": self._now(), "verification": {"ok": self.reaches, "status_code": 200}}

    def _send(self, method: str, body: _Body) -> JsonValue:
        if not body.chat_id or body.chat_id in self.gone:
            raise No(404, "Not found")
        if self.quota is not None and len(self.accepted) >= self.quota:
            raise No(429, "Quota exceeded")
        spent = self.plan is not None and self.used[self._month()] >= self.plan.messages
        if spent or not self._lets_in(body.chat_id):
            raise No(429, "Quota exceeded")
        text = body.text if method == "sendMessage" else body.caption
        length = utf16_len(text)
        if length > 2000 or (method == "sendMessage" and not text):
            raise No(400, "Bad request: text has 1 to 2000 characters")
        if any(style.start < 0 or style.len < 1 or style.start + style.len > length for style in body.text_styles):
            raise No(400, "Bad request: text_styles outside the text")
        if any(code not in STYLES for style in body.text_styles for code in style.st):
            raise No(400, "Bad request: unknown style")
        if method == "sendPhoto" and not body.photo.startswith(("https://", "http://")):
            raise No(400, "Bad request: photo is not a public address")
        if method == "sendVoice" and not body.voice_url.endswith(".aac"):
            raise No(400, "Bad request: voice_url is not an .aac file")
        self.used[self._month()] += 1
        message_id = f"out{next(self._ids)}"
        styles = tuple((style.start, style.len, style.st) for style in body.text_styles)
        delivered = method != "sendVoice" or not body.chat_id.startswith(GROUP_PREFIX)
        self.accepted.append(
            Accepted(method, body.chat_id, message_id, text, styles, body.photo, body.voice_url, delivered)
        )
        return {"message_id": message_id, "date": self._now()}
